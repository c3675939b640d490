package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.NodeStatus.Recovery;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the node program says while its node recovers. */
class ProgressLinesTest {
    private static final long MB = 1024 * 1024;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private long nowMillis = 10_000;
    private final ProgressLines progress = new ProgressLines(
            new PrintStream(err, true, StandardCharsets.UTF_8), () -> TimeUnit.MILLISECONDS.toNanos(nowMillis));

    private void afterMillis(long millis, Recovery recovery) {
        nowMillis += millis;
        progress.accept(recovery);
    }

    private static Recovery fetching(String source, long received, long total) {
        return new Recovery("fetching", source, 900, received, total, null);
    }

    private List<String> lines() {
        List<String> lines = err.toString(StandardCharsets.UTF_8).lines().toList();
        err.reset();
        return lines;
    }

    @Test
    void aTransferIsTold() {
        afterMillis(0, fetching("n2", 412 * MB, 1024 * MB));
        assertEquals(List.of("recovering: fetching snapshot from n2: 412 of 1,024 MB (40 %)"), lines());
        afterMillis(0, fetching("n3", 5 * 1024, 6 * 1024 + 1));
        assertEquals(List.of("recovering: fetching snapshot from n3: 5 of 7 kB (83 %)"), lines());
    }

    @Test
    void aLineComesEachSecondOrEachFivePercentAndOnlyWithNews() {
        afterMillis(0, fetching("n2", 0, 1000 * MB));
        assertEquals(1, lines().size());
        afterMillis(500, fetching("n2", 10 * MB, 1000 * MB));
        assertEquals(List.of(), lines());
        afterMillis(500, fetching("n2", 20 * MB, 1000 * MB));
        assertEquals(1, lines().size());
        afterMillis(500, fetching("n2", 70 * MB, 1000 * MB));
        assertEquals(1, lines().size());
        afterMillis(60_000, fetching("n2", 70 * MB, 1000 * MB));
        assertEquals(List.of(), lines());
    }

    @Test
    void everyPhaseAndEveryReasonIsToldOnce() {
        String reason = "entry 7 has left the log";
        afterMillis(0, new Recovery("opening", null, 6, 0, 0, null));
        afterMillis(1, new Recovery("waiting", null, 6, 0, 0, reason));
        afterMillis(1, new Recovery("waiting", null, 6, 0, 0, reason));
        afterMillis(1, new Recovery("fetching", "n2", 12_000, 0, 50 * MB, reason));
        afterMillis(1, new Recovery("installing", "n2", 12_000, 50 * MB, 50 * MB, reason));
        afterMillis(1, new Recovery("catching_up", null, 12_000, 0, 0, null));
        afterMillis(500, new Recovery("catching_up", null, 15_000, 0, 0, null));
        afterMillis(500, new Recovery("catching_up", null, 18_000, 0, 0, null));
        assertEquals(
                List.of(
                        "recovering: entry 7 has left the log",
                        "recovering: waiting for a node that can give a snapshot",
                        "recovering: fetching snapshot from n2: 0 of 50 MB (0 %)",
                        "recovering: installing the snapshot of index 12,000",
                        "recovering: catching up with the log, at index 12,000",
                        "recovering: catching up with the log, at index 18,000"),
                lines());
    }

    @Test
    void aStartThatNeedsNothingSaysNothing() {
        afterMillis(0, new Recovery("opening", null, 6, 0, 0, null));
        afterMillis(5_000, new Recovery("opening", null, 6, 0, 0, null));
        assertEquals(List.of(), lines());
    }
}
