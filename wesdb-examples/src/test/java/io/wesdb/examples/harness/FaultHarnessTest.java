package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.Await;
import io.wesdb.examples.LongRun;
import io.wesdb.examples.Screen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The fault harness, short. */
@Timeout(300)
class FaultHarnessTest {
    @Test
    void whatWasAcknowledgedIsThereAndNodesAreEqualAfterFaultsOfProcessesAndOfTheNetwork(@TempDir Path directory)
            throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FaultHarness harness = new FaultHarness();
        harness.seconds = 12;
        harness.nodes = 3;
        harness.callers = 8;
        harness.seed = 1;
        harness.nemeses = List.of("kill-leader", "split-leader", "clock+pause-short");
        harness.report = directory;

        int exitCode = LongRun.run(new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false), harness::run);

        assertEquals(0, exitCode, out.toString(StandardCharsets.UTF_8));
        assertTrue(Files.list(directory).findAny().isPresent(), "no report");
    }

    @Test
    void aPartOfANameMeansAllOfThatKindAndAnUnknownOneIsRefused() {
        List<Nemesis> all = Nemeses.all(5);

        assertEquals(4, Nemeses.named("kill", all).size());
        assertEquals(8, Nemeses.named("kill+pause", all).size());
        assertThrows(IllegalArgumentException.class, () -> Nemeses.named("kil", all));
    }

    /** Were the clock's class another one, nodes would start with it all the same, and no clock would ever jump. */
    @Test
    void theClassThatReadsTheClockIsFoundAndChanged(@TempDir Path directory) throws Exception {
        ShiftedClock.writeInto(directory, List.of());

        Path written = onlyFile(directory);
        String text = Files.readString(written, StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("io/wesdb/examples/harness/ShiftedSystem"), written::toString);
        assertTrue(!text.contains("java/lang/System"), written::toString);
    }

    @Test
    void aBrokenBuildThatHasAClockOfItsOwnKeepsItAndThatOneJumps(@TempDir Path directory) throws Exception {
        Path first = directory.resolve("first");
        ShiftedClock.writeInto(first, List.of());
        Path name = first.relativize(onlyFile(first));
        Path overlay = directory.resolve("overlay");
        Files.createDirectories(overlay.resolve(name).getParent());
        // Another class that asks the system for something stands in for such a build's clock.
        String system = Await.class.getName().replace('.', '/') + ".class";
        try (InputStream in = getClass().getClassLoader().getResourceAsStream(system)) {
            Files.copy(in, overlay.resolve(name));
        }

        Path clock = directory.resolve("clock");
        ShiftedClock.writeInto(clock, List.of(directory.resolve("without"), overlay));

        String text = Files.readString(clock.resolve(name), StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("io/wesdb/examples/Await"), "not the overlay's");
        assertTrue(text.contains("io/wesdb/examples/harness/ShiftedSystem"), "the clock does not jump");
    }

    private static Path onlyFile(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }
}
