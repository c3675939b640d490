package io.wesdb.examples.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.LocalZooKeeper;
import io.wesdb.examples.sql.Outcome.Done;
import io.wesdb.examples.sql.Outcome.Refused;
import io.wesdb.examples.sql.Outcome.Result;
import io.wesdb.examples.sql.Step.Command;
import io.wesdb.examples.sql.Step.Expectation;
import io.wesdb.examples.sql.Step.Query;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The comparison can fail: whatever differs is found. */
@Timeout(120)
class DifferencesTest {
    private static final Query QUERY = query("SELECT 1");

    @TempDir
    Path directory;

    private static Command command(String sql, Sql.Kind kind) {
        return new Command(List.of(Sql.plain(sql, kind)), null, false, Expectation.SAME);
    }

    private static Query query(String sql) {
        return new Query(Sql.plain(sql, Sql.Kind.ROWS), false, Expectation.SAME);
    }

    private static Outcome done(long changed, Long rowId, String column, String... rows) {
        return new Done(List.of(new Result(changed, rowId, List.of(column), List.of(rows))));
    }

    private static Outcome refused(String kind, int code, int statement) {
        return new Refused(kind, code, statement, "because");
    }

    @Test
    void whateverOfAnOutcomeIsAnotherIsReported() {
        Command command = command("INSERT", Sql.Kind.INSERT);
        Outcome done = done(1, 7L, "x", "1", "2");
        List<Outcome> others = List.of(
                done(2, 7L, "x", "1", "2"),
                done(1, 8L, "x", "1", "2"),
                done(1, null, "x", "1", "2"),
                done(1, 7L, "y", "1", "2"),
                done(1, 7L, "x", "1", "3"),
                done(1, 7L, "x", "1"),
                refused("SqlException", 1, 0),
                new Outcome.Fault("timeout"));
        assertEquals(Optional.empty(), Comparison.command(command, done, done(1, 7L, "x", "2", "1")));
        others.forEach(
                other -> assertTrue(Comparison.command(command, done, other).isPresent(), () -> "not seen: " + other));
    }

    @Test
    void anotherErrorIsReported() {
        Command command = command("INSERT", Sql.Kind.INSERT);
        Outcome refused = refused("ConstraintException", 2067, 1);
        List<Outcome> others = List.of(
                refused("SqlException", 2067, 1),
                refused("ConstraintException", 1555, 1),
                refused("ConstraintException", 2067, 0),
                refused("ConstraintException", 0, 1),
                done(0, null, "x"));
        assertEquals(Optional.empty(), Comparison.command(command, refused, refused));
        others.forEach(other ->
                assertTrue(Comparison.command(command, refused, other).isPresent(), () -> "not seen: " + other));
    }

    @Test
    void anotherOrderIsReportedWhereItIsDefined() {
        Query ordered = new Query(QUERY.sql(), true, Expectation.SAME);
        Outcome rows = done(0, null, "x", "1", "2");
        Outcome turned = done(0, null, "x", "2", "1");
        assertTrue(Comparison.query(ordered, rows, turned).isPresent());
        assertEquals(Optional.empty(), Comparison.query(QUERY, rows, turned));
    }

    @Test
    void whatShouldBeRefusedAndIsNotIsReported() {
        Command begin = new Command(List.of(Sql.plain("BEGIN", Sql.Kind.OTHER)), null, false, Expectation.REFUSED);
        Outcome unused = new Outcome.Fault("");
        assertTrue(Comparison.command(begin, unused, done(0, null, "x")).isPresent());
        assertTrue(
                Comparison.command(begin, unused, refused("SqlException", 1, 0)).isPresent());
        assertEquals(Optional.empty(), Comparison.command(begin, unused, refused("SqlException", 0, 0)));
    }

    @Test
    void valuesThatSqlTakesForEqualAreNotTheSame() {
        assertNotEquals(Value.exact(1L), Value.exact(1.0));
        assertNotEquals(Value.exact(0.0), Value.exact(-0.0));
        assertNotEquals(Value.exact("a"), Value.exact(new byte[] {'a'}));
        assertNotEquals(Value.exact("NULL"), Value.exact(null));
        assertNotEquals(Value.exact("1"), Value.exact(1L));
    }

