package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.EntryCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the {@link Replica} and the lane it lives on: takes committed entries in order, applies as many at a time as have
 * gathered, and tells what came of them. A fault of this node ends it: an entry is never skipped.
 *
 * <p>{@link #add} may be called from any one thread; the listener is called on the applier's lane. What may gather is
 * bounded by who adds ({@code LogTailer}).
 */
public final class Applier {
    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

    /** How many entries, and how many of their bytes, may share one transaction. */
    private static final int MAX_ENTRIES = 128;

    private static final long MAX_BYTES = 4L * 1024 * 1024;

    /** Called on the applier's lane. */
    public interface Listener extends Replica.Observer {
        /** These entries are applied and visible. */
        void applied(List<EntryOutcome> outcomes, ReplicaPosition position);

        /** What is applied up to {@code index} is synced to disk. */
        void durable(long index);

        /** A fault of this node's storage, or of an entry's bytes: nothing will be applied any more. */
        void halted(String why, Throwable cause);

        /**
         * The write-ahead log has grown too large: reads that are older than {@code olderThanMillis} are to be ended. Must
         * return at once.
         */
        void readsToCut(long olderThanMillis);
    }

    private record Committed(long index, byte[] bytes) {}

    private final Lane lane;
    private final Lane syncs;
    private final Replica replica;
    private final Listener listener;
    private final ApplierSettings settings;
    private final Deque<Committed> queue = new ArrayDeque<>(); // guarded by itself
    private boolean scheduled; // guarded by queue
    private volatile boolean ended;
    private final WalRelief relief;
    private long checkpointed;
    private long toldDurable;
    private boolean syncing;
    private long entriesSinceSync;
    private long bytesSinceSync;

    /**
     * @param syncs where the disk is waited for, so that applying never does
     * @param replica opened; from now on touched by the lanes only
     */
    public Applier(Lane lane, Lane syncs, Replica replica, ApplierSettings settings, Listener listener) {
        this.lane = lane;
        this.syncs = syncs;
        this.replica = replica;
        this.settings = settings;
        this.listener = listener;
        this.checkpointed = replica.position().applied();
        this.toldDurable = replica.durable();
        this.relief = new WalRelief(lane, replica, settings, listener::readsToCut);
        replica.observe(listener);
    }

    /** Begins the regular syncs and checkpoints. */
    public void start() {
        lane.schedule(settings.checkpointMillis(), this::checkpoint);
        lane.schedule(settings.syncMillis(), this::syncRegularly);
    }

    /** Makes durable what is applied, soon. Any thread. */
    public void requestSync() {
        lane.execute(this::sync);
    }

    /** The outcome digest at {@code index}, if it is recent. Any thread. */
    public OptionalLong digestAt(long index) {
        return replica.digestAt(index);
    }

    /** Takes the next committed entry. */
    public void add(long index, byte[] entry) {
        synchronized (queue) {
            if (ended) {
                return;
            }
            queue.add(new Committed(index, entry));
            if (!scheduled) {
                scheduled = true;
                lane.execute(this::run);
            }
        }
    }

    /** Whether nothing waits to be applied. Any thread. */
    public boolean isIdle() {
        synchronized (queue) {
            return queue.isEmpty();
        }
    }

    /**
     * Closes the replica; the rest of the queue is dropped, and a statement under way is interrupted, which is as good
     * as a crash. The future completes when nothing can write to the file any more: not before that may it be opened again.
     */
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        ended = true;
        replica.stop();
        lane.execute(() -> {
            try {
                replica.close();
            } catch (StorageException e) {
                LOG.warn("closing the database failed", e);
            }
            closed.complete(null);
        });
        return closed;
    }

    private void run() {
        List<Committed> taken = take();
        if (ended || taken.isEmpty()) {
            return;
        }
        try {
            List<Entry> entries = new ArrayList<>(taken.size());
            for (Committed committed : taken) {
                entries.add(EntryCodec.decode(committed.bytes(), committed.index()));
            }
            List<EntryOutcome> outcomes = replica.apply(entries);
            listener.applied(outcomes, replica.position());
            syncIfMuch(taken);
            relieveIfLarge();
        } catch (StorageException | CorruptEntryException e) {
            halt(e);
            return;
        } catch (RuntimeException | Error e) {
            // A bug of ours, or no memory, must not let an entry be passed over: the same as a fault of the storage.
            LOG.error(
                    "unexpected failure while applying from entry {}",
                    taken.get(0).index(),
                    e);
            halt(e);
            return;
        }
        lane.execute(this::run);
    }

    private List<Committed> take() {
        synchronized (queue) {
            List<Committed> taken = new ArrayList<>();
            long bytes = 0;
            while (!queue.isEmpty() && taken.size() < MAX_ENTRIES && bytes < MAX_BYTES) {
                Committed next = queue.remove();
                bytes += next.bytes().length;
                taken.add(next);
            }
            scheduled = !taken.isEmpty();
            return taken;
        }
    }

    private void checkpoint() {
        if (ended) {
            return;
        }
        try {
            if (replica.position().applied() > checkpointed) {
                checkpointed = replica.checkpoint();
                tellDurable();
            }
            relieveIfLarge();
            lane.schedule(settings.checkpointMillis(), this::checkpoint);
        } catch (StorageException e) {
            halt(e);
        } catch (RuntimeException | Error e) {
            LOG.error("unexpected failure while checkpointing", e); // a bug of ours, or no memory
            halt(e);
        }
    }

    private void relieveIfLarge() {
        if (relief.relieveIfLarge()) {
            tellDurable();
        }
    }

    private void syncRegularly() {
        if (!ended) {
            sync();
            lane.schedule(settings.syncMillis(), this::syncRegularly);
        }
    }

    private void syncIfMuch(List<Committed> applied) {
        entriesSinceSync += applied.size();
        for (Committed each : applied) {
            bytesSinceSync += each.bytes().length;
        }
        if (entriesSinceSync >= settings.syncEntries() || bytesSinceSync >= settings.syncBytes()) {
            sync();
        }
    }

    /** One at a time: a slow disk gets one request, and the next when that is done. */
    private void sync() {
        if (syncing || replica.position().applied() <= replica.durable()) {
            return;
        }
        syncing = true;
        entriesSinceSync = 0;
        bytesSinceSync = 0;
        syncs.execute(() -> {
            try {
                replica.sync();
                lane.execute(this::synced);
            } catch (RuntimeException | Error e) {
                lane.execute(() -> halt(e));
            }
        });
    }

    private void synced() {
        syncing = false;
        if (!ended) {
            tellDurable();
            syncIfMuch(List.of());
        }
    }

    private void tellDurable() {
        long durable = replica.durable();
        if (durable > toldDurable) {
            toldDurable = durable;
            listener.durable(durable);
        }
    }

    private void halt(Throwable cause) {
        if (ended) {
            return; // closing, and what failed was interrupted by that
        }
        ended = true;
        synchronized (queue) {
            queue.clear();
        }
        listener.halted(String.valueOf(cause.getMessage()), cause);
    }
}
