package io.wesdb.internal.log;

import io.wesdb.internal.env.Lane;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the log to this node: fetches what is between it and the head, several entries at a time, and hands them on in
 * order. What this node appended itself as the leader is handed in and not fetched.
 *
 * <p>Owned by the replicator lane. Bounded by the number of entries that are fetched, or handed on and not yet applied.
 */
public final class LogTailer {
    private static final Logger LOG = LoggerFactory.getLogger(LogTailer.class);

    /** Where entries go. Called on the lane. */
    public interface Sink {
        /** The entry after the one before, undecoded. */
        void entry(long index, byte[] entry);

        /** The next entry has left the log. */
        void missing(long index);
    }

    private final Lane lane;
    private final ReplicatedLog log;
    private final Sink sink;
    private final int maxAhead;
    private final long retryMillis;
    private final Map<Long, byte[]> arrived = new HashMap<>();
    private long head;
    private long nextFetch;
    private long nextDelivery;
    private long applied;
    private boolean suspended;
    private boolean stopped;

    /**
     * @param applied the index that this node has applied already
     * @param maxAhead how many entries may be fetched beyond the applied one
     * @param retryMillis the pause before a fetch that failed is repeated
     */
    public LogTailer(Lane lane, ReplicatedLog log, Sink sink, long applied, int maxAhead, long retryMillis) {
        this.lane = lane;
        this.log = log;
        this.sink = sink;
        this.applied = applied;
        this.nextFetch = applied + 1;
        this.nextDelivery = applied + 1;
        this.maxAhead = maxAhead;
        this.retryMillis = retryMillis;
    }

    /** The log reaches at least to {@code index}. */
    public void headMoved(long index) {
        if (index > head) {
            head = index;
            pump();
        }
    }

    /** This node has applied up to {@code index}, which makes room. */
    public void applied(long index) {
        applied = Math.max(applied, index);
        pump();
    }

    /**
     * While this node leads it knows every new entry before the log's watch tells of it: nothing is fetched, and
     * {@link #own} hands the entries in. Everything up to the head must have been delivered.
     */
    public void suspend() {
        suspended = true;
    }

    /** Fetches again. */
    public void resume() {
        suspended = false;
        pump();
    }

    /** An entry that this node appended and that is committed. */
    public void own(long index, byte[] entry) {
        if (index != nextDelivery) {
            throw new IllegalStateException("own entry " + index + " where " + nextDelivery + " is due");
        }
        nextDelivery++;
        nextFetch = nextDelivery;
        head = Math.max(head, index);
        sink.entry(index, entry);
    }

    /** Ends the fetching for good. */
    public void stop() {
        stopped = true;
        arrived.clear();
    }

    private void pump() {
        while (!stopped && !suspended && nextFetch <= head && nextFetch <= applied + maxAhead) {
            fetch(nextFetch++);
        }
    }

    private void fetch(long index) {
        log.read(index)
                .whenComplete((entry, failure) -> lane.execute(() -> {
                    if (stopped || index < nextDelivery) {
                        return;
                    } else if (failure == null) {
                        arrived.put(index, entry);
                        deliver();
                    } else if (isMissing(failure)) {
                        sink.missing(index);
                    } else {
                        LOG.debug("fetching entry {} failed, trying again", index, failure);
                        lane.schedule(retryMillis, () -> {
                            if (!stopped && index >= nextDelivery) {
                                fetch(index);
                            }
                        });
                    }
                }));
    }

    private static boolean isMissing(Throwable failure) {
        return failure instanceof EntryMissingException || failure.getCause() instanceof EntryMissingException;
    }

    private void deliver() {
        for (byte[] entry = arrived.remove(nextDelivery); entry != null; entry = arrived.remove(nextDelivery)) {
            sink.entry(nextDelivery++, entry);
        }
    }
}
