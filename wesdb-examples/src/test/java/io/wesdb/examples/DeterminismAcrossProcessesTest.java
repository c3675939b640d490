package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.NodeClient.Written;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** I3 across processes: machines in different time zones, one with a wrong clock, hold the same contents. */
@Timeout(120)
class DeterminismAcrossProcessesTest {
    private static final ZoneId CLUSTER_ZONE = ZoneId.of("Europe/Berlin");
    private static final Duration CLOCK_ERROR = Duration.ofHours(1);
    private static final Duration TOLERANCE = Duration.ofSeconds(1);
    private static final int SINGLE_INSERTS = 880;
    private static final int ROWS_OF_A_SELECT = 40;
    private static final int ROWS = SINGLE_INSERTS + 3 * ROWS_OF_A_SELECT;

    private static final String SCHEMA = """
            CREATE TABLE event(
              id INTEGER PRIMARY KEY,
              lucky INTEGER DEFAULT (random()),
              at TEXT DEFAULT CURRENT_TIMESTAMP,
              local TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now', 'localtime')),
              bound TEXT,
              x BLOB,
              day TEXT GENERATED ALWAYS AS (date(bound)) STORED);
            CREATE INDEX event_day ON event(date(at));
            CREATE TABLE audit(event_id INTEGER, lucky INTEGER, at TEXT);
            CREATE TRIGGER event_audit AFTER INSERT ON event BEGIN
              INSERT INTO audit VALUES (new.id, random(), datetime('now'));
            END;""";
    private static final String SINGLE = "INSERT INTO event(bound) VALUES (strftime('%Y-%m-%d %H:%M:%f', ?))";
    private static final String SELECT = "INSERT INTO event(bound, lucky)"
            + " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            + " SELECT strftime('%Y-%m-%d %H:%M:%f', ?), random() FROM n";

    @TempDir
    Path directory;

    /** When, on the true clock, the row was asked for and acknowledged. */
    private record Window(Instant from, Instant to) {}

    private final List<Window> windows = new ArrayList<>();
    private long index;

    /** @param wrong which process has the wrong clock: the first one leads, the second follows */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void nodesUnderDifferentTimeZonesAndClocksHoldTheSameContents(int wrong, TestReporter reporter) throws Exception {
        Optional<Path> faketime = faketimeLibrary();
        if (faketime.isEmpty()) {
            reporter.publishEntry("libfaketime is not installed: all clocks of this run agree");
        }
        List<Map<String, String>> environments = new ArrayList<>();
        for (String zone : List.of("America/New_York", "Asia/Kolkata", "Pacific/Auckland")) {
            environments.add(environment(zone, environments.size() == wrong ? faketime : Optional.empty()));
        }
        List<String> shared = List.of("--time-zone", CLUSTER_ZONE.getId());
        try (ThreePrograms programs = ThreePrograms.start(NodeProcess.javaCommand(), directory, environments, shared)) {
            write(programs);

            List<String> dump = Dump.of(programs.client(0), index);
            assertEquals(
                    2 * ROWS,
                    dump.stream().filter(line -> !line.startsWith("schema: ")).count());
            assertEquals(dump, Dump.of(programs.client(1), index));
            assertEquals(dump, Dump.of(programs.client(2), index));

            assertEquals("a", programs.client(0).status().leader());
            Duration leaderIsAhead = faketime.isPresent() && wrong == 0 ? CLOCK_ERROR : Duration.ZERO;
            checkRandomness(programs.client(2));
            checkTimes(programs.client(2), leaderIsAhead);
        }
    }

    private void write(ThreePrograms programs) throws IOException, InterruptedException {
        index = programs.client(1).execute(SCHEMA).index();
        for (int i = 0; i < SINGLE_INSERTS; i++) {
            timed(programs.client(i), 1, SINGLE, "now");
        }
        for (int i = 0; i < 3; i++) {
            timed(programs.client(i), ROWS_OF_A_SELECT, SELECT, ROWS_OF_A_SELECT, "now");
        }
        for (int i = 0; i < 3; i++) {
            Written updated = programs.client(i).execute("UPDATE event SET x = randomblob(8) WHERE id % 3 = ?", i);
            assertTrue(updated.rowsAffected() >= ROWS / 3, updated::toString);
            index = updated.index();
        }
    }

