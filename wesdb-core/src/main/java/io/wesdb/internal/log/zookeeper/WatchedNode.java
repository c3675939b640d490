package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Follows one znode: at most one read is under way, and a change seen meanwhile causes one more. Each read leaves a watch
 * that fires once. A persistent watch would send every follower an event for each append, ten thousand a second under
 * load; this one sends an event and a read for as many appends as happen in a round trip, or before it is to be looked at again.
 *
 * <p>Owned by its lane; only the watcher is called from elsewhere, and hands over.
 */
final class WatchedNode implements Watcher {
    private static final long RETRY_MILLIS = 500;

    private final ZooKeeperClient client;
    private final String path;
    private final Lane lane;
    private final Consumer<byte[]> reader;
    private final LongSupplier restMillis;
    private boolean reading;
    private boolean changed;
    private boolean closed;
    private Lane.@Nullable Timer retry;

    /** @param restMillis how long to wait before a change that was just seen is looked at */
    WatchedNode(ZooKeeperClient client, String path, Lane lane, Consumer<byte[]> reader, LongSupplier restMillis) {
        this.client = client;
        this.path = path;
        this.lane = lane;
        this.reader = reader;
        this.restMillis = restMillis;
    }

    @Override
    public void process(WatchedEvent event) {
        // What concerns the connection (None) reaches the log as a whole, which then refreshes.
        if (event.getType() != EventType.None) {
            lane.execute(this::changed);
        }
    }

    /** Until it is read no watch is left, so nothing more is told meanwhile. */
    private void changed() {
        long rest = restMillis.getAsLong();
        if (rest == 0 || reading) {
            refresh();
        } else if (retry == null && !closed) {
            retry = lane.schedule(rest, this::refresh);
        }
    }

    /** On the lane: reads the znode, now or after the read under way, and tells what is in it. */
    void refresh() {
        if (closed) {
            return;
        }
        cancelRetry();
        if (reading) {
            changed = true;
            return;
        }
        reading = true;
        changed = false;
        client.get(path, this).whenComplete((data, failure) -> lane.execute(() -> hasRead(data)));
    }

    private void hasRead(@Nullable NodeData data) {
        reading = false;
        if (closed) {
            return;
        }
        if (data != null) {
            reader.accept(data.bytes());
        }
        if (changed) {
            refresh();
        } else if (data == null && retry == null) {
            // No watch was left, so nothing else would call again if the connection is still there.
            retry = lane.schedule(RETRY_MILLIS, this::refresh);
        }
    }

    private void cancelRetry() {
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
    }

    /** On the lane. */
    void close() {
        closed = true;
        cancelRetry();
    }
}
