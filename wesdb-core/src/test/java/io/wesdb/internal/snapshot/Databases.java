package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.zip.CRC32C;

/** Replicas of cluster "cluster", lineage "lineage", and their files, for tests. */
final class Databases {
    static final Clock CLOCK = new Clock() {
        @Override
        public long wallMillis() {
            return 1_700_000_000_000L;
        }

        @Override
        public long nanos() {
            return 0;
        }
    };

    private Databases() {}

    static Replica open(Path path) {
        return Replica.open(new ReplicaSettings(path, "cluster", "lineage", true, ZoneOffset.UTC, 4096, 1 << 20));
    }

    /** As of a node that was closed tidily at {@code index}; the log that all of them have applied is the same. */
    static void make(Path path, int index) {
        try (Replica replica = open(path)) {
            apply(replica, index);
        }
    }

    /** As of a node that was killed: what it wrote last is in the write-ahead log alone. */
    static void makeKilled(Path path, int index) {
        Path running = path.resolveSibling("running");
        try (Replica replica = open(running)) {
            apply(replica, index - 2);
            replica.checkpoint();
            apply(replica, index);
            for (String suffix : List.of("", "-wal", "-shm")) {
                Files.copy(Path.of(running + suffix), Path.of(path + suffix));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            Files.delete(running);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void apply(Replica replica, int upTo) {
        for (long i = replica.position().applied() + 1; i <= upTo; i++) {
            String sql = i == 1
                    ? "CREATE TABLE t (x, noise)"
                    : "INSERT INTO t VALUES (" + i + ", randomblob(3000)), (" + i + ", randomblob(3000))";
            Command command = new Command(List.of(new SqlStatement(sql, List.of())));
            Batch batch = new Batch(new SessionId(1, 1), i, i, List.of(command));
            replica.apply(List.of(new Entry(1, i, i, 0, OutcomeDigest.NONE, List.of(batch))));
        }
    }

    /** What the database holds, its write-ahead log included; the files stay as they are. */
    static List<String> contents(Path path) {
        try {
            Path copy = Files.createTempDirectory("wesdb-contents").resolve("copy");
            for (String suffix : List.of("", "-wal")) {
                if (Files.exists(Path.of(path + suffix))) {
                    Files.copy(Path.of(path + suffix), Path.of(copy + suffix));
                }
            }
            List<String> contents = ContentsOf.file(copy).stream()
                    .map(row -> row.length() < 100 ? row : row.substring(0, 80) + "… " + row.hashCode())
                    .toList();
            for (String suffix : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(Path.of(copy + suffix));
            }
            Files.delete(copy.getParent());
            return contents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SnapshotOffer offer(String id, int index, byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return new SnapshotOffer(id, index, bytes.length, (int) checksum.getValue());
    }
}
