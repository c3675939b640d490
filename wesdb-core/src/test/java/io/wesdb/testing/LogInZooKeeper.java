package io.wesdb.testing;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;

/** What the log of the cluster {@code default} takes up in ZooKeeper, seen by a client of our own. Thread safe. */
public final class LogInZooKeeper implements AutoCloseable {
    private static final String ROOT = "/wesdb/default";

    private final ZooKeeper client;

    public LogInZooKeeper(String connectString) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        client = new ZooKeeper(connectString, 10_000, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        if (!connected.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("cannot connect to " + connectString);
        }
    }

    public int entries() {
        return children(ROOT + "/log");
    }

    public int splitEntries() {
        return children(ROOT + "/chunks");
    }

    public boolean registers(String node) {
        return exists(ROOT + "/nodes/" + node);
    }

    public boolean knowsTheCluster() {
        return exists(ROOT + "/config");
    }

    /** For messages. */
    public String tail() {
        try {
            return new String(client.getData(ROOT + "/tail", false, null), StandardCharsets.UTF_8);
        } catch (KeeperException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private int children(String path) {
        try {
            return client.getChildren(path, false).size();
        } catch (KeeperException.NoNodeException e) {
            return 0;
        } catch (KeeperException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private boolean exists(String path) {
        try {
            return client.exists(path, false) != null;
        } catch (KeeperException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        client.close();
    }
}
