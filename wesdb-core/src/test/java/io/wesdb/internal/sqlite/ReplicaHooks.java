package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What a simulation does to a replica, and sees of it. */
public final class ReplicaHooks {
    private ReplicaHooks() {}

    /** {@code listener} is called after each COMMIT. */
    public static void onCommit(Replica replica, Runnable listener) {
        replica.onCommit(listener);
    }

    /** {@code listener} is called when all that was applied has just been synced. */
    public static void onSync(Replica replica, Runnable listener) {
        replica.onSync(listener);
    }

    /** {@code listener} is called when the file was synced and holds everything, so that it can be pinned. */
    public static void onCheckpoint(MainFile mainFile, Runnable listener) {
        mainFile.onCheckpoint(listener);
    }

    public static boolean isClosed(Replica replica) {
        return replica.closed();
    }

    /** What it has failed with, which a node that is closing tells nobody; null if it has not. */
    public static @Nullable String fault(Replica replica) {
        StorageException fault = replica.fault();
        return fault == null ? null : fault.getMessage();
    }

    /** The next sync of the write-ahead log fails. */
    public static void breakSync(Replica replica) {
        try {
            replica.wal().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends what {@link Sabotage#diskFull} began. */
    public static void diskHasRoom(Replica replica) {
        try {
            Connections.run(replica.sqlite(), "PRAGMA main.max_page_count=1073741823");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of everything in a file that has applied up to {@code index}. */
    public static ContentHash contentHash(ReplicaSettings settings, long index) {
        try (ContentSnapshot snapshot = ContentSnapshot.open(settings, index)) {
            return snapshot.hash(() -> false, Clock.system(), Long.MAX_VALUE);
        }
    }
}
