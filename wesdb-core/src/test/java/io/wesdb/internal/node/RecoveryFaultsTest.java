package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.OutcomeUnknownException;
import io.wesdb.Role;
import io.wesdb.WriteResult;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.snapshot.FileStep;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.Sabotage;
import io.wesdb.internal.sqlite.StorageException;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.testing.ContentsOf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a review found, or could have: faults of a node that is recovering already. */
class RecoveryFaultsTest {
    static final TruncationSettings SHORT_LOG = new TruncationSettings(40, 1L << 40, Duration.ofDays(7), 4, 100);

    @TempDir
    Path directory;

    private SimulatedCluster cluster;

    @BeforeEach
    void threeNodes() throws Exception {
        cluster = new SimulatedCluster(1, directory, SHORT_LOG, "a", "b", "c");
        cluster.leader();
        write("CREATE TABLE w(id INTEGER PRIMARY KEY, t TEXT, r INTEGER)");
        serving();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private WriteResult write(String sql, Object... values) throws Exception {
        CompletableFuture<WriteResult> write = cluster.leader().write(60_000, sql, values);
        cluster.world.runUntil("a write to end", 120_000, write::isDone);
        return write.get();
    }

    private void writeMany(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            write("INSERT INTO w(t, r) VALUES ('x', random())");
        }
    }

    private void serving() {
        cluster.world.runUntil(
                "all nodes to serve",
                300_000,
                () -> cluster.nodes.values().stream().allMatch(SimulatedNode::serves));
    }

    private SimulatedNode follower() {
        SimulatedNode leader = cluster.leader();
        return cluster.nodes.values().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
    }

    private void assertAllEqual() throws Exception {
        cluster.settle();
        Set<Object> contents = new HashSet<>();
        for (SimulatedNode node : cluster.nodes.values()) {
            contents.add(ContentsOf.file(cluster.file(node.name)));
        }
        assertEquals(1, contents.size(), "the nodes' contents differ");
    }

