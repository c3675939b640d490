package io.wesdb.internal.zookeeper;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.jspecify.annotations.Nullable;

/**
 * The few operations of ZooKeeper that wesdb needs, each sent exactly once: nothing is retried here, because a create or
 * a multi sent twice gives the second answer for the first question (I6). This is also the seam at which tests lose
 * answers and hold requests.
 *
 * <p>Thread safe; returns at once. Requests take effect in the order of the calls as long as the session lasts. Futures
 * fail with {@link ZooKeeperFault} and are completed on ZooKeeper's event thread: whoever is called there must not block.
 */
public interface ZooKeeperClient {

    /**
     * What is in a znode.
     *
     * @param bytes its data
     * @param version counts the changes of its data
     * @param ephemeralOwner the session it lives with, 0 if it is persistent
     */
    record NodeData(byte[] bytes, int version, long ephemeralOwner) {}

    /** Told of connections on ZooKeeper's event thread, one call at a time; must not block. */
    @FunctionalInterface
    interface ConnectionListener {
        void connectionChanged(boolean connected);
    }

    /** All or none of {@code operations}. The fault says which one failed. */
    CompletableFuture<Void> multi(List<Op> operations);

    CompletableFuture<Void> create(String path, byte[] data, CreateMode mode);

    /** Reads a znode and, if a watcher is given, has it called once at the znode's next change. */
    CompletableFuture<NodeData> get(String path, @Nullable Watcher watcher);

    /** Writes a znode whose version is {@code version} (−1: any); gives the new version. */
    CompletableFuture<Integer> set(String path, byte[] data, int version);

    /** Deletes a znode whose version is {@code version} (−1: any). */
    CompletableFuture<Void> delete(String path, int version);

    CompletableFuture<List<String>> children(String path);

    /** Has {@code watcher} called at every change at or below {@code path}, as long as the session lasts. */
    CompletableFuture<Void> watchTree(String path, Watcher watcher);

    /** Reads after this one see every write that was acknowledged before it. */
    CompletableFuture<Void> sync(String path);

    boolean connected();

    /** The session now; 0 before the first connection. */
    long sessionId();

    void addListener(ConnectionListener listener);

    void removeListener(ConnectionListener listener);
}
