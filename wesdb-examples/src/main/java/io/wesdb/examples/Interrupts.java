package io.wesdb.examples;

import io.wesdb.QueryTimeoutException;
import io.wesdb.ReadOptions;
import io.wesdb.Statement;
import io.wesdb.TooLargeException;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Queries that would take very long are ended by their deadline, by the caller, or because the client has gone away: how late each
 * is, and that the connection is fit for use again. The node has a single read connection, so the next query runs on that one, and tells when
 * it is free.
 */
@Command(
        name = "Interrupts",
        mixinStandardHelpOptions = true,
        description = "Endless queries, huge joins and sorts are ended on time, and the connection can be used again.")
public final class Interrupts implements Callable<Integer> {
    private static final double MOST_MILLIS = 100;
    private static final Duration LONG = Duration.ofMinutes(2);
    /** For what ends by itself soon, once the connection is free. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int LEAST_MILLIS = 20;
    private static final int LONG_TEXTS = 1_000;
    /** This many rows for each of the long texts, if there are so many. */
    private static final int ROWS_A_TEXT = 1_000;

    private static final String INTEGRITY_CHECK = "integrity_check";

    /** In every kind that reads each row, {@code times} says how often; with 1, the end is in reach of the deadlines. */
    private static final Map<String, String> KINDS = kinds();

    @Option(names = "--rows", description = "Of the table that is joined and sorted. Default: ${DEFAULT-VALUE}.")
    long rows = 3_000_000;

    @Option(
            names = "--rounds",
            description = "Of each kind of query and each way to end it. Default: ${DEFAULT-VALUE}.")
    int rounds = 5;

    @Option(
            names = "--longest-millis",
            description =
                    "Queries are ended at a random moment up to so long after they began, so that all that they do"
                            + " is met: a sort of the rows has two phases. Default: ${DEFAULT-VALUE}.")
    int longestMillis = 3_000;

    @Option(names = "--times", description = "How often each row is read. Default: ${DEFAULT-VALUE}.")
    int times = 1;

    @Option(names = "--only", description = "Kinds of queries whose names contain this. Default: all.")
    String only = "";

    @Option(names = "--seed", description = "For those moments. Default: another one each time.")
    long seed = System.nanoTime();

    /** Whether it is proved that they are ended on time. */
    boolean timed = true;

    private long unfit;
    /** The latest of a kind, less the longest time within it in which this process was kept from running: what a busy machine adds. */
    private double withoutStalls;

