package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.sqlite.FileCopy;
import io.wesdb.internal.sqlite.MainFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the snapshots that are given, on a lane of its own, {@code snapshot-copy}, and may be told to give up. Where it can
 * it pins the file and copies nothing; where somebody reads an older state it has SQLite make a copy. Owned by the giver's
 * lane.
 */
final class SnapshotMaker {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotMaker.class);
    private static final int STEP_BYTES = 4 * 1024 * 1024;

    /** A snapshot, or why there is none; neither if it was given up. */
    record Made(@Nullable GivenSnapshot snapshot, @Nullable SnapshotRefusedException refusal) {}

    private final Path database;
    private final MainFile mainFile;
    private final SnapshotSettings settings;
    private final Clock clock;
    private final LongSupplier random;
    private final Lane owner;
    private final Lane making;
    private volatile CompletableFuture<Void> abandoned = new CompletableFuture<>();

    SnapshotMaker(Path database, MainFile mainFile, SnapshotSettings settings, Environment env, Lane owner) {
        this.database = database;
        this.mainFile = mainFile;
        this.settings = settings;
        this.clock = env.clock();
        this.random = env::randomLong;
        this.owner = owner;
        this.making = env.newLane("snapshot-copy");
    }

    /**
     * Begins a snapshot; one thing at a time.
     *
     * @param mayPin false for a copy in any case
     */
    void make(long minIndex, boolean mayPin, Consumer<Made> made) {
        abandoned = new CompletableFuture<>();
        String id = HexFormat.of().toHexDigits(random.getAsLong());
        making.execute(() -> {
            Made result = make(id, minIndex, mayPin);
            owner.execute(() -> made.accept(result));
        });
    }

    /**
     * Begins to copy what a pinned snapshot has, so that the pin can be taken off; one thing at a time.
     *
     * @param copied told of the copy, or of null if there is none
     */
    void copyPinned(GivenSnapshot pinned, Consumer<@Nullable SnapshotBytes> copied) {
        abandoned = new CompletableFuture<>();
        making.execute(() -> {
            SnapshotBytes copy = copyOf(pinned);
            owner.execute(() -> copied.accept(copy));
        });
    }

    /** What is under way ends soon, at the next step. */
    void abandon() {
        abandoned.complete(null);
    }

    /** How large the write-ahead log's file is; 0 if that cannot be told. */
    long walBytes() {
        try {
            Path wal = walFile();
            return Files.exists(wal) ? Files.size(wal) : 0;
        } catch (IOException e) {
            LOG.debug("cannot look at the write-ahead log of {}", database, e);
            return 0;
        }
    }

    private Path walFile() {
        return database.resolveSibling(database.getFileName() + "-wal");
    }

    private Made make(String id, long minIndex, boolean mayPin) {
        try {
            // A write-ahead log that grows, by more than its bound until that is noticed.
            SnapshotRefusedException full = checkSpace(2 * settings.maxPinnedWalBytes());
            MainFile.Pin pin = full == null && mayPin ? mainFile.pin() : null;
            if (pin != null) {
                return pinned(pin, id, minIndex);
            }
            // While the copy is made the write-ahead log is not reused and grows: as much again, at a guess, and the
            // margin.
            full = full == null ? checkSpace(Files.size(database) + walBytes()) : full;
            return full != null ? new Made(null, full) : copy(id, minIndex);
        } catch (IOException | RuntimeException | Error e) { // whoever waits must be told in any case
            LOG.warn("cannot make a snapshot of {}", database, e);
            return refused(Reason.FAILED, "cannot read the database: " + e.getMessage());
        }
    }

    private static Made refused(Reason reason, String why) {
        return new Made(null, new SnapshotRefusedException(reason, why, 0));
    }

    private static Made behind(long index) {
        return refused(Reason.BEHIND, "this node has only got to index " + index);
    }

    private @Nullable SnapshotRefusedException checkSpace(long bytes) throws IOException {
        long needed = bytes + settings.minFreeBytes();
        long free = Files.getFileStore(database).getUsableSpace();
        if (free >= needed) {
            return null;
        }
        String why = "a snapshot needs " + needed + " bytes free, and there are " + free;
        LOG.warn("no snapshot is given: {}", why);
        return new SnapshotRefusedException(Reason.NO_SPACE, why, settings.keepMillis());
    }

    private Made pinned(MainFile.Pin pin, String id, long minIndex) throws IOException {
        if (pin.index() < minIndex) {
            pin.close();
            return behind(pin.index());
        }
        long start = clock.nanos();
        GivenSnapshot made =
                GivenSnapshot.of(new SnapshotBytes.Pinned(pin), id, pin.index(), () -> !abandoned.isDone());
        tell("a snapshot of the file itself", made, start);
        return new Made(made, null);
    }

    private Made copy(String id, long minIndex) throws IOException {
        Path target = SnapshotCopy.pathOf(database, id);
        Pace pace = new Pace(settings.copyBytesPerSecond());
        long start = clock.nanos();
        long[] paced = {0};
        FileCopy.Result result = FileCopy.copy(database, target, minIndex, STEP_BYTES, (copied, total) -> {
            pause(pace.take(copied - paced[0], clock.nanos()));
            paced[0] = copied;
            return !abandoned.isDone();
        });
        return switch (result.outcome()) {
            case ABANDONED -> new Made(null, null);
            case BEHIND -> behind(result.index());
            case NO_SPACE -> refused(Reason.NO_SPACE, "the disk is full");
            case COPIED -> {
                GivenSnapshot made = GivenSnapshot.of(opened(target), id, result.index(), () -> !abandoned.isDone());
                tell("a copy", made, start);
                yield new Made(made, null);
            }
        };
    }

    private static SnapshotCopy opened(Path copy) throws IOException {
        try {
            return SnapshotCopy.open(copy);
        } catch (IOException e) {
            SnapshotCopy.delete(copy);
            throw e;
        }
    }

    private void tell(String what, @Nullable GivenSnapshot made, long start) {
        if (made != null) {
            LOG.info(
                    "made {} of index {}, {} bytes, in {} ms",
                    what,
                    made.offer().index(),
                    made.offer().lengthBytes(),
                    TimeUnit.NANOSECONDS.toMillis(clock.nanos() - start));
        }
    }

    private @Nullable SnapshotBytes copyOf(GivenSnapshot pinned) {
        Path target = SnapshotCopy.pathOf(database, pinned.offer().id());
        long length = pinned.offer().lengthBytes();
        boolean copied = false;
        try {
            if (checkSpace(length) != null) {
                return null;
            }
            SnapshotBytes source = pinned.bytes();
            Pace pace = new Pace(settings.copyBytesPerSecond());
            byte[] piece = new byte[(int) Math.min(STEP_BYTES, length)];
            try (OutputStream copy = Files.newOutputStream(target)) {
                for (long at = 0; at < length && !abandoned.isDone(); at += piece.length) {
                    int count = (int) Math.min(piece.length, length - at);
                    source.read(piece, count, at);
                    copy.write(piece, 0, count);
                    pause(pace.take(count, clock.nanos()));
                }
            }
            copied = !abandoned.isDone();
            return copied ? SnapshotCopy.open(target) : null;
        } catch (IOException | RuntimeException | Error e) { // whoever waits must be told in any case
            if (!abandoned.isDone()) {
                LOG.warn("cannot copy {}, of which a snapshot is given", database, e);
            }
            copied = false;
            return null;
        } finally {
            if (!copied) {
                SnapshotCopy.delete(target);
            }
        }
    }

    /** Until the owner's timer says so or what is under way is given up. */
    private void pause(long millis) {
        if (millis == 0) {
            return;
        }
        CompletableFuture<Void> over = new CompletableFuture<>();
        owner.schedule(millis, () -> over.complete(null));
        CompletableFuture.anyOf(over, abandoned).join();
    }
}
