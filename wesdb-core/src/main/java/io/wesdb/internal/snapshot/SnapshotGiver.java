package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.sqlite.MainFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives snapshots of a node's file: one at a time, shared by all who come while it is fresh enough, and to a bounded number
 * of nodes (I12). One that nobody has used for a while is dropped; until then a transfer whose connection broke can go on.
 *
 * <p>A snapshot is the file itself, pinned, as long as the write-ahead log, which grows meanwhile, stays small; then it is
 * copied, while chunks are given, and goes on as the copy. So the disk holds at most one copy, and none where transfers
 * are fast or little is written.
 *
 * <p>Thread safe. What it knows is owned by the lane {@code snapshots}, which also reads the chunks; what takes as long as
 * the file is large is done on a lane of its own, so that it does not keep others from being answered. To be closed before
 * the file's replica is, and before its environment.
 */
public final class SnapshotGiver implements SnapshotService, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotGiver.class);

    private final SnapshotSettings settings;
    private final Clock clock;
    private final Lane lane;
    private final SnapshotMaker maker;
    private final Supplier<@Nullable String> refusal;
    private final Pace pace;

    /** Who has a place, by node; the last use decides what is too old. */
    private final Map<String, Place> places = new LinkedHashMap<>();

    private final List<WaitingOffer> waiting = new ArrayList<>();
    private final List<CompletableFuture<Void>> discards = new ArrayList<>();
    private @Nullable GivenSnapshot given;
    private long madeAt;
    private long usedAt;
    private boolean making;
    private boolean copyFailed;
    private long copyFailedAt;
    private boolean closed;

    private record Place(Transfer holder, long usedAt) {}

    private record WaitingOffer(Transfer from, long minIndex, CompletableFuture<SnapshotOffer> answer) {}

    /**
     * Deletes what an earlier process has left beside the file.
     *
     * @param database the node's SQLite file
     * @param mainFile the same, to be read from; whose it is closes it, after this one
     * @param refusal why this node gives nothing at the moment; null if it does. Called on the lane; must not block
     */
    public SnapshotGiver(
            Path database,
            MainFile mainFile,
            SnapshotSettings settings,
            Environment env,
            Supplier<@Nullable String> refusal) {
        this.settings = settings;
        this.clock = env.clock();
        this.lane = env.newLane("snapshots");
        this.maker = new SnapshotMaker(database, mainFile, settings, env, lane);
        this.refusal = refusal;
        this.pace = new Pace(settings.maxBytesPerSecond());
        SnapshotCopy.deleteLeftOvers(database);
    }

    @Override
    public SnapshotTransfer begin(String forNode) {
        return new Transfer(forNode);
    }

    /**
     * Drops the snapshot, also one being made: for a node whose file turned out to be unsound, or is about to be replaced.
     * Completes when nothing here reads the file any more; a snapshot asked for afterwards is a new one.
     */
    public CompletableFuture<Void> discard() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.execute(() -> {
            drop();
            refuseWaiting(new SnapshotRefusedException(
                    Reason.NOT_SERVING, "the snapshot was given up", settings.retryAfterMillis()));
            if (making) {
                maker.abandon();
                discards.add(done);
            } else {
                done.complete(null);
            }
        });
        return done;
    }

    /** Without waiting: completes when the snapshot is dropped and nothing is under way. Idempotent. */
    public CompletableFuture<Void> stop() {
        lane.execute(() -> {
            closed = true;
            places.clear();
        });
        return discard();
    }

    /** Not to be called on one of its lanes. */
    @Override
    public void close() {
        try {
            stop().get(settings.closeMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("a snapshot of the database is still being made while this node closes");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void offer(Transfer from, long minIndex, @Nullable String id, CompletableFuture<SnapshotOffer> answer) {
        GivenSnapshot present = given;
        SnapshotRefusedException no = refused(from);
        if (no == null
                && id != null
                && (present == null || !present.offer().id().equals(id))) {
            no = gone(id);
        }
        if (no == null) {
            no = admit(from);
        }
        if (no != null) {
            answer.completeExceptionally(no);
        } else if (present != null && (id != null || suits(present, from, minIndex))) {
            answer.complete(present.offer());
        } else if (present != null && usedByOthers(from)) {
            places.remove(from.node);
            answer.completeExceptionally(busy("the snapshot that others are taking is too old"));
        } else {
            drop();
            waiting.add(new WaitingOffer(from, minIndex, answer));
            if (!making) {
                startMaking(minIndex);
            }
        }
    }

    private @Nullable SnapshotRefusedException refused(Transfer from) {
        String why = closed || from.closed ? "closing" : refusal.get();
        return why == null ? null : new SnapshotRefusedException(Reason.NOT_SERVING, why, settings.retryAfterMillis());
    }

    private static SnapshotRefusedException gone(String id) {
        return new SnapshotRefusedException(Reason.GONE, "snapshot " + id + " is not there any more", 0);
    }

    private SnapshotRefusedException busy(String why) {
        return new SnapshotRefusedException(Reason.BUSY, why, settings.retryAfterMillis());
    }

    /** A node has one place, which its latest connection holds: the one before may be dead without our knowing yet. */
    private @Nullable SnapshotRefusedException admit(Transfer from) {
        forgetIdle();
        if (!places.containsKey(from.node) && places.size() >= settings.maxTransfers()) {
            return busy("this node is giving snapshots to " + places.keySet());
        }
        touch(from);
        return null;
    }

    private void touch(Transfer from) {
        usedAt = clock.nanos();
        places.put(from.node, new Place(from, usedAt));
    }

    private void forgetIdle() {
        places.values().removeIf(place -> !isWaiting(place.holder()) && isOver(place.usedAt(), settings.keepMillis()));
    }

    private boolean isWaiting(Transfer transfer) {
        return waiting.stream().anyMatch(offer -> offer.from() == transfer);
    }

    private boolean isOver(long sinceNanos, long millis) {
        return clock.nanos() - sinceNanos >= TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private boolean suits(GivenSnapshot present, Transfer to, long minIndex) {
        return present.offer().index() >= minIndex && (usedByOthers(to) || !isOver(madeAt, settings.reuseMillis()));
    }

    private boolean usedByOthers(Transfer than) {
        return places.keySet().stream().anyMatch(node -> !node.equals(than.node));
    }

    private void startMaking(long minIndex) {
        making = true;
        // Else one snapshot after the other would be read as a whole and given up.
        boolean mayPin = !copyFailed || isOver(copyFailedAt, settings.keepMillis());
        maker.make(minIndex, mayPin, this::made);
    }

    private void made(SnapshotMaker.Made made) {
        given = made.snapshot();
        madeAt = clock.nanos();
        usedAt = madeAt;
        boolean wanted = !closed && discards.isEmpty();
        if (!wanted) {
            drop();
        }
        ended();
        GivenSnapshot present = given;
        if (present != null) {
            List<WaitingOffer> offers = List.copyOf(waiting);
            waiting.clear();
            offers.forEach(offer -> answer(offer, present.offer()));
            watchUse(present);
            watchWal(present);
        } else if (made.refusal() != null) {
            refuseWaiting(made.refusal());
        } else {
            makeForWaiting();
        }
    }

    /** The maker has nothing under way any more. */
    private void ended() {
        making = false;
        discards.forEach(discard -> discard.complete(null));
        discards.clear();
    }

    /** For those who asked after the last one was given up. */
    private void makeForWaiting() {
        if (!waiting.isEmpty() && !making) {
            startMaking(waiting.get(0).minIndex());
        }
    }

    /** While the file is pinned the write-ahead log grows with all that is written. */
    private void watchWal(GivenSnapshot watched) {
        if (!watched.isPinned()) {
            return;
        }
        lane.schedule(settings.watchMillis(), () -> {
            if (given != watched) {
                return;
            } else if (maker.walBytes() <= settings.maxPinnedWalBytes()) {
                watchWal(watched);
            } else {
                making = true;
                maker.copyPinned(watched, copy -> copied(watched, copy));
            }
        });
    }

    private void copied(GivenSnapshot pinned, @Nullable SnapshotBytes copy) {
        if (copy == null && given == pinned) {
            LOG.warn(
                    "the snapshot of index {} is given up: the write-ahead log has grown too large, and there is no"
                            + " copy",
                    pinned.offer().index());
            copyFailed = true;
            copyFailedAt = clock.nanos();
            drop();
        } else if (copy != null && given == pinned) {
            pinned.moveTo(copy);
        } else if (copy != null) {
            copy.release();
        }
        ended();
        makeForWaiting();
    }

    private void answer(WaitingOffer offer, SnapshotOffer made) {
        if (made.index() >= offer.minIndex()) {
            touch(offer.from());
            offer.answer().complete(made);
        } else {
            places.remove(offer.from().node);
            offer.answer()
                    .completeExceptionally(new SnapshotRefusedException(
                            Reason.BEHIND, "the snapshot is of index " + made.index(), settings.retryAfterMillis()));
        }
    }

    private void refuseWaiting(SnapshotRefusedException why) {
        for (WaitingOffer offer : waiting) {
            places.remove(offer.from().node);
            offer.answer().completeExceptionally(why);
        }
        waiting.clear();
    }

    private void watchUse(GivenSnapshot watched) {
        lane.schedule(Math.max(1, settings.keepMillis() / 4), () -> {
            if (given != watched) {
                return;
            }
            forgetIdle();
            if (places.isEmpty() && isOver(usedAt, settings.keepMillis())) {
                drop();
            } else {
                watchUse(watched);
            }
        });
    }

    private void drop() {
        if (given != null) {
            maker.abandon(); // it may be copying this one
            given.release();
            given = null;
        }
    }

    private void chunk(Transfer from, String id, long offset, int length, CompletableFuture<byte[]> answer) {
        SnapshotRefusedException no = check(from, id, offset, length);
        if (no == null) {
            no = admit(from);
        }
        if (no != null) {
            answer.completeExceptionally(no);
            return;
        }
        long delayMillis = pace.take(length, clock.nanos());
        if (delayMillis == 0) {
            read(from, id, offset, length, answer);
        } else {
            lane.schedule(delayMillis, () -> read(from, id, offset, length, answer));
        }
    }

    private @Nullable SnapshotRefusedException check(Transfer from, String id, long offset, int length) {
        SnapshotRefusedException no = refused(from);
        if (no != null) {
            return no;
        }
        GivenSnapshot present = given;
        if (present == null || !present.offer().id().equals(id)) {
            return gone(id);
        }
        long end = present.offer().lengthBytes();
        boolean possible = offset >= 0 && offset < end && length > 0 && length <= SnapshotTransfer.MAX_CHUNK_BYTES;
        return possible && length <= end - offset
                ? null
                : new SnapshotRefusedException(
                        Reason.FAILED, "there are no " + length + " bytes at " + offset + " of " + end, 0);
    }

    private void read(Transfer from, String id, long offset, int length, CompletableFuture<byte[]> answer) {
        SnapshotRefusedException no = check(from, id, offset, length);
        GivenSnapshot present = given;
        if (no != null || present == null) {
            answer.completeExceptionally(no == null ? gone(id) : no);
            return;
        }
        try {
            byte[] bytes = present.read(offset, length);
            touch(from);
            answer.complete(bytes);
        } catch (IOException e) {
            LOG.warn("cannot read the snapshot {} any more", id, e);
            drop();
            answer.completeExceptionally(new SnapshotRefusedException(Reason.FAILED, "the snapshot cannot be read", 0));
        }
    }

    /** One peer's connection; its fields are the lane's. */
    private final class Transfer implements SnapshotTransfer {
        private final String node;
        private boolean closed;

        Transfer(String node) {
            this.node = node;
        }

        @Override
        public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
            CompletableFuture<SnapshotOffer> answer = new CompletableFuture<>();
            lane.execute(() -> SnapshotGiver.this.offer(this, minIndex, resumeId, answer));
            return answer;
        }

        @Override
        public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
            CompletableFuture<byte[]> answer = new CompletableFuture<>();
            lane.execute(() -> SnapshotGiver.this.chunk(this, snapshotId, offset, length, answer));
            return answer;
        }

        /** The place is free at once; the snapshot is kept for a while. */
        @Override
        public void close() {
            lane.execute(() -> {
                closed = true;
                Place place = places.get(node);
                if (place != null && place.holder() == this) {
                    places.remove(node);
                }
                waiting.removeIf(offer -> offer.from() == this
                        && offer.answer()
                                .completeExceptionally(new SnapshotRefusedException(
                                        Reason.NOT_SERVING, "the connection has ended", 0)));
            });
        }
    }
}
