package io.wesdb.internal.sqlite;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sqlite.SQLiteConnection;

/** The functions of time and chance that replace SQLite's own, next to those; an operation is one call for one row. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FunctionsBenchmark {
    private static final int CALLS = 1_000;

    /** {@code i} is another number for each row. */
    @Param({
        "i", // what the rows alone cost
        "CURRENT_TIMESTAMP",
        "datetime('now')",
        "datetime(i, 'unixepoch')",
        "strftime('%Y-%m', i, 'unixepoch', 'start of month')",
        "random()",
        "randomblob(16)"
    })
    public String call;

    private DeterministicFunctions functions;
    private SQLiteConnection ours;
    private Connection sqlites;
    private NativeStatement own;
    private NativeStatement plain;

    @Setup
    public void open() throws SQLException {
        ExecutionContext context = new ExecutionContext();
        context.time(1_700_000_000_123L);
        context.seed(1, 1);
        String sql = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " + CALLS
                + ") SELECT max(length(" + call + ")) FROM c";
        ours = (SQLiteConnection) DriverManager.getConnection("jdbc:sqlite::memory:");
        functions = DeterministicFunctions.forWriter(ours, context, ZoneOffset.UTC);
        own = NativeStatement.prepare(ours, sql);
        sqlites = DriverManager.getConnection("jdbc:sqlite::memory:");
        plain = NativeStatement.prepare((SQLiteConnection) sqlites, sql);
    }

    @TearDown
    public void close() throws SQLException {
        own.close();
        plain.close();
        functions.close();
        ours.close();
        sqlites.close();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public long ours() throws SQLException {
        return run(own);
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public long sqlites() throws SQLException {
        return run(plain);
    }

    private static long run(NativeStatement statement) throws SQLException {
        statement.execute();
        long longest = statement.integer(0);
        statement.reset();
        return longest;
    }
}
