package io.wesdb.internal.log;

import io.wesdb.internal.env.Lane;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the log to this node: fetches what is between it and the head, several entries at a time, and hands them on in
 * order. What this node appended itself as the leader, or is told by the leader, is handed in and not fetched.
 *
 * <p>Owned by the replicator lane. Bounded in entries and bytes that are fetched, or handed on and not yet applied (I12).
 * How large an entry is shows only when it is there, so fetching begins carefully and goes by what came before.
 */
public final class LogTailer {
    private static final Logger LOG = LoggerFactory.getLogger(LogTailer.class);

    /** Where entries go. Called on the lane. */
    public interface Sink {
        /** The entry after the one before, undecoded. */
        void entry(long index, byte[] entry);

        /** The next entry has left the log. */
        void missing(long index);

        /** What is in the log in the place of the next entry is no entry. */
        void damaged(long index, String why);
    }

    private final Lane lane;
    private final ReplicatedLog log;
    private final Sink sink;
    private final int maxAhead;
    private final long retryMillis;
    private final Map<Long, byte[]> arrived = new HashMap<>();
    private final Deque<Delivered> delivered = new ArrayDeque<>();
    private final long maxBytes;
    private long bytesAhead;
    private long expectedBytes;
    private int fetching;
    private long head;
    private long nextFetch;
    private long nextDelivery;
    private long applied;
    private boolean suspended;
    private boolean stopped;

    private record Delivered(long index, int bytes) {}

    /**
     * @param applied the index that this node has applied already
     * @param maxAhead how many entries may be fetched beyond the applied one
     * @param maxBytes and how many bytes, as far as can be foreseen; one entry is always fetched
     * @param retryMillis the pause before a fetch that failed is repeated
     */
    public LogTailer(
            Lane lane, ReplicatedLog log, Sink sink, long applied, int maxAhead, long maxBytes, long retryMillis) {
        this.lane = lane;
        this.log = log;
        this.sink = sink;
        this.applied = applied;
        this.nextFetch = applied + 1;
        this.nextDelivery = applied + 1;
        this.maxAhead = maxAhead;
        this.maxBytes = maxBytes;
        this.expectedBytes = maxBytes;
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
        while (!delivered.isEmpty() && delivered.peek().index() <= index) {
            bytesAhead -= delivered.remove().bytes();
        }
        pump();
    }

    /**
     * While this node leads it knows every new entry before the log's watch tells of it: nothing is fetched, and
     * {@link #own} hands the entries in. Everything up to the head must have been delivered.
     */
    public void suspend() {
        suspended = true;
    }

    /** Whether what is not applied yet is within the bounds. */
    public boolean hasRoom() {
        return nextDelivery <= applied + maxAhead && bytesAhead < maxBytes;
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
        bytesAhead += entry.length;
        delivered.add(new Delivered(index, entry.length));
        sink.entry(index, entry);
    }

    /** An entry that is committed, from who appended it; those before it may be missing. */
    public void told(long index, byte[] entry) {
        head = Math.max(head, index);
        long beingFetched = (index < nextFetch ? fetching - 1 : fetching) * expectedBytes; // it may be one of them
        boolean within = index <= applied + maxAhead && bytesAhead + beingFetched + entry.length <= maxBytes;
        if (!stopped && !suspended && index >= nextDelivery && within && !arrived.containsKey(index)) {
            take(index, entry);
        } else {
            pump();
        }
    }

    /** Ends the fetching for good. */
    public void stop() {
        stopped = true;
        arrived.clear();
    }

    private void pump() {
        while (!stopped && !suspended && nextFetch <= head && nextFetch <= applied + maxAhead && mayFetch()) {
            if (!arrived.containsKey(nextFetch)) {
                fetching++;
                fetch(nextFetch);
            }
            nextFetch++;
        }
    }

    private boolean mayFetch() {
        // Nothing that is under way will come here again; what was told may wait for just this entry.
        boolean nothingUnderWay = fetching == 0 && delivered.isEmpty();
        return nothingUnderWay || bytesAhead + (fetching + 1) * expectedBytes <= maxBytes;
    }

    private void fetch(long index) {
        log.read(index)
                .whenComplete((entry, failure) -> lane.execute(() -> {
                    if (isHere(index)) {
                        fetchedInVain();
                    } else if (failure == null) {
                        arrived(index, entry);
                    } else if (unwrapped(failure) instanceof EntryMissingException) {
                        sink.missing(index);
                    } else if (unwrapped(failure) instanceof EntryDamagedException) {
                        sink.damaged(index, String.valueOf(unwrapped(failure).getMessage()));
                    } else {
                        LOG.debug("fetching entry {} failed, trying again", index, failure);
                        lane.schedule(retryMillis, () -> {
                            if (isHere(index)) {
                                fetchedInVain();
                            } else {
                                fetch(index);
                            }
                        });
                    }
                }));
    }

    /** Whether nothing is to be fetched for it any more: it has been told meanwhile. */
    private boolean isHere(long index) {
        return stopped || index < nextDelivery || arrived.containsKey(index);
    }

    /** The next fetch may have waited for this one's end. */
    private void fetchedInVain() {
        fetching--;
        pump();
    }

    private void arrived(long index, byte[] entry) {
        fetching--;
        take(index, entry);
    }

    private void take(long index, byte[] entry) {
        bytesAhead += entry.length;
        expectedBytes = Math.max(entry.length, (expectedBytes + entry.length) / 2);
        arrived.put(index, entry);
        deliver();
        pump();
    }

    private static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private void deliver() {
        for (byte[] entry = arrived.remove(nextDelivery); entry != null; entry = arrived.remove(nextDelivery)) {
            delivered.add(new Delivered(nextDelivery, entry.length));
            sink.entry(nextDelivery++, entry);
        }
        nextFetch = Math.max(nextFetch, nextDelivery);
    }
}
