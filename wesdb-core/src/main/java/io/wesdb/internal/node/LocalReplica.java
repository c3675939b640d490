package io.wesdb.internal.node;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.LogTailer;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.read.AppliedIndex;
import io.wesdb.internal.sqlite.Applier;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.sqlite.ContentSnapshot;
import io.wesdb.internal.sqlite.EntryOutcome;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaPosition;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * This node's file while it is open: the tailer that brings the log to it, and the applier that owns it. A node that
 * replaces its file closes this one and makes another; what the old one still has to say is not heard any more.
 *
 * <p>Owned by the replicator lane, where the listener is called too.
 */
final class LocalReplica {
    /** The pause before a fetch that failed is repeated. */
    private static final long RETRY_MILLIS = 100;

    /** How many entries may be fetched ahead of the applied one. */
    private static final int MAX_AHEAD = 256;

    /** And how many bytes, as far as can be foreseen. */
    private static final long MAX_AHEAD_BYTES = 64L * 1024 * 1024;

    /** Told on the replicator lane what becomes of the file, until it is closed. */
    interface Listener {
        void applied(List<EntryOutcome> outcomes, ReplicaPosition position);

        void durable(long index);

        /** The applier has ended. */
        void failed(String why, Throwable cause);

        /** The next entry has left the log. */
        void entryMissing(long index);

        /** The next entry is damaged in the log itself. */
        void entryDamaged(long index, String why);

        void outcomesDiffer(long index, long own, long leaders);

        /** The content at one index, to be hashed and closed. */
        void contentSnapshot(ContentSnapshot snapshot);

        /** See {@link Replica.Observer#statisticsChanged}. */
        void statisticsChanged();
    }

    private final Lane lane;
    private final AppliedIndex appliedIndex;
    private final LongConsumer cutReads;
    private final Listener listener;
    private final Applier applier;
    private final LogTailer tailer;
    private ReplicaPosition position;
    private boolean closed;

    /**
     * @param applierLane used by one replica at a time: the one before must be closed
     * @param replica belongs to this one from now on
     * @param cutReads called on the applier's lane: see {@link Applier.Listener#readsToCut}
     */
    LocalReplica(
            Lane lane,
            Lane applierLane,
            Lane syncLane,
            ReplicatedLog log,
            Replica replica,
            ApplierSettings settings,
            AppliedIndex appliedIndex,
            LongConsumer cutReads,
            Listener listener) {
        this.lane = lane;
        this.cutReads = cutReads;
        this.appliedIndex = appliedIndex;
        this.listener = listener;
        this.position = replica.position();
        appliedIndex.advance(position.applied());
        this.applier = new Applier(applierLane, syncLane, replica, settings, new FromApplier());
        this.tailer = new LogTailer(
                lane, log, new FromTailer(), position.applied(), MAX_AHEAD, MAX_AHEAD_BYTES, RETRY_MILLIS);
    }

    void start() {
        applier.start();
    }

    ReplicaPosition position() {
        return position;
    }

    LogTailer tailer() {
        return tailer;
    }

    /** Makes durable what is applied, soon. */
    void sync() {
        applier.requestSync();
    }

    /** The outcome digest at {@code index}, if it is recent. Any thread. */
    OptionalLong digestAt(long index) {
        return applier.digestAt(index);
    }

    /** Completes when nothing writes to the file any more. A second call gives the same. */
    CompletableFuture<Void> close() {
        closed = true;
        tailer.stop();
        return applier.close();
    }

    /** On the lane, unless it is closed by then. */
    private void tell(Runnable work) {
        lane.execute(ifOpen(work));
    }

    private Runnable ifOpen(Runnable work) {
        return () -> {
            if (!closed) {
                work.run();
            }
        };
    }

    private final class FromTailer implements LogTailer.Sink {
        @Override
        public void entry(long index, byte[] entry) {
            applier.add(index, entry);
        }

        @Override
        public void missing(long index) {
            listener.entryMissing(index);
        }

        @Override
        public void damaged(long index, String why) {
            listener.entryDamaged(index, why);
        }
    }

    private final class FromApplier implements Applier.Listener {
        @Override
        public void applied(List<EntryOutcome> outcomes, ReplicaPosition newPosition) {
            appliedIndex.advance(newPosition.applied()); // at once: readers wait for it
            Runnable work = ifOpen(() -> {
                position = newPosition;
                listener.applied(outcomes, newPosition);
            });
            if (applier.isIdle()) {
                lane.executeHere(work);
            } else {
                lane.execute(work);
            }
        }

        @Override
        public void durable(long index) {
            tell(() -> listener.durable(index));
        }

        @Override
        public void halted(String why, Throwable cause) {
            tell(() -> listener.failed(why, cause));
        }

        @Override
        public void readsToCut(long olderThanMillis) {
            cutReads.accept(olderThanMillis); // at once: the applier is about to wait for them
        }

        @Override
        public void outcomesDiffer(long index, long own, long leaders) {
            tell(() -> listener.outcomesDiffer(index, own, leaders));
        }

        @Override
        public void statisticsChanged() {
            tell(listener::statisticsChanged);
        }

        @Override
        public void contentSnapshot(ContentSnapshot snapshot) {
            lane.execute(() -> {
                if (closed) {
                    snapshot.close();
                } else {
                    listener.contentSnapshot(snapshot);
                }
            });
        }
    }
}
