package io.wesdb.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.Json;
import io.wesdb.examples.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class BenchmarkTest {
    private static final long STALL_MILLIS = 450;

    @TempDir
    Path directory;

    /** Its figures mean nothing; that each part runs to its end, and loses no write, does. */
    private Map<?, ?> run(String... parts) throws Exception {
        Benchmark run = new Benchmark();
        run.quick = true;
        run.only = List.of(parts);
        run.stretchMillis = 100;
        run.directory = directory.resolve("data");
        run.report = directory.resolve("report");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false);

        run.run(screen);

        String said = out.toString(StandardCharsets.UTF_8);
        assertTrue(screen.allHeld(), said);
        assertTrue(said.contains("n3 has all of"), said);
        Map<?, ?> results =
                assertInstanceOf(Map.class, Json.read(Files.readString(run.report.resolve("results.json"))));
        assertEquals(true, results.get("sound"));
        assertInstanceOf(List.class, results.get("loads"))
                .forEach(load -> assertEquals(0L, ((Map<?, ?>) load).get("failed"), load.toString()));
        return results;
    }

    private static Set<Object> parts(Map<?, ?> results, String list) {
        Set<Object> parts = new HashSet<>();
        assertInstanceOf(List.class, results.get(list)).forEach(each -> parts.add(((Map<?, ?>) each).get("part")));
        return parts;
    }

    @Test
    void aRunLeavesATableFiguresAndAPictureAndEveryAcknowledgedWriteIsThere() throws Exception {
        Map<?, ?> results = run("writes");
        String table = Files.readString(directory.resolve("report/table.txt"));
        assertTrue(table.contains(Target.WRITES_64.what()), table);
        assertEquals(7, assertInstanceOf(List.class, results.get("targets")).size());
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(directory.resolve("report/chart.svg").toFile());
    }

    /** Of the parts on growth these two; the others take longer than the suite has, and run in a full run only. */
    @Test
    void thePartsOnValuesAndOnCatchingUpGiveTheirFigures() throws Exception {
        Map<?, ?> results = run("values", "catchup");
        assertEquals(Set.of("values", "catchup"), parts(results, "loads"));
        assertEquals(Set.of("values", "catchup"), parts(results, "figures"));
    }

    @Test
    void atAPaceTheWaitOfCallsThatAStallKeptFromBeingMadeCounts() throws Exception {
        boolean[] stalled = new boolean[1];

        Measured measured = AsyncLoad.run(1, 400, 200, caller -> {
            CompletableFuture<String> call = new CompletableFuture<>();
            long delay = stalled[0] ? 0 : STALL_MILLIS;
            stalled[0] = true;
            CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS).execute(() -> call.complete(""));
            return call;
        });

        // One call stalled, but the 50 that were due in the window before it ended waited too, most of them for more
        // than 10 ms.
        assertTrue(measured.latencies().getCountBetweenValues(10_000_000, Measured.LONGEST_NANOS) >= 20);
        assertEquals(120, measured.acknowledged());
    }

    @Test
    void inAClosedLoopARefusedCallComesAgainAndIsCountedOnce() throws Exception {
        int[] calls = new int[1];

        Measured measured = AsyncLoad.run(
                1,
                100,
                0,
                caller -> ++calls[0] % 2 == 1
                        ? CompletableFuture.failedFuture(new Refused(1))
                        : CompletableFuture.completedFuture(""));

        assertEquals(0, measured.failed());
        assertTrue(measured.acknowledged() > 0);
        assertTrue(
                measured.refused() - measured.acknowledged() <= 1,
                measured.toMap().toString());
        assertEquals(calls[0], measured.refused() + measured.acknowledged());
    }
}