    private long setAside(String name) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + ".db-aside-"))
                    .count();
        }
    }

    private static StorageException noSpace() {
        return new StorageException(StorageException.Kind.RETRY, "no space left on device", null);
    }

    private long rows(String name, String text) throws Exception {
        return Tables.column(cluster.file(name), "SELECT id FROM w WHERE t LIKE '" + text + "%'")
                .size();
    }

    private void changeOfTerm() {
        SimulatedNode leader = cluster.leader();
        leader.crash();
        cluster.start(leader.name);
        cluster.world.run(5_000);
        serving();
        cluster.world.run(20_000);
        cluster.settle();
    }

    @Test
    void aWriteThatASnapshotHoldsAlreadyIsNotDoneAgainAndThoseBehindItGoOn() throws Exception {
        String name = follower().name;
        cluster.onOpen = (node, replica) -> {
            if (node.equals(name)) {
                Sabotage.diskFull(replica);
            }
        };
        Sabotage.diskFull(cluster.node(name).replica());
        CompletableFuture<WriteResult> once =
                cluster.node(name).write(3_000_000, "INSERT INTO w(t) VALUES (?)", "once" + "x".repeat(200_000));
        cluster.world.runUntil(
                "it stops serving", 60_000, () -> !cluster.node(name).serves());
        writeMany(200);
        cluster.onOpen = (node, replica) -> {};
        serving();
        CompletableFuture<WriteResult> next = cluster.node(name).write(30_000, "INSERT INTO w(t) VALUES ('next')");
        cluster.world.runUntil("the next write", 20_000, next::isDone);
        changeOfTerm();
        assertInstanceOf(
                OutcomeUnknownException.class,
                assertThrows(ExecutionException.class, once::get).getCause());
        assertEquals(1, rows(name, "once"));
        assertAllEqual();
    }

    @Test
    void aWriteWhoseOutcomeWasLostWithAFailingApplierIsNotDoneAgain() throws Exception {
        for (int seed = 100; seed < 125; seed++) {
            cluster.close();
            cluster = new SimulatedCluster(seed, Files.createDirectory(directory.resolve("s" + seed)), "a", "b", "c");
            cluster.leader();
            write("CREATE TABLE w(id INTEGER PRIMARY KEY, t TEXT, r INTEGER)");
            serving();
            SimulatedNode leader = cluster.leader();
            write("INSERT INTO w(t) VALUES ('a')");
            cluster.settle();
            Sabotage.diskFull(leader.replica()); // room for a small row, but not for the large one behind it
            CompletableFuture<WriteResult> once = leader.write(3_000_000, "INSERT INTO w(t) VALUES ('once')");
            CompletableFuture<WriteResult> large =
                    follower().write(3_000_000, "INSERT INTO w(t) VALUES (?)", "x".repeat(200_000));
            cluster.world.run(60_000);
            serving();
            cluster.world.run(20_000);
            cluster.settle();
            assertEquals(1, rows(leader.name, "once"), "seed " + seed + ": " + once);
            assertTrue(large.isDone());
        }
    }

    @Test
    void aDivergedFileIsNotServedAgainBecauseSettingItAsideFailedOnce() throws Exception {
        String name = follower().name;
        int[] left = {1};
        cluster.onStep = (node, step) -> {
            if (node.equals(name) && step.kind() == FileStep.Kind.WRITE && left[0]-- > 0) {
                throw noSpace();
            }
        };
        Sabotage.upper(cluster.node(name).replica());
        write("INSERT INTO w(t) VALUES (upper('right')) RETURNING t");
        CompletableFuture<WriteResult> next = cluster.leader().write(60_000, "INSERT INTO w(t) VALUES ('next')");
        cluster.world.runUntil(
                "the node is quarantined",
                60_000,
                () -> cluster.node(name).replicator.state().role() == Role.QUARANTINED);
        serving();
        assertTrue(next.isDone());
        assertTrue(left[0] < 0, "nothing failed");
        assertEquals(1, setAside(name));
        assertAllEqual();
    }

    @Test
    void aDamagedFileOnAFullDiskIsReplacedWhenThereIsRoom() throws Exception {
        String name = follower().name;
        cluster.node(name).crash();
        Files.write(cluster.file(name), new byte[20_000]);
        boolean[] full = {true};
        cluster.onStep = (node, step) -> {
            if (full[0] && node.equals(name) && step.kind() == FileStep.Kind.WRITE) {
                throw noSpace();
            }
        };
        cluster.start(name);
        cluster.world.run(60_000);
        full[0] = false;
        serving();
        assertAllEqual();
        assertEquals(1, setAside(name));
    }

    @Test
    void aNodeConvictedWhileItRecoversOpensOneFileOnly() throws Exception {
        String name = follower().name;
        Sabotage.upper(cluster.node(name).replica());
        List<Replica> opened = new ArrayList<>();
        cluster.onOpen = (node, replica) -> {
            if (node.equals(name)) {
                opened.add(replica);
            }
        };
        write("INSERT INTO w(t) VALUES (upper('right')) RETURNING t");
        Sabotage.diskFull(cluster.node(name).replica());
        write("INSERT INTO w(t) VALUES (?)", "x".repeat(200_000));
        writeMany(20);
        cluster.world.run(60_000);
        serving();
        writeMany(5);
        assertAllEqual();
        CompletableFuture<Void> closed = cluster.node(name).replicator.close(100);
        cluster.world.runUntil("it is closed", 60_000, closed::isDone);
        for (Replica replica : opened) {
            assertThrows(IllegalStateException.class, replica::checkpoint, "a replica was left open");
        }
    }

    /** It cannot know: what SQLite does not read it does not miss. Followers are asked first, and for ever would be too long. */
    @Test
    void whoGaveADamagedSnapshotIsAskedAfterTheOthers() throws Exception {
        String damaged = follower().name;
        String fresh = cluster.nodes.keySet().stream()
                .filter(name -> !name.equals(damaged) && !name.equals(cluster.leader().name))
                .findFirst()
                .orElseThrow();
        write("INSERT INTO w(t) VALUES (?)", "y".repeat(100_000));
        cluster.settle();
        cluster.node(damaged).replica().checkpoint();
        cluster.node(damaged).crash();
        damagePageOf('y', cluster.file(damaged));
        cluster.start(damaged);
        serving();
        cluster.node(fresh).crash();
        writeMany(200);
        Files.delete(cluster.file(fresh));
        SimulatedNode back = cluster.start(fresh);
        cluster.world.runUntil(
                "a damaged snapshot is refused",
                60_000,
                () -> String.valueOf(back.replicator.state().recovery()).contains(" of " + damaged + " is not usable"));
        assertTrue(cluster.node(damaged).serves());
        serving();
    }

    /** One of those that hold nothing but a long value. */
    private static void damagePageOf(char letter, Path file) throws Exception {
        byte[] content = Files.readAllBytes(file);
        int size = ((content[16] & 0xFF) << 8) | (content[17] & 0xFF);
        for (int at = 0; at < content.length; at += size) {
            if (content[at + 4] == letter && content[at + size - 1] == letter) {
                Arrays.fill(content, at, at + size, (byte) 0xA5);
                Files.write(file, content);
                return;
            }
        }
        throw new AssertionError("the value is not in " + file);
    }

    @Test
    void aNodeWhoseDiskIsFullWhileItFetchesCanBeClosed() throws Exception {
        String name = follower().name;
        cluster.node(name).crash();
        for (int i = 0; i < 200; i++) {
            write("INSERT INTO w(t) VALUES (?)", "x".repeat(20_000));
        }
        boolean[] full = {false};
        cluster.onStep = (node, step) -> {
            boolean writes = step.kind() == FileStep.Kind.APPEND || step.kind() == FileStep.Kind.WRITE;
            if (node.equals(name) && writes) {
                if (full[0]) {
                    throw noSpace();
                }
                full[0] = step.kind() == FileStep.Kind.APPEND;
            }
        };
        SimulatedNode back = cluster.start(name);
        cluster.world.runUntil("the disk is full", 60_000, () -> full[0]);
        cluster.world.run(20);
        CompletableFuture<Void> closed = back.replicator.close(1_000);
        cluster.world.runUntil("it is closed", 60_000, closed::isDone);
    }

    @Test
    void aRunningNodeWhoseLogEndsBeforeWhatItHasAppliedHalts() throws Exception {
        SimulatedNode node = follower();
        writeMany(3);
        cluster.settle();
        node.faults().disconnect();
        cluster.store.logs().restore(node.applied() - 2);
        node.faults().reconnect();
        cluster.world.runUntil("it halts", 60_000, () -> node.replicator.state().role() == Role.HALTED);
        assertTrue(String.valueOf(node.replicator.state().fault()).contains("ahead of the log"));
        assertEquals(0, setAside(node.name));
    }
}
