package io.wesdb.internal.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.snapshot.FileStep.Kind;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaInspector;
import io.wesdb.internal.sqlite.ReplicaVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A snapshot is received and takes the old database's place while the process is killed or power fails at each step. */
class InstallCrashTest {
    private static final int OLD_INDEX = 5;
    private static final int NEW_INDEX = 9;
    private static final int POWER_FAILURES_A_STEP = 3;

    @TempDir
    Path directory;

    private Path oldFiles;
    private byte[] snapshot;
    private List<String> oldContents;
    private List<String> newContents;
    private int runs;

    @BeforeEach
    void makeBoth() throws IOException {
        oldFiles = Files.createDirectory(directory.resolve("old"));
        Databases.makeKilled(oldFiles.resolve("db"), OLD_INDEX);
        oldContents = Databases.contents(oldFiles.resolve("db"));
        Path giver = directory.resolve("giver");
        Databases.make(giver, NEW_INDEX);
        snapshot = Files.readAllBytes(giver);
        newContents = Databases.contents(giver);
        assertFalse(oldContents.equals(newContents));
    }

    /** A directory with the old node's files as a kill left them. */
    private Path freshDirectory() throws IOException {
        Path fresh = Files.createDirectory(directory.resolve("run" + runs++));
        for (String suffix : List.of("db", "db-wal", "db-shm")) {
            Files.copy(oldFiles.resolve(suffix), fresh.resolve(suffix));
        }
        return fresh;
    }

    private static ReplicaFiles files(Path directory, PowerFailure observer) {
        return new ReplicaFiles(directory.resolve("db"), Databases.CLOCK, observer);
    }

    private static ReplicaFiles files(Path directory) {
        return new ReplicaFiles(directory.resolve("db"), Databases.CLOCK);
    }

    private void receiveAndInstall(ReplicaFiles files, OldFile old) {
        SnapshotOffer offer = Databases.offer("s1", NEW_INDEX, snapshot);
        int piece = snapshot.length / 4;
        try (IncomingSnapshot incoming = IncomingSnapshot.open(files, "giver", offer, Runnable::run, piece * 2L)) {
            while (!incoming.complete()) {
                int from = (int) incoming.received();
                incoming.write(from, Arrays.copyOfRange(snapshot, from, Math.min(from + piece, snapshot.length)));
            }
            incoming.verify("cluster", "lineage");
        } catch (PowerFailure.Crash e) {
            throw new PowerFailure.Crash(); // without what closing has suppressed
        }
        files.install(old, "test");
    }

    @ParameterizedTest
    @EnumSource(OldFile.class)
    void killedAtAnyStepTheOldOneOrTheNewOneIsThereWhole(OldFile old) throws IOException {
        int steps = stepsOf(old);
        for (int step = 0; step < steps; step++) {
            Path run = freshDirectory();
            crash(run, step, old);
            files(run).recover();
            check(run, old, "killed before step " + step);
            delete(run);
        }
    }

