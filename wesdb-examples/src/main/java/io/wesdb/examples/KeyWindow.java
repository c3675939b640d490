package io.wesdb.examples;

import io.wesdb.Statement;
import io.wesdb.WesDb;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Many more idempotency keys go by than are remembered: what the node keeps of them stays bounded, a key that is remembered is answered
 * and one that is forgotten executed anew, and what keys cost is told by turns with writes that have none. One node in this process.
 */
@Command(
        name = "KeyWindow",
        mixinStandardHelpOptions = true,
        description = "A million idempotency keys: table, file and memory stay bounded.")
public final class KeyWindow implements Callable<Integer> {
    /** What README promises. */
    private static final long MOST_KEYS = 500_000;

    private static final long MOST_BYTES = 128L * 1024 * 1024;

    private static final int IN_FLIGHT = 1_024;
    private static final int COUNTERS = 1_000;
    /** How far keys may have come into the log in another order than they were sent in. */
    private static final int DISORDER = 2 * IN_FLIGHT;

    private static final int WARM_UP = 20_000;
    /** What a JVM's memory varies by anyway. */
    private static final long NOISE_MEGABYTES = 48;

    private static final double FILE_NOISE = 1.1;
    private static final String WRITE = "UPDATE counter SET n = n + 1 WHERE id = ?";
    private static final String WRITE_WITH_ROWS = WRITE + " RETURNING hex(zeroblob(512))";
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    @Option(names = "--keys", description = "How many. Default: ${DEFAULT-VALUE}.")
    int keys = 1_000_000;

    @Option(names = "--with-rows", description = "Then so many whose answers have 1 KiB. Default: ${DEFAULT-VALUE}.")
    int withRows = 80_000;

    /** Each takes a second. Fewer only in tests. */
    int looksAtIt = 20;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Look> looks = new ArrayList<>();
    private final List<Double> keyed = new ArrayList<>();
    private final List<Double> unkeyed = new ArrayList<>();
    private long executed;

    /** What there is at one time; sizes in MB but for {@code bytes}. The file's is what it has with what is still in the -wal. */
    private record Look(long gone, long rows, long bytes, double file, double wal, long resident, long live) {}

