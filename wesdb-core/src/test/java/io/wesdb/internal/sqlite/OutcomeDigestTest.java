package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static io.wesdb.internal.sqlite.TestNode.sql;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The running value of all outcomes (I10): equal on equal nodes, whatever happened to them; different on others. */
class OutcomeDigestTest {
    @TempDir
    Path directory;

    private ReplicaSettings settings(String name) {
        return new ReplicaSettings(directory.resolve(name), "cluster", "lineage", true, ZoneOffset.UTC, 4096, 1 << 20);
    }

    private static Batch batch(long session, long sequence, Command... commands) {
        return new Batch(new SessionId(session, 0), sequence, sequence, List.of(commands));
    }

    private static Entry entry(long index, Batch... batches) {
        return entry(index, OutcomeDigest.NONE, batches);
    }

    private static Entry entry(long index, OutcomeDigest leaders, Batch... batches) {
        return new Entry(3, index, TestNode.TIME + index, 0, leaders, List.of(batches));
    }

    private static List<Entry> log() {
        return List.of(
                entry(1, batch(1, 1, command("CREATE TABLE t (id INTEGER PRIMARY KEY, r UNIQUE)"))),
                entry(
                        2,
                        batch(
                                1,
                                2,
                                command("INSERT INTO t(r) VALUES (random()), (1.5), ('x'), (NULL) RETURNING *"),
                                command("INSERT INTO t(r) VALUES ('x')"),
                                command("SELEKT")),
                        batch(1, 2, command("INSERT INTO t(r) VALUES (7)"))),
                entry(3, batch(2, 1, command("SELECT count(*), group_concat(r) FROM t"))),
                isolated(4),
                entry(5, batch(3, 2, command("SELECT * FROM t ORDER BY id"))));
    }

    /** Duplicates at the beginning, in the middle, at the end; commands that end the transaction, and a VACUUM. */
    private static Entry isolated(long index) {
        return entry(
                index,
                batch(1, 1, command("SELECT 1")),
                batch(
                        1,
                        10,
                        command("INSERT INTO t(r) VALUES (random()) RETURNING r"),
                        command("INSERT OR ROLLBACK INTO t(id) VALUES (1)")),
                batch(1, 10, command("SELECT 1"), command("SELECT 2")),
                batch(4, 1, command("VACUUM"), command("UPDATE t SET r = id"), command("SELECT total_changes()")),
                batch(1, 9, command("SELECT 1")),
                batch(5, 1, command("DELETE FROM t WHERE id = 2 RETURNING *")),
                batch(4, 1, command("SELECT 1")));
    }

    @Test
    void equalEntriesGiveEqualDigestsHoweverOftenTheNodeIsRestarted() {
        List<Long> running = new ArrayList<>();
        try (Replica replica = Replica.open(settings("running.db"))) {
            for (Entry entry : log()) {
                replica.apply(List.of(entry));
                running.add(replica.position().digest());
            }
        }
        try (Replica together = Replica.open(settings("together.db"))) {
            together.apply(log());
            assertEquals(running.get(4), together.position().digest());
            assertEquals(OptionalLong.of(0), together.digestAt(0));
            for (int i = 0; i < 5; i++) {
                assertEquals(OptionalLong.of(running.get(i)), together.digestAt(i + 1));
            }
            assertEquals(OptionalLong.empty(), together.digestAt(6));
        }
        for (int i = 0; i < 5; i++) {
            try (Replica restarted = Replica.open(settings("restarted.db"))) {
                assertEquals(
                        i == 0 ? 0 : running.get(i - 1), restarted.position().digest());
                restarted.apply(List.of(log().get(i)));
                assertEquals(running.get(i), restarted.position().digest());
                assertEquals(
                        OptionalLong.empty(), restarted.digestAt(i - 1), "what was before it was opened is unknown");
            }
        }
        assertEquals(5, Set.copyOf(running).size(), "each entry changes it");
    }

