package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings znodes to what they shall hold, however often the connection is lost meanwhile: each write may be repeated,
 * since it does not depend on what was there. One write is under way at a time; a newer one for a znode replaces the one
 * that waits. Owned by its lane.
 */
final class ReportPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(ReportPublisher.class);
    private static final long RETRY_MILLIS = 1_000;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final Lane lane;
    /** By path; bounded by the number of znodes that a cluster has. */
    private final Map<String, Write> waiting = new LinkedHashMap<>();

    private boolean busy;
    private boolean closed;
    private Lane.@Nullable Timer retry;

    /** @param data null: the znode shall not be there */
    private record Write(String path, byte @Nullable [] data) {}

    ReportPublisher(ZooKeeperClient client, ClusterPaths paths, Lane lane) {
        this.client = client;
        this.paths = paths;
        this.lane = lane;
    }

    void put(String path, byte[] data) {
        waiting.put(path, new Write(path, data));
        writeNext();
    }

    void remove(String path) {
        waiting.put(path, new Write(path, null));
        writeNext();
    }

    /** Also called when there is a connection again. */
    void writeNext() {
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        if (busy || closed || waiting.isEmpty()) {
            return;
        }
        busy = true;
        Write write = waiting.values().iterator().next();
        CompletableFuture<Void> written = write.data() == null ? delete(write.path()) : set(write.path(), write.data());
        written.whenComplete((done, failure) -> lane.execute(() -> hasWritten(write, failure)));
    }

    private CompletableFuture<Void> delete(String path) {
        return client.delete(path, -1)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<Void> set(String path, byte[] data) {
        return client.set(path, data, -1)
                .<Void>thenApply(version -> null)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? client.create(path, data, CreateMode.PERSISTENT)
                        : CompletableFuture.failedFuture(failure));
    }

    private void hasWritten(Write write, @Nullable Throwable failure) {
        busy = false;
        if (failure == null) {
            waiting.remove(write.path(), write); // unless there is a newer one
            writeNext();
            return;
        }
        Code code = ZooKeeperFault.codeOf(failure);
        if (code == Code.NONODE) {
            CompletableFuture<Void> unused = client.create(paths.reports(), new byte[0], CreateMode.PERSISTENT);
        } else if (code != Code.CONNECTIONLOSS && code != Code.SESSIONEXPIRED) {
            LOG.warn("{} was not written, trying again: {}", write.path(), failure.getMessage());
        }
        if (!closed && retry == null) {
            retry = lane.schedule(RETRY_MILLIS, this::writeNext);
        }
    }

    void close() {
        closed = true;
        if (retry != null) {
            retry.cancel();
        }
    }
}
