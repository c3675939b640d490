package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.env.SystemEnvironment;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQL that makes SQLite call itself over and over does not end the process: a node's own threads have room for it. */
class DeepSqlTest {
    /** As many as SQLite allows, nearly. */
    private static final int COLUMNS = 1_990;

    private static final int COMMON_TABLES = 490;

    @TempDir
    Path directory;

    private static <T> T on(Executor thread, Supplier<T> work) throws Exception {
        return CompletableFuture.supplyAsync(work, thread).get(2, TimeUnit.MINUTES);
    }

    private static String[] numbered(int count, String pattern) {
        return IntStream.range(0, count)
                .mapToObj(i -> pattern.replace("$1", "" + (i + 1)).replace("$", "" + i))
                .toArray(String[]::new);
    }

    @Test
    void deepSqlRunsOnTheApplierAndOnReaders() throws Exception {
        SystemEnvironment environment = new SystemEnvironment("deep", null, 5_000);
        Executor applier = environment.newLane("applier")::execute;
        try (TestNode node = new TestNode(directory.resolve("deep.db"))) {
            on(applier, () -> {
                node.must("CREATE TABLE g(c0, " + String.join(", ", numbered(COLUMNS, "c$1 AS (c$ + 1)")) + ")");
                node.must("INSERT INTO g VALUES (1)");
                assertEquals(COLUMNS + 1L, node.value("SELECT c" + COLUMNS + " FROM g"));
                return null;
            });
            try (ReaderPool pool = node.readers(1)) {
                Reader reader = pool.acquire(ReaderPool.Use.QUERY, System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
                String tables = IntStream.rangeClosed(1, COMMON_TABLES)
                        .mapToObj(i -> "t" + i + " AS (SELECT x FROM t" + (i - 1) + " UNION ALL SELECT 1)")
                        .collect(Collectors.joining(", ", "WITH t0 AS (SELECT 1 AS x), ", ""));
                for (String sql : new String[] {
                    "SELECT c" + COLUMNS + " FROM g", tables + " SELECT count(*) FROM t" + COMMON_TABLES
                }) {
                    on(
                            environment.queries(),
                            () -> reader.query(
                                    TestNode.sql(sql),
                                    TestNode.LIMITS,
                                    System.nanoTime() + TimeUnit.MINUTES.toNanos(1)));
                }
                pool.release(reader);
            }
        } finally {
            environment.close();
        }
    }
}