    @ParameterizedTest
    @EnumSource(OldFile.class)
    void killedAgainAtAnyStepOfTheRecoveryItIsStillThere(OldFile old) throws IOException {
        int steps = stepsOf(old);
        for (int step = steps - 14; step < steps; step++) {
            int recoverySteps = 1;
            for (int second = 0; second < recoverySteps; second++) {
                Path run = freshDirectory();
                crash(run, step, old);
                PowerFailure recovery = new PowerFailure(run, second);
                try {
                    files(run, recovery).recover();
                } catch (PowerFailure.Crash e) {
                    recoverySteps++; // there was one more
                }
                files(run).recover();
                check(run, old, "killed before step " + step + " and step " + second + " of the recovery");
                delete(run);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OldFile.class)
    void whenPowerFailsAtAnyStepTheOldOneOrTheNewOneIsThereWhole(OldFile old) throws IOException {
        int steps = stepsOf(old);
        for (int step = 0; step <= steps; step++) {
            for (int seed = 0; seed < POWER_FAILURES_A_STEP; seed++) {
                Path run = freshDirectory();
                PowerFailure disk = crash(run, step, old);
                disk.strike(new Random(seed));
                files(run).recover();
                check(run, old, "power failed before step " + step + ", seed " + seed);
                if (step == steps) {
                    assertEquals(newContents, Databases.contents(run.resolve("db")), "what was reported is durable");
                }
                delete(run);
            }
        }
    }

    private int stepsOf(OldFile old) throws IOException {
        Path run = freshDirectory();
        PowerFailure whole = crash(run, Integer.MAX_VALUE, old);
        assertEquals(newContents, Databases.contents(run.resolve("db")));
        delete(run);
        return whole.steps.size();
    }

    private PowerFailure crash(Path run, int beforeStep, OldFile old) {
        PowerFailure disk = new PowerFailure(run, beforeStep);
        try {
            receiveAndInstall(files(run, disk), old);
        } catch (PowerFailure.Crash e) {
            assertTrue(beforeStep < Integer.MAX_VALUE);
        }
        return disk;
    }

    /** What must hold after any crash and the recovery, and that the node then gets where it wanted. */
    private void check(Path run, OldFile old, String when) throws IOException {
        Path database = run.resolve("db");
        List<String> contents = Databases.contents(database);
        boolean installed = contents.equals(newContents);
        assertTrue(installed || contents.equals(oldContents), when + ": neither the old nor the new content");
        List<Path> aside = aside(run);
        if (old == OldFile.SET_ASIDE && installed) {
            assertEquals(1, aside.size(), when);
            assertEquals(oldContents, Databases.contents(aside.get(0).resolve("db")), when + ": set aside");
        } else {
            assertEquals(List.of(), aside, when);
        }
        ReplicaVerdict verdict = ReplicaInspector.inspect(database, "cluster", "lineage");
        ReplicaVerdict.Sound sound = assertInstanceOf(ReplicaVerdict.Sound.class, verdict, when);
        assertEquals(installed ? NEW_INDEX : OLD_INDEX, sound.position().applied(), when);
        try (Replica replica = Databases.open(database)) {
            Databases.apply(replica, NEW_INDEX);
        }
        assertEquals(newContents, Databases.contents(database), when + ": goes on");
        if (!installed) {
            receiveAndInstall(files(run), old);
            assertEquals(newContents, Databases.contents(database), when + ": tried again");
        }
        List<String> left = names(run).stream()
                .filter(name -> !name.startsWith("db-aside-"))
                .toList();
        assertEquals(List.of("db"), left, when + ": nothing is left over");
    }

    @Test
    void killedOrPowerFailingWhileSettingAsideNothingIsLost() throws IOException {
        int steps = setAside(freshDirectory(), Integer.MAX_VALUE).steps.size();
        for (int step = 0; step <= steps; step++) {
            for (int seed = 0; seed <= POWER_FAILURES_A_STEP; seed++) {
                Path run = freshDirectory();
                PowerFailure disk = setAside(run, step);
                if (seed > 0) {
                    disk.strike(new Random(seed));
                }
                ReplicaFiles.Recovery recovery = files(run).recover();
                List<Path> aside = aside(run);
                String when = "before step " + step + ", seed " + seed + ": " + recovery;
                assertTrue(aside.size() <= 1, when);
                Path there = aside.isEmpty() ? run : aside.get(0);
                assertEquals(oldContents, Databases.contents(there.resolve("db")), when);
                assertFalse(names(run).contains("db-plan.properties"), when);
                assertEquals(aside.isEmpty(), Files.exists(run.resolve("db")), when);
                assertEquals(aside.isEmpty(), Files.exists(run.resolve("db-wal")), when);
                delete(run);
            }
        }
    }

    private static PowerFailure setAside(Path run, int beforeStep) {
        PowerFailure disk = new PowerFailure(run, beforeStep);
        try {
            files(run, disk).setAside("test");
        } catch (PowerFailure.Crash e) {
            assertTrue(beforeStep < Integer.MAX_VALUE);
        }
        return disk;
    }

    /** The order itself, besides its effects above. */
    @Test
    void theContentIsSyncedBeforeItGetsItsNameAndTheNameAfterIt() throws IOException {
        Path run = freshDirectory();
        List<FileStep> steps = crash(run, Integer.MAX_VALUE, OldFile.SET_ASIDE).steps;
        Path database = run.resolve("db");
        int install = indexOf(steps, new FileStep(Kind.MOVE, run.resolve("db-install"), database));
        int verified = indexOf(steps, new FileStep(Kind.MOVE, run.resolve("db-incoming"), run.resolve("db-install")));
        FileStep syncDirectory = new FileStep(Kind.SYNC_DIRECTORY, run, run);
        assertTrue(steps.subList(0, verified)
                .contains(new FileStep(Kind.SYNC_FILE, run.resolve("db-incoming"), run.resolve("db-incoming"))));
        assertEquals(syncDirectory, steps.get(verified + 1));
        assertEquals(syncDirectory, steps.get(install - 1), "the old one is gone for sure before the new one comes");
        assertEquals(syncDirectory, steps.get(install + 1));
        assertEquals(syncDirectory, steps.get(steps.size() - 1));
        List<Path> moved = new ArrayList<>();
        for (FileStep step : steps.subList(verified + 1, install)) {
            if (step.kind() == Kind.MOVE
                    && step.target().getParent().equals(aside(run).get(0))) {
                moved.add(step.path());
            }
        }
        assertEquals(List.of(database, run.resolve("db-wal"), run.resolve("db-shm")), moved);
    }

    private static int indexOf(List<FileStep> steps, FileStep step) {
        assertTrue(steps.contains(step), steps.toString());
        return steps.indexOf(step);
    }

    private static List<Path> aside(Path run) throws IOException {
        return names(run).stream()
                .filter(name -> name.startsWith("db-aside-"))
                .map(run::resolve)
                .toList();
    }

    private static List<String> names(Path run) throws IOException {
        try (Stream<Path> all = Files.list(run)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static void delete(Path run) throws IOException {
        try (Stream<Path> all = Files.walk(run)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
