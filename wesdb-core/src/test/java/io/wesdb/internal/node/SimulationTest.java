package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Some of what {@link Simulation} runs by the thousand. */
class SimulationTest {
    private Path directory;

    @BeforeEach
    void prepare() throws IOException {
        directory = Simulation.freshDirectory();
    }

    @AfterEach
    void clean() throws IOException {
        Files.deleteIfExists(directory);
    }

    private List<String> story(long seed) throws IOException {
        SimulatedHistory history = new SimulatedHistory(seed, directory.resolve("seed"), true);
        try {
            assertNull(history.run(), "seed " + seed);
            return history.story.lines();
        } finally {
            history.clean();
        }
    }

    @Test
    void noneOfSomeHundredHistoriesOfFaultsHasAFinding() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = Simulation.run(
                new PrintStream(said, true, StandardCharsets.UTF_8),
                "--seeds",
                System.getProperty("wesdb.simulation.seeds", "1-120"));
        assertEquals(0, code, said.toString(StandardCharsets.UTF_8));
    }

    /** See FAULTS.md for what each has shown, in wesdb or in the simulation itself. */
    @ParameterizedTest
    @ValueSource(longs = {197, 229, 685, 3011, 5469, 14_324, 25_293, 26_582, 41_352})
    void aSeedThatOnceHadAFindingHasNone(long seed) throws IOException {
        story(seed);
    }

    /** A page was damaged unnoticed, and then its node was alone for so long that the log was cut: nothing can mend that. */
    @Test
    void aHistoryThatLeavesNoSoundFileIsToldAndNotJudged() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertEquals(0, Simulation.run(new PrintStream(said, true, StandardCharsets.UTF_8), "--seeds", "8184"));
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("in 1 the faults left no sound file, seeds [8184]"));
    }

    /** An entry whose commands are committed one by one meets a full disk, and is seen in part. */
    @Test
    void aHistoryInWhichAnEntryIsSeenInPartHasNoFinding() throws Exception {
        assertTrue(story(1_648).stream().anyMatch(line -> line.contains("cannot apply entry 27: ")));
    }

    /** Or a finding could not be looked into. */
    @ParameterizedTest
    @ValueSource(longs = {2, 3, 7, 11, 20})
    void oneSeedIsOneHistoryToTheLetter(long seed) throws IOException {
        List<String> first = story(seed);
        assertTrue(first.size() > 50);
        assertEquals(String.join("\n", first), String.join("\n", story(seed)));
    }

    @Test
    void aCallThatIsWrongIsToldByItsCode() throws Exception {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        assertEquals(2, Simulation.run(nowhere, "--seeds", "ten"));
        assertEquals(2, Simulation.run(nowhere, "--seed", "1"));
    }
}