    @Test
    void theSameSeedMakesTheSameWorkload() {
        Workload one = new Workload(5);
        Workload other = new Workload(5);
        for (int i = 0; i < 300; i++) {
            assertEquals(one.nextCommand().toString(), other.nextCommand().toString());
            one.told(i % 7 != 0);
            other.told(i % 7 != 0);
            assertEquals(one.nextQuery().toString(), other.nextQuery().toString());
        }
    }

    @Test
    void aRunWithOneAlteredResultReportsItsSeed() throws Exception {
        int[] seen = {0};
        UnaryOperator<Outcome> lens =
                outcome -> outcome instanceof Done done && done.results().get(0).changed() > 0 && ++seen[0] == 20
                        ? done(done.results().get(0).changed() + 1, null, "x")
                        : outcome;
        try (LocalZooKeeper zooKeeper = LocalZooKeeper.start(directory.resolve("zk"), Duration.ofSeconds(4))) {
            Trial.Place place = new Trial.Place(zooKeeper.connectString(), directory, lens);
            String report = new SqlRun(place, 1, Duration.ZERO, line -> {})
                    .run(11, 2_000, 1_000)
                    .orElseThrow();
            assertTrue(report.contains("Seed 11"), report);
            assertTrue(report.contains("CREATE TABLE log"), report);
        }
    }

    @Test
    void aRowThatOnlyOneFileHasIsReported() throws Exception {
        try (LocalZooKeeper zooKeeper = LocalZooKeeper.start(directory.resolve("zk"), Duration.ofSeconds(4));
                Trial trial = new Trial.Place(zooKeeper.connectString(), directory, UnaryOperator.identity())
                        .open("altered", 1, new Tally())) {
            trial.command(0, command("CREATE TABLE t(id INTEGER PRIMARY KEY, x)", Sql.Kind.OTHER));
            trial.command(0, command("INSERT INTO t(x) VALUES (1), ('1')", Sql.Kind.INSERT));
            assertEquals(2, trial.compareContents().parts().get("t").size());
            trial.bare().run("UPDATE t SET x = 1.0 WHERE id = 1");
            DifferenceException e = assertThrows(DifferenceException.class, trial::compareContents);
            assertTrue(String.valueOf(e.getMessage()).contains("differ from the bare one in t"), e::getMessage);
        }
    }

    @Test
    void whatIsNotNeededForADifferenceIsLeftOut() throws Exception {
        UnaryOperator<Outcome> lens = outcome -> outcome instanceof Done done
                        && done.results().stream()
                                .anyMatch(result -> result.rows().contains("'needle'"))
                ? new Outcome.Fault("altered")
                : outcome;
        try (LocalZooKeeper zooKeeper = LocalZooKeeper.start(directory.resolve("zk"), Duration.ofSeconds(4))) {
            Trial.Place place = new Trial.Place(zooKeeper.connectString(), directory, lens);
            List<Step> history = List.of(
                    command("CREATE TABLE t(x)", Sql.Kind.OTHER),
                    command("CREATE TABLE other(x)", Sql.Kind.OTHER),
                    command("INSERT INTO other VALUES (1)", Sql.Kind.INSERT),
                    new Command(
                            List.of(
                                    Sql.plain("INSERT INTO other VALUES (2)", Sql.Kind.INSERT),
                                    Sql.plain("INSERT INTO t VALUES ('needle')", Sql.Kind.INSERT)),
                            null,
                            false,
                            Expectation.SAME),
                    query("SELECT count(*) FROM other"),
                    query("SELECT x FROM t"));
            DifferenceException shrunk = Shrinker.shrink(
                            place, "shrunk", 1, new DifferenceException("found", history), Duration.ofSeconds(60))
                    .orElseThrow();
            assertEquals(
                    List.of("CREATE TABLE t(x)", "INSERT INTO t VALUES ('needle')", "SELECT x FROM t"),
                    shrunk.history().stream()
                            .map(step -> step instanceof Command command
                                    ? command.statements().get(0).text()
                                    : ((Query) step).sql().text())
                            .toList());
        }
    }
}