    /** Ends a query that has run for so long, and gives the milliseconds by which that came late; NaN if it had ended by itself. */
    private interface Way {
        double end(String sql, int afterMillis) throws IOException, InterruptedException;
    }

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new Interrupts()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    private static Map<String, String> kinds() {
        Map<String, String> kinds = new LinkedHashMap<>();
        kinds.put(
                "WITH RECURSIVE without end",
                "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c");
        kinds.put("count of a cross join", "SELECT count(*) FROM data a, data b, data c");
        kinds.put("ORDER BY an expression", "SELECT id FROM data, times ORDER BY upper(name) || n");
        kinds.put("DISTINCT", "SELECT count(*) FROM (SELECT DISTINCT name || n FROM data, times)");
        kinds.put("GROUP BY", "SELECT max(c) FROM (SELECT count(*) AS c FROM data, times GROUP BY name || n)");
        kinds.put(
                "window over everything",
                "SELECT max(s) FROM (SELECT sum(k) OVER (ORDER BY name, n) AS s FROM data, times)");
        kinds.put(
                "LIKE over long texts", "SELECT count(*) FROM long_text, data WHERE body LIKE '%' || name || '%' || k");
        kinds.put(
                "json_group_array",
                "SELECT sum(length((SELECT json_group_array(d.name) FROM data d WHERE d.id BETWEEN a.id AND a.id + 200000)))"
                        + " FROM data a");
        kinds.put(INTEGRITY_CHECK, "PRAGMA integrity_check");
        return kinds;
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("Queries ended in the middle, on a table of %,d rows; seed %d", rows, seed));
        Path directory = Files.createTempDirectory("wesdb-interrupts");
        try (WesDb db = WesDb.builder()
                .dbPath(directory.resolve("i.db"))
                .http("127.0.0.1", 0)
                .maxReaders(1)
                .start()) {
            fill(db);
            List<List<Long>> before = totals(db);
            Map<String, Way> ways = new LinkedHashMap<>();
            ways.put("by the deadline", (sql, millis) -> byDeadline(db, sql, millis));
            ways.put("by cancelling", (sql, millis) -> byCancelling(db, sql, millis));
            ways.put("by going away", (sql, millis) -> byGoingAway(db, sql, millis));
            try (Metronome metronome = new Metronome()) {
                measure(screen, ways, metronome);
            }
            screen.prove(unfit == 0, "after each, an ordinary query on the same connection is right; wrong: " + unfit);
            screen.prove(totals(db).equals(before), "and so is one over the whole table");
        } finally {
            LongRun.delete(directory);
        }
    }

    private void fill(WesDb db) throws IOException, InterruptedException {
        Rows.fill(db::execute, rows);
        db.execute("CREATE INDEX data_k ON data(k)"); // something more for integrity_check
        db.execute("CREATE TABLE times(n INTEGER PRIMARY KEY)");
        db.execute(
                "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) INSERT INTO times SELECT i FROM c",
                times);
        db.execute("CREATE TABLE long_text(id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
        db.execute(
                "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)"
                        + " INSERT INTO long_text SELECT i, hex(randomblob(50000)) || printf('number %08x', i) FROM c",
                Math.min(LONG_TEXTS, Math.max(1, rows / ROWS_A_TEXT)));
    }

    private static List<List<Long>> totals(WesDb db) {
        return db.query(ReadOptions.local().withTimeout(LONG), "SELECT count(*), sum(id), sum(k) FROM data")
                .map(row -> List.of(row.getLong(0), row.getLong(1), row.getLong(2)));
    }

    private void measure(Screen screen, Map<String, Way> ways, Metronome metronome)
            throws IOException, InterruptedException {
        Random random = new Random(seed);
        List<String> head = new ArrayList<>(List.of("how late, ms: least / median / most"));
        head.addAll(ways.keySet());
        head.addAll(List.of("most without stalls of the process", "ended by themselves"));
        List<List<String>> table = new ArrayList<>(List.of(head));
        double most = 0;
        List<String> never = new ArrayList<>();
        for (Map.Entry<String, String> kind : KINDS.entrySet()) {
            if (!kind.getKey().contains(only)) {
                continue;
            }
            List<String> line = new ArrayList<>(List.of(kind.getKey()));
            int byThemselves = 0;
            withoutStalls = 0;
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                double[] late = late(way.getValue(), kind.getValue(), random, metronome);
                byThemselves += rounds - late.length;
                line.add(summary(late));
                if (late.length == 0
                        && (timed || !kind.getKey().equals(INTEGRITY_CHECK))) { // a small file is soon checked
                    never.add(kind.getKey() + " " + way.getKey());
                }
                most = Math.max(most, late.length == 0 ? 0 : late[late.length - 1]);
            }
            line.add(String.format("%.1f", withoutStalls));
            line.add(byThemselves == 0 ? "" : byThemselves + " of " + rounds * ways.size());
            table.add(line);
        }
        screen.table(table);
        screen.prove(never.isEmpty(), "every kind was ended in every way" + (never.isEmpty() ? "" : ": " + never));
        if (timed) {
            screen.prove(
                    most <= MOST_MILLIS, String.format("the latest was %.0f ms late: at most %.0f", most, MOST_MILLIS));
        }
    }

    private double[] late(Way way, String sql, Random random, Metronome metronome)
            throws IOException, InterruptedException {
        List<Double> late = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            double millis = way.end(sql, LEAST_MILLIS + random.nextInt(Math.max(1, longestMillis - LEAST_MILLIS)));
            if (!Double.isNaN(millis)) {
                late.add(millis);
                double stall = metronome.longestStallMillis(System.nanoTime() - (long) (millis * 1e6));
                withoutStalls = Math.max(withoutStalls, millis - stall);
            }
        }
        return late.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static String summary(double... sorted) {
        return sorted.length == 0
                ? "-"
                : String.format("%.1f / %.1f / %.1f", sorted[0], Comparison.median(sorted), sorted[sorted.length - 1]);
    }

    private double byDeadline(WesDb db, String sql, int afterMillis) throws IOException {
        long begun = System.nanoTime();
        try {
            db.query(ReadOptions.local().withTimeout(Duration.ofMillis(afterMillis)), sql);
            return Double.NaN;
        } catch (QueryTimeoutException e) {
            double late = millisSince(begun) - afterMillis;
            ordinary(db);
            return late;
        } catch (TooLargeException e) {
            return Double.NaN; // it has got to its end
        }
    }

    private double byCancelling(WesDb db, String sql, int afterMillis) throws IOException, InterruptedException {
        CompletableFuture<?> running = db.queryAsync(ReadOptions.local().withTimeout(LONG), Statement.of(sql));
        TimeUnit.MILLISECONDS.sleep(afterMillis);
        return running.cancel(true) ? ordinary(db) : Double.NaN;
    }

    private double byGoingAway(WesDb db, String sql, int afterMillis) throws IOException, InterruptedException {
        Map<String, ?> body = Map.of("sql", sql, "timeoutMillis", LONG.toMillis());
        try (RawQuery query = RawQuery.send("http://" + db.status().httpAddress(), "application/json", body)) {
            TimeUnit.MILLISECONDS.sleep(afterMillis);
            if (query.isAnswered()) {
                return Double.NaN;
            }
        }
        return ordinary(db);
    }

    /** Milliseconds until the node's one connection has answered it. */
    private double ordinary(WesDb db) throws IOException {
        long begun = System.nanoTime();
        long id = 1 + begun % rows;
        try {
            boolean right = db.query(ReadOptions.local().withTimeout(PATIENCE), Rows.ONE, id)
                    .map(row -> row.getLong(0) == Rows.k(id) && Rows.name(id).equals(row.getString(1)))
                    .equals(List.of(true));
            unfit += right ? 0 : 1;
        } catch (WesDbException e) {
            throw new IOException("the connection cannot be used again", e);
        }
        return millisSince(begun);
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }
}