    public static void main(String[] args) {
        // The node is in this process; what it tells of its beginning is not what this is about.
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        System.exit(LongRun.main(new CommandLine(new KeyWindow()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("%,d keys through one node, of which it remembers %,d", keys, MOST_KEYS));
        Path directory = Files.createTempDirectory("wesdb-key-window");
        Path file = directory.resolve("app.db");
        // With a short log, or ZooKeeper's memory, which is in this process too, would grow for longer than the run.
        try (WesDb db = WesDb.builder()
                .dbPath(file)
                .maxLogEntries(1_000)
                .maxLogBytes(16L * 1024 * 1024)
                .start()) {
            db.executeScript("CREATE TABLE counter(id INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
                    + " WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < " + (COUNTERS - 1)
                    + ") INSERT INTO counter SELECT i, 0 FROM c");
            send(db, WRITE, null, 0, Math.min(keys, WARM_UP));
            letGoBy(db, file);
            report(screen);
            if (keys > MOST_KEYS) {
                proveBounds(screen);
            }
            proveMemory(screen, db, file);
            if (withRows > 0) {
                letRowsGoBy(screen, db, file);
            }
            proveCounted(screen, db);
        } finally {
            LongRun.delete(directory);
        }
    }

    private void letGoBy(WesDb db, Path file) throws Exception {
        int step = Math.max(1, keys / looksAtIt);
        for (int sent = 0; sent < keys; sent += step) {
            int now = Math.min(step, keys - sent);
            keyed.add(send(db, WRITE, "key", sent, now));
            unkeyed.add(send(db, WRITE, null, sent, now / 4 + 1));
            looks.add(look(file, sent + now));
        }
    }

    private static String key(String prefix, int number) {
        // As long as a UUID, and in no order, as those are.
        return String.format("%s-%016x-%015d", prefix, number * 0x9E3779B97F4A7C15L, number);
    }

    /** So many a second. @param prefix of the keys; null for none */
    private double send(WesDb db, String sql, @Nullable String prefix, int from, int count) throws Exception {
        Semaphore room = new Semaphore(IN_FLIGHT);
        long begun = System.nanoTime();
        for (int i = from; i < from + count; i++) {
            room.acquire();
            WriteOptions options = WriteOptions.defaults().withTimeout(TIMEOUT);
            db.executeAsync(
                            List.of(Statement.of(sql, i % COUNTERS)),
                            prefix == null ? options : options.withIdempotencyKey(key(prefix, i)))
                    .whenComplete((result, thrown) -> {
                        room.release();
                        if (thrown != null || result.replayed()) {
                            failure.compareAndSet(
                                    null, thrown != null ? thrown : new IOException("replayed: " + result));
                        }
                    });
        }
        room.acquire(IN_FLIGHT);
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("a write was not done as it should be", failed);
        }
        executed += count;
        return count / ((System.nanoTime() - begun) / 1e9);
    }

    private static Look look(Path file, long gone) throws SQLException, IOException, InterruptedException {
        List<String> counted = PlainSqlite.rows(
                file,
                "SELECT count(*), coalesce(sum(bytes), 0), (SELECT key_count FROM wesdb_meta),"
                        + " (SELECT key_bytes FROM wesdb_meta),"
                        + " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) FROM wesdb_keys");
        String[] values = counted.get(0).replaceAll("[\\[\\] ]", "").split(",", -1);
        if (!values[0].equals(values[2]) || !values[1].equals(values[3])) {
            throw new IOException("the node's own count of its keys is wrong: " + counted);
        }
        long pid = ProcessHandle.current().pid();
        long live = Memory.liveMegabytes(pid);
        return new Look(
                gone,
                Long.parseLong(values[0]),
                Long.parseLong(values[1]),
                Long.parseLong(values[4]) / 1e6,
                Files.size(Path.of(file + "-wal")) / 1e6,
                Memory.residentMegabytes(pid),
                live);
    }

    private void report(Screen screen) {
        List<List<String>> lines = new ArrayList<>(List.of(List.of(
                "keys gone by",
                "remembered",
                "MiB of them",
                "file MB",
                "-wal MB",
                "resident MB",
                "heap MB",
                "keyed/s",
                "others/s")));
        for (int i = 0; i < looks.size(); i++) {
            Look look = looks.get(i);
            lines.add(List.of(
                    String.format("%,d", look.gone()),
                    String.format("%,d", look.rows()),
                    String.format("%.1f", look.bytes() / 1048576.0),
                    String.format("%.1f", look.file()),
                    String.format("%.1f", look.wal()),
                    String.valueOf(look.resident()),
                    String.valueOf(look.live()),
                    String.format("%,.0f", keyed.get(i)),
                    String.format("%,.0f", unkeyed.get(i))));
        }
        screen.table(lines);
        double with = Comparison.median(
                keyed.stream().mapToDouble(Double::doubleValue).toArray());
        double without = Comparison.median(
                unkeyed.stream().mapToDouble(Double::doubleValue).toArray());
        screen.say(String.format(
                "Writes with keys: %,.0f a second (median), others by turns: %,.0f; %.2f of it.",
                with, without, with / without));
    }

    /** From when as many are remembered as ever will be. */
    private void proveBounds(Screen screen) {
        screen.prove(
                looks.stream().allMatch(look -> look.rows() <= MOST_KEYS && look.bytes() <= MOST_BYTES),
                "never more than " + String.format("%,d keys and 128 MiB", MOST_KEYS));
        List<Look> full =
                looks.stream().filter(look -> look.rows() == MOST_KEYS).toList();
        Look first = full.get(0);
        Look last = full.get(full.size() - 1);
        screen.prove(
                last.file() <= first.file() * FILE_NOISE,
                String.format(
                        "the file had %.1f MB when it was full, and has %.1f after %,d more keys",
                        first.file(), last.file(), last.gone() - first.gone()));
        screen.prove(
                last.live() <= first.live() + NOISE_MEGABYTES,
                String.format("the heap had %d MB alive then, and has %d", first.live(), last.live()));
    }

    private WriteResult again(WesDb db, int number) {
        return db.execute(
                List.of(Statement.of(WRITE, number % COUNTERS)),
                WriteOptions.defaults().withIdempotencyKey(key("key", number)));
    }

    private void proveMemory(Screen screen, WesDb db, Path file) throws SQLException {
        String oldest = PlainSqlite.rows(file, "SELECT key FROM wesdb_keys ORDER BY id LIMIT 1")
                .get(0);
        int edge = Integer.parseInt(oldest.replaceAll("^.*-0*(?=\\d)|]", ""));
        for (int number : List.of(keys - 1, (keys + edge) / 2, edge)) {
            screen.prove(again(db, number).replayed(), String.format("key %,d, sent again, is answered", number));
        }
        if (keys > MOST_KEYS) {
            for (int number : List.of(0, edge - DISORDER)) {
                boolean anew = !again(db, number).replayed();
                executed++;
                screen.prove(anew, String.format("key %,d, which is forgotten, is executed anew", number));
            }
        }
    }

    private void letRowsGoBy(Screen screen, WesDb db, Path file) throws Exception {
        double rate = send(db, WRITE_WITH_ROWS, "row", 0, withRows);
        Look look = look(file, keys + (long) withRows);
        screen.say(String.format(
                "After %,d more whose answers have 1 KiB, at %,.0f a second: %,d keys, %.1f MiB, file %.1f MB.",
                withRows, rate, look.rows(), look.bytes() / 1048576.0, look.file()));
        screen.prove(look.bytes() <= MOST_BYTES && look.rows() <= MOST_KEYS, "no more than 128 MiB are kept of them");
        screen.prove(
                look.rows() == Math.min(MOST_KEYS, keys + (long) withRows),
                "and no key was given up before its time for the rows of others");
    }

    private void proveCounted(Screen screen, WesDb db) {
        long counted = db.query("SELECT sum(n) FROM counter").single().getLong(0);
        screen.prove(
                counted == executed, String.format("each of %,d writes was executed once: %,d", executed, counted));
    }
}
