package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ElectionLatch;
import io.wesdb.internal.zookeeper.ZooKeeperClient.ConnectionListener;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.ZooKeeperSession;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Curator's latch, watched over: what fails in its background it only logs, so its place in the queue is
 * looked at regularly, and a latch that has none, or is first without knowing, is made anew.
 *
 * <p>Thread safe; the listener is called on the lane. The latch's own callbacks (on ZooKeeper's and Curator's threads)
 * only hand over.
 */
final class ZooKeeperElection implements Election {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperElection.class);

    /** How many checks in a row must find the latch wrong: a reset in progress is not wrong. */
    private static final int PATIENCE = 2;

    private final ZooKeeperSession connection;
    private final ClusterPaths paths;
    private final ElectionQueue queue;
    private final String participant;
    private final @Nullable String predecessor;
    private final Lane lane;
    private final long checkMillis;
    /** One and the same at every look, so that ZooKeeper's client keeps only one. */
    private final Watcher wishWatcher = event -> {
        if (event.getType() != EventType.None) {
            readWish();
        }
    };

    private final ConnectionListener connectionListener = connected -> {
        if (connected) {
            readWish();
        }
    };

    private @Nullable Listener listener;
    private @Nullable ElectionLatch latch;
    private int generation;
    private boolean leading;
    private boolean candidate;
    private boolean closed;
    private int complaints;
    private boolean predecessorRemoved;
    /** The place that was first at the last look without being the latch's; on the lane. */
    private String suspect = "";
    /** The last one that was looked into; on the lane. */
    private String notOurs = "";

    ZooKeeperElection(ZooKeeperSession connection, ClusterPaths paths, ZooKeeperSettings settings, Lane lane) {
        this.connection = connection;
        this.paths = paths;
        this.queue = new ElectionQueue(connection, paths);
        this.participant = ElectionQueue.participant(settings.node(), settings.incarnation());
        String dead = settings.predecessor();
        this.predecessor = dead == null ? null : ElectionQueue.participant(settings.node(), dead);
        this.lane = lane;
        this.checkMillis =
                Math.min(2_000, Math.max(250, settings.sessionTimeout().toMillis() / 4));
    }

    @Override
    public synchronized void start(Listener newListener) {
        boolean first = listener == null;
        listener = newListener;
        candidate = true;
        if (!first) {
            lane.execute(this::reopen);
            return;
        }
        connection.addListener(connectionListener);
        readWish();
        removePredecessor()
                .whenComplete((removed, failure) -> lane.execute(() -> {
                    predecessorRemoved = failure == null;
                    reopen();
                    lane.schedule(checkMillis, this::check);
                }));
    }

    private synchronized void reopen() {
        if (latch == null) {
            openLatch();
        }
    }

    @Override
    public synchronized void withdraw() {
        candidate = false; // at once, as in start(), so that whichever is called last holds
        lane.execute(() -> {
            int mine;
            synchronized (this) {
                closeLatch();
                mine = generation;
            }
            tell(mine, false);
        });
    }

    /** A candidate that is dead but whose session lasts would hold everyone up; ours we can tell to be dead. */
    private CompletableFuture<Void> removePredecessor() {
        String dead = predecessor;
        if (dead == null) {
            return CompletableFuture.completedFuture(null);
        }
        return connection
                .children(paths.election())
                .thenCompose(names -> CompletableFuture.allOf(names.stream()
                        .map(name -> removeIfOf(dead, paths.election() + "/" + name))
                        .toArray(CompletableFuture<?>[]::new)));
    }

    private CompletableFuture<Void> removeIfOf(String dead, String path) {
        return connection
                .get(path, null)
                .thenCompose(data -> new String(data.bytes(), StandardCharsets.UTF_8).equals(dead)
                        ? connection.delete(path, -1)
                        : CompletableFuture.<Void>completedFuture(null))
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(null) // it has just gone by itself
                        : CompletableFuture.failedFuture(failure));
    }

    private synchronized void openLatch() {
        if (closed || !candidate) {
            return;
        }
        int mine = ++generation;
        complaints = 0;
        ElectionLatch made = connection.latch(paths.election(), participant, new ElectionLatch.Listener() {
            @Override
            public void isLeader() {
                lane.execute(() -> tell(mine, true));
            }

            @Override
            public void notLeader() {
                lane.execute(() -> tell(mine, false));
            }
        });
        latch = made;
        made.start();
    }

    private void tell(int whose, boolean leads) {
        Listener told;
        synchronized (this) {
            if (closed || whose != generation || leads == leading || listener == null) {
                return;
            }
            leading = leads;
            told = listener;
        }
        if (leads) {
            told.elected();
        } else {
            told.revoked();
        }
    }

    @Override
    public void resign() {
        lane.execute(this::renew);
    }

    /** On the lane: leaves the queue and joins it again at its end. */
    private void renew() {
        int mine;
        synchronized (this) {
            if (closed || !candidate) {
                return;
            }
            closeLatch();
            mine = generation;
        }
        tell(mine, false);
        openLatch();
    }

    @Override
    public CompletableFuture<List<Candidate>> candidates() {
        return queue.candidates();
    }

    @Override
    public CompletableFuture<Boolean> handOver(Candidate successor, long epoch) {
        return queue.bringForward(successor, epoch).thenApply(done -> {
            if (done) {
                resign(); // our place is gone already: the latch does not notice that by itself
            }
            return done;
        });
    }

    @Override
    public CompletableFuture<Void> remove(Candidate dead, long epoch) {
        return queue.remove(dead, epoch);
    }

    @Override
    public CompletableFuture<Void> ask(Wish wish) {
        return queue.ask(wish);
    }

    @Override
    public CompletableFuture<Void> settle(Wish wish) {
        return queue.settle(wish);
    }

    /** Reads it and has the next one told. Any thread. */
    private void readWish() {
        connection
                .get(paths.election(), wishWatcher)
                .whenComplete((data, failure) -> lane.execute(() -> {
                    Wish wish = data == null ? null : ElectionQueue.wish(data);
                    Listener told;
                    synchronized (this) {
                        told = closed ? null : listener;
                    }
                    if (wish != null && told != null) {
                        told.asked(wish);
                    }
                }));
    }

    private synchronized void closeLatch() {
        ElectionLatch old = latch;
        latch = null;
        generation++;
        if (old != null && old.started()) {
            old.close();
        }
    }

    private void check() {
        @Nullable ElectionLatch checked;
        synchronized (this) {
            if (closed) {
                return;
            }
            checked = latch;
        }
        if (!connection.connected()) {
            lane.schedule(checkMillis, this::check);
            return;
        }
        connection
                .children(paths.election())
                .whenComplete((names, failure) -> lane.execute(() -> {
                    if (names == null) {
                        LOG.debug("the latch was not checked: {}", ZooKeeperFault.codeOf(failure));
                    } else {
                        if (checked != null) {
                            judge(checked, names);
                        }
                        removeStray(first(names));
                    }
                    if (!predecessorRemoved) { // the connection was lost at the start
                        removePredecessor()
                                .whenComplete(
                                        (removed, fault) -> lane.execute(() -> predecessorRemoved = fault == null));
                    }
                    lane.schedule(checkMillis, this::check);
                }));
    }

    private static String first(List<String> names) {
        return names.stream().min(Comparator.comparing(ElectionQueue::sequence)).orElse("");
    }

    /**
     * A place whose making was given up for lost may come into being long after the latch has made another. Nobody leads
     * through it, so once it is the first nobody leads at all, for as long as our session lasts. To find it where a reset
     * is only in progress costs that reset, and nothing else.
     */
    private void removeStray(String first) {
        ElectionLatch now;
        synchronized (this) {
            now = latch;
        }
        String path = paths.election() + "/" + first;
        boolean ours = now != null && path.equals(now.path());
        if (first.isEmpty() || ours || path.equals(notOurs)) {
            suspect = "";
        } else if (!path.equals(suspect)) {
            suspect = path; // looked into next time, if it is still there
        } else {
            removeIfOf(participant, path)
                    .whenComplete((done, failure) -> lane.execute(() -> {
                        if (failure == null) {
                            notOurs = path; // or gone
                        }
                    }));
        }
    }

    private void judge(ElectionLatch checked, List<String> names) {
        boolean renew;
        synchronized (this) {
            if (closed || checked != latch) {
                return;
            }
            String path = checked.path();
            String name = path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
            boolean sound = names.contains(name)
                    && checked.hasLeadership() == first(names).equals(name);
            complaints = sound ? 0 : complaints + 1;
            renew = complaints >= PATIENCE;
        }
        if (renew) {
            LOG.warn("the latch of {} has lost its place; making another", participant);
            renew();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        connection.removeListener(connectionListener);
        closeLatch();
    }
}