    @Test
    void aCrashAtAnyCommitOfAnIsolatedEntryGivesTheSameDigest() throws Exception {
        long expected;
        try (Replica replica = Replica.open(settings("whole.db"))) {
            replica.apply(log().subList(0, 4));
            expected = replica.position().digest();
        }
        int crashes = 0;
        for (int commits = 1; ; commits++) {
            Path crashed = directory.resolve("crashed" + commits + ".db");
            if (!copyAfterCommits(commits, crashed)) {
                break;
            }
            crashes++;
            try (Replica replica = Replica.open(settings(crashed.getFileName().toString()))) {
                if (replica.position().applied() == 3) {
                    assertEquals(OptionalLong.empty(), replica.digestAt(3), "half of entry 4 is in it already");
                    replica.apply(List.of(isolated(4)));
                }
                assertEquals(expected, replica.position().digest(), "after " + commits + " commits");
                assertEquals(OptionalLong.of(expected), replica.digestAt(4));
            }
        }
        assertEquals(7, crashes, "six commands that are executed, and the entry's end");
    }

    /** Copies file and WAL as they are once that many transactions of the isolated entry have been committed. */
    private boolean copyAfterCommits(int commits, Path to) throws IOException {
        Path from = directory.resolve("copied" + commits + ".db");
        boolean[] copied = {false};
        try (Replica replica = Replica.open(settings(from.getFileName().toString()))) {
            replica.apply(log().subList(0, 3));
            int[] seen = {0};
            replica.onCommit(() -> {
                if (++seen[0] == commits) {
                    copied[0] = true;
                    copy(from, to);
                }
            });
            replica.apply(List.of(isolated(4)));
        }
        return copied[0];
    }

