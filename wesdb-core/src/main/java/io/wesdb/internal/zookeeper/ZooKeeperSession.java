package io.wesdb.internal.zookeeper;

/** All that a cluster needs of ZooKeeper: the seam at which a simulation takes its place. Thread safe. */
public interface ZooKeeperSession extends ZooKeeperClient, AutoCloseable {
    /** Waits until there is a connection, at most for so long; false if there is none then. */
    boolean awaitConnected(long timeoutMillis) throws InterruptedException;

    /**
     * A latch that is not started yet.
     *
     * @param path the znode under which the places are
     * @param participant written into the place, to tell whose it is
     */
    ElectionLatch latch(String path, String participant, ElectionLatch.Listener listener);

    /** Ends the session. Idempotent. */
    @Override
    void close();
}
