package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.sqlite.FileCopy;
import java.io.IOException;
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

/** Makes a copy on a lane of its own, {@code snapshot-copy}, and may be told to give it up. Owned by the giver's lane. */
final class CopyMaker {
    private static final Logger LOG = LoggerFactory.getLogger(CopyMaker.class);
    private static final int STEP_BYTES = 4 * 1024 * 1024;

    /** A copy, or why there is none; neither if it was given up. */
    record Made(@Nullable SnapshotCopy copy, @Nullable SnapshotRefusedException refusal) {}

    private final Path database;
    private final SnapshotSettings settings;
    private final Clock clock;
    private final LongSupplier random;
    private final Lane owner;
    private final Lane copying;
    private volatile CompletableFuture<Void> abandoned = new CompletableFuture<>();

    CopyMaker(Path database, SnapshotSettings settings, Environment env, Lane owner) {
        this.database = database;
        this.settings = settings;
        this.clock = env.clock();
        this.random = env::randomLong;
        this.owner = owner;
        this.copying = env.newLane("snapshot-copy");
    }

    /** Begins a copy; one at a time. */
    void make(long minIndex, Consumer<Made> made) {
        abandoned = new CompletableFuture<>();
        String id = HexFormat.of().toHexDigits(random.getAsLong());
        copying.execute(() -> {
            Made result = make(id, minIndex);
            owner.execute(() -> made.accept(result));
        });
    }

    /** The copy under way ends soon, at the next step. */
    void abandon() {
        abandoned.complete(null);
    }

    private Made make(String id, long minIndex) {
        try {
            SnapshotRefusedException full = checkSpace();
            return full != null ? new Made(null, full) : copy(id, minIndex);
        } catch (IOException | RuntimeException | Error e) { // whoever waits must be told in any case
            LOG.warn("cannot make a snapshot of {}", database, e);
            return refused(Reason.FAILED, "cannot copy the database: " + e.getMessage());
        }
    }

    private static Made refused(Reason reason, String why) {
        return new Made(null, new SnapshotRefusedException(reason, why, 0));
    }

    private @Nullable SnapshotRefusedException checkSpace() throws IOException {
        Path log = database.resolveSibling(database.getFileName() + "-wal");
        // While the copy is made the log is not reused and grows: as much again, at a guess, and the margin.
        long needed = Files.size(database) + (Files.exists(log) ? Files.size(log) : 0) + settings.minFreeBytes();
        long free = Files.getFileStore(database).getUsableSpace();
        if (free >= needed) {
            return null;
        }
        String why = "a copy needs " + needed + " bytes free, and there are " + free;
        LOG.warn("no snapshot is given: {}", why);
        return new SnapshotRefusedException(Reason.NO_SPACE, why, settings.keepMillis());
    }

    private Made copy(String id, long minIndex) {
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
            case BEHIND -> refused(Reason.BEHIND, "this node has only got to index " + result.index());
            case NO_SPACE -> refused(Reason.NO_SPACE, "the disk is full");
            case COPIED -> {
                SnapshotCopy made = SnapshotCopy.open(target, id, result.index(), () -> !abandoned.isDone());
                if (made != null) {
                    LOG.info(
                            "made a copy of index {}, {} bytes, in {} ms",
                            result.index(),
                            made.offer().lengthBytes(),
                            TimeUnit.NANOSECONDS.toMillis(clock.nanos() - start));
                }
                yield new Made(made, null);
            }
        };
    }

    /** Until the owner's timer says so or the copy is given up. */
    private void pause(long millis) {
        if (millis == 0) {
            return;
        }
        CompletableFuture<Void> over = new CompletableFuture<>();
        owner.schedule(millis, () -> over.complete(null));
        CompletableFuture.anyOf(over, abandoned).join();
    }
}