    private void timed(NodeClient client, int rows, String sql, Object... parameters)
            throws IOException, InterruptedException {
        Instant from = Instant.now();
        Written written = client.execute(sql, parameters);
        Window window = new Window(from, Instant.now());
        assertEquals(rows, written.rowsAffected());
        for (int i = 0; i < rows; i++) {
            windows.add(window);
        }
        index = written.index();
    }

    private void checkRandomness(NodeClient client) throws IOException, InterruptedException {
        List<String> queries = List.of(
                "SELECT lucky FROM event ORDER BY id",
                "SELECT x FROM event ORDER BY id",
                "SELECT lucky FROM audit ORDER BY rowid");
        for (String sql : queries) {
            List<List<Object>> rows = client.query(index, sql).rows();
            assertEquals(ROWS, rows.size());
            Set<Object> distinct = new HashSet<>();
            for (List<Object> row : rows) {
                assertNotEquals(null, row.get(0), sql);
                distinct.add(row.get(0));
            }
            assertEquals(ROWS, distinct.size(), sql); // 64 random bits each: a repetition is a fault
        }
    }

    private void checkTimes(NodeClient client, Duration leaderIsAhead) throws IOException, InterruptedException {
        String sql =
                "SELECT e.at, e.local, e.bound, a.at, e.day FROM event e JOIN audit a ON a.event_id = e.id ORDER BY e.id";
        List<List<Object>> rows = client.query(index, sql).rows();
        assertEquals(windows.size(), rows.size());
        for (int i = 0; i < rows.size(); i++) {
            List<Object> row = rows.get(i);
            Instant from = windows.get(i).from().plus(leaderIsAhead).minus(TOLERANCE);
            Instant to = windows.get(i).to().plus(leaderIsAhead).plus(TOLERANCE);
            assertWithin(from, instant(row.get(0), ZoneOffset.UTC), to, row);
            assertWithin(from, instant(row.get(1), CLUSTER_ZONE), to, row);
            assertWithin(from, instant(row.get(2), ZoneOffset.UTC), to, row);
            assertWithin(from, instant(row.get(3), ZoneOffset.UTC), to, row);
            assertEquals(String.valueOf(row.get(2)).substring(0, 10), row.get(4));
        }
    }

    private static Instant instant(Object text, ZoneId zone) {
        return LocalDateTime.parse(String.valueOf(text).replace(' ', 'T'))
                .atZone(zone)
                .toInstant();
    }

    private static void assertWithin(Instant from, Instant time, Instant to, Object row) {
        assertTrue(
                !time.isBefore(from) && !time.isAfter(to), () -> time + " is not in " + from + " … " + to + ": " + row);
    }

    /** With a library, the clock is wrong. */
    private static Map<String, String> environment(String zone, Optional<Path> faketime) {
        Map<String, String> environment = new HashMap<>(Map.of("TZ", zone));
        faketime.ifPresent(library -> {
            environment.put("LD_PRELOAD", library.toString());
            environment.put("FAKETIME", "+" + CLOCK_ERROR.toHours() + "h");
            environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            // Or every timed wait of the JVM, which goes by the monotonic clock, returns at once, and threads spin.
            environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        });
        return environment;
    }

    /** The library, if it is there and does what is wanted of it. */
    private static Optional<Path> faketimeLibrary() throws IOException, InterruptedException {
        for (String architecture : List.of("x86_64-linux-gnu", "aarch64-linux-gnu")) {
            Path library = Path.of("/usr/lib", architecture, "faketime/libfaketimeMT.so.1");
            if (Files.exists(library)) {
                ProcessBuilder date = new ProcessBuilder("date", "+%s");
                date.environment().putAll(environment("UTC", Optional.of(library)));
                String seconds = new String(date.start().getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                long ahead = Long.parseLong(seconds.strip()) - Instant.now().getEpochSecond();
                assertTrue(Math.abs(ahead - CLOCK_ERROR.toSeconds()) <= 2, "faketime does not fake: " + ahead);
                return Optional.of(library);
            }
        }
        return Optional.empty();
    }
}
