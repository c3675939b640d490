package io.wesdb.internal.zookeeper;

import java.io.IOException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Curator's {@link LeaderLatch}. Thread safe; the listener is called on ZooKeeper's and Curator's threads. */
final class CuratorLatch implements ElectionLatch {
    private static final Logger LOG = LoggerFactory.getLogger(CuratorLatch.class);

    private final LeaderLatch latch;

    CuratorLatch(CuratorFramework curator, String path, String participant, Listener listener) {
        this.latch = new PatientLatch(curator, path, participant);
        latch.addListener(new LeaderLatchListener() {
            @Override
            public void isLeader() {
                listener.isLeader();
            }

            @Override
            public void notLeader() {
                listener.notLeader();
            }
        });
    }

    @Override
    public void start() {
        try {
            latch.start();
        } catch (Exception e) { // what Curator declares; whoever watches over it makes another
            LOG.warn("the latch did not start", e);
        }
    }

    @Override
    public boolean started() {
        return latch.getState() == LeaderLatch.State.STARTED;
    }

    @Override
    public @Nullable String path() {
        return latch.getOurPath();
    }

    @Override
    public boolean hasLeadership() {
        return latch.hasLeadership();
    }

    @Override
    public void close() {
        try {
            latch.close();
        } catch (IOException | IllegalStateException e) { // Curator's client was closed before: its nodes are gone
            LOG.debug("the latch was closed without its client", e);
        }
    }

    /**
     * A latch that is closed before its start task has begun cancels that task, and the thread that would have run it
     * is never ended. With a connection the task ends at once by itself, and does nothing on a closed latch.
     */
    private static final class PatientLatch extends LeaderLatch {
        private final CuratorFramework client;

        PatientLatch(CuratorFramework client, String path, String participant) {
            super(client, path, participant, CloseMode.SILENT);
            this.client = client;
        }

        @Override
        protected boolean cancelStartTask() {
            return !client.getZookeeperClient().isConnected() && super.cancelStartTask();
        }
    }
}