    private static void copy(Path from, Path to) {
        try {
            for (String suffix : List.of("", "-wal")) {
                Files.copy(Path.of(from + suffix), Path.of(to + suffix));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Done done(long affected, OptionalLong rowId, List<String> columns, Object... values) {
        List<Row> rows = values.length == 0 ? List.of() : List.of(new Row(columns, values));
        return new Done(List.of(new StatementResult(affected, rowId, columns, rows)));
    }

    @Test
    void anyDifferenceOfOneOutcomeGivesAnotherDigest() {
        List<String> x = List.of("x");
        OptionalLong none = OptionalLong.empty();
        StatementResult nothing = new StatementResult(0, none, List.of(), List.of());
        List<CommandOutcome> outcomes = List.of(
                done(0, none, List.of()),
                done(1, none, List.of()),
                done(1, OptionalLong.of(0), List.of()),
                done(1, OptionalLong.of(1), List.of()),
                done(0, none, x),
                done(0, none, List.of("y")),
                done(0, none, x, 1L),
                done(0, none, List.of("y"), 1L),
                done(0, none, x, 2L),
                done(0, none, x, 1.0),
                done(0, none, x, 0.0),
                done(0, none, x, -0.0),
                done(0, none, x, "1"),
                done(0, none, x, "1234"),
                done(0, none, x, "12345"),
                done(0, none, x, "1234\0"),
                done(0, none, x, "1\u0000002"),
                done(0, none, x, ""),
                done(0, none, x, new byte[0]),
                done(0, none, x, new byte[] {0}),
                done(0, none, x, new byte[8]),
                done(0, none, x, new byte[9]),
                done(0, none, x, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 1}),
                done(0, none, x, new byte[] {'1'}),
                done(0, none, x, (Object) null),
                new Done(List.of(nothing, nothing)),
                new Refused(Kind.SQL_ERROR, "", 1, 0),
                new Refused(Kind.CONSTRAINT, "", 1, 0),
                new Refused(Kind.SQL_ERROR, "", 2, 0),
                new Refused(Kind.SQL_ERROR, "", 1, 1),
                new Refused(Kind.TOO_LARGE, "", 0, 0));
        Set<Long> digests = new HashSet<>();
        for (CommandOutcome outcome : outcomes) {
            assertTrue(digests.add(OutcomeFold.outcome(0, outcome)), outcome.toString());
        }
        assertTrue(digests.add(OutcomeFold.duplicate(0)));
        assertNotEquals(
                OutcomeFold.outcome(OutcomeFold.outcome(0, outcomes.get(0)), outcomes.get(1)),
                OutcomeFold.outcome(OutcomeFold.outcome(0, outcomes.get(1)), outcomes.get(0)));
        assertEquals(
                OutcomeFold.outcome(0, new Refused(Kind.SQL_ERROR, "no such table: t", 1, 0)),
                OutcomeFold.outcome(0, new Refused(Kind.SQL_ERROR, "no such table: main.t", 1, 0)),
                "the wording is the library's");
    }

    /** Versions of wesdb are compared with each other while a cluster is upgraded. */
    @Test
    void theDigestIsTheSameInEveryVersion() {
        try (Replica replica = Replica.open(settings("a.db"))) {
            replica.apply(log());
            assertEquals(DIGEST_OF_LOG, replica.position().digest());
        }
    }

    private static final long DIGEST_OF_LOG = 8123062645772460674L;

    /** Remembers what it is told. */
    private static final class Told implements Replica.Observer {
        final List<String> differences = new ArrayList<>();

        @Override
        public void outcomesDiffer(long index, long own, long leaders) {
            differences.add(index + ": " + own + " " + leaders);
        }

        @Override
        public void statisticsChanged() {}

        @Override
        public void contentSnapshot(ContentSnapshot snapshot) {
            snapshot.close();
        }
    }

    @Test
    void aLeaderThatCameToSomethingElseIsNoticedOnceAndApplyingGoesOn() {
        try (Replica replica = Replica.open(settings("a.db"))) {
            Told told = new Told();
            replica.observe(told);
            replica.apply(log().subList(0, 2));
            long own = replica.position().digest();
            replica.apply(List.of(entry(3, new OutcomeDigest(2, own)), entry(4, new OutcomeDigest(9, 1))));
            assertEquals(List.of(), told.differences);
            replica.apply(List.of(
                    entry(5, new OutcomeDigest(3, 77)),
                    entry(6, new OutcomeDigest(3, 77)),
                    entry(7, new OutcomeDigest(6, 78))));
            assertEquals(7, replica.position().applied());
            assertEquals(
                    List.of(
                            "3: " + replica.digestAt(3).getAsLong() + " 77",
                            "6: " + replica.digestAt(6).getAsLong() + " 78"),
                    told.differences);
        }
    }

    /** One row changed behind the database's back is noticed as soon as an outcome depends on it. */
    @Test
    void aNodeWhoseOutcomesDifferKnowsItFromTheNextDigest() throws Exception {
        Command count = command("UPDATE t SET r = id * 10 WHERE r > 0 AND typeof(r) = 'integer'");
        List<Entry> entries = List.of(
                entry(1, batch(1, 1, command("CREATE TABLE t (id INTEGER PRIMARY KEY, r)"))),
                entry(2, batch(1, 2, command(sql("INSERT INTO t(r) VALUES (?), (?)", 1L, 2L)))),
                entry(3, batch(1, 3, count)));
        long right;
        try (Replica healthy = Replica.open(settings("healthy.db"))) {
            healthy.apply(entries);
            right = healthy.position().digest();
        }
        try (Replica other = Replica.open(settings("other.db"))) {
            Told told = new Told();
            other.observe(told);
            other.apply(entries.subList(0, 2));
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("other.db"))) {
                connection.createStatement().execute("UPDATE t SET r = '2' WHERE r = 2");
            }
            other.apply(List.of(entries.get(2), entry(4, new OutcomeDigest(3, right))));
            assertEquals(1, told.differences.size());
        }
    }

    @Test
    void theHistoryIsBounded() {
        OutcomeHistory history = new OutcomeHistory();
        assertEquals(OptionalLong.empty(), history.at(0));
        for (long index = 100; index < 100 + OutcomeHistory.SIZE + 3; index++) {
            history.add(index, index * 2);
        }
        assertEquals(OptionalLong.empty(), history.at(102));
        assertEquals(OptionalLong.of(206), history.at(103));
        assertEquals(OptionalLong.of(2 * (102 + OutcomeHistory.SIZE)), history.at(102 + OutcomeHistory.SIZE));
        assertEquals(OptionalLong.empty(), history.at(103 + OutcomeHistory.SIZE));
        assertThrows(IllegalArgumentException.class, () -> history.add(5, 0));
    }
}
