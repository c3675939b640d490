package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.log.SqlStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Single-row commands applied to a replica, next to sqlite-jdbc that executes the same in a transaction of its own for
 * as many as an entry holds; an operation is a whole entry. Neither waits for the disk.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ApplierBenchmark {
    private static final String TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)";
    private static final String VALUE = "a row of some forty characters, no more";

    /** What the commands do. */
    public enum Kind {
        INSERT("INSERT INTO t(x) VALUES (?)"),
        /** Needs a savepoint. */
        TWO_STATEMENTS("INSERT INTO t(x) VALUES (?)"),
        DATE("INSERT INTO t(x) VALUES (? || CURRENT_TIMESTAMP)");

        final String sql;

        Kind(String sql) {
            this.sql = sql;
        }

        int statements() {
            return this == TWO_STATEMENTS ? 2 : 1;
        }
    }

    /** A file is made for each iteration, so that tables are equally small in all. */
    @State(Scope.Thread)
    public static class Replicated {
        @Param({"1", "64", "1024"})
        public int commands;

        @Param
        public Kind kind;

        /** How many commands came together from one node. */
        @Param({"64"})
        public int commandsABatch;

        private final SessionId session = new SessionId(1, 2);
        private ReplicaFile file;
        private Replica replica;
        private List<List<Command>> grouped;
        private long sequence;

        @Setup(Level.Iteration)
        public void open() {
            file = new ReplicaFile();
            replica = Replica.open(file.settings());
            sequence = 0;
            grouped = List.of(List.of(new Command(List.of(new SqlStatement(TABLE, List.of())))));
            replica.apply(List.of(next()));
            SqlStatement statement = new SqlStatement(kind.sql, List.of(VALUE));
            List<SqlStatement> statements = new ArrayList<>();
            for (int i = 0; i < kind.statements(); i++) {
                statements.add(statement);
            }
            grouped = new ArrayList<>();
            for (int left = commands; left > 0; left -= commandsABatch) {
                List<Command> batch = new ArrayList<>();
                for (int i = 0; i < Math.min(left, commandsABatch); i++) {
                    batch.add(new Command(statements));
                }
                grouped.add(batch);
            }
        }

        Entry next() {
            List<Batch> batches = new ArrayList<>(grouped.size());
            for (List<Command> commandsOfOne : grouped) {
                sequence++;
                batches.add(new Batch(session, sequence, sequence, commandsOfOne));
            }
            long index = replica.position().applied() + 1;
            return new Entry(1, index, 1_700_000_000_000L + index, index * 100, OutcomeDigest.NONE, batches);
        }

        @TearDown(Level.Iteration)
        public void close() {
            replica.close();
            file.close();
        }
    }

    /** The yardstick. */
    @State(Scope.Thread)
    public static class Plain {
        @Param({"1", "64", "1024"})
        public int commands;

        private ReplicaFile file;
        private Connection connection;
        private PreparedStatement insert;

        @Setup(Level.Iteration)
        public void open() throws SQLException {
            file = new ReplicaFile();
            connection = DriverManager.getConnection("jdbc:sqlite:" + file.path("plain.db"));
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA journal_mode = WAL");
                statement.execute("PRAGMA synchronous = NORMAL");
                statement.execute("PRAGMA wal_autocheckpoint = 0");
                statement.execute(TABLE);
            }
            connection.setAutoCommit(false);
            insert = connection.prepareStatement(Kind.INSERT.sql);
        }

        @TearDown(Level.Iteration)
        public void close() throws SQLException {
            connection.close();
            file.close();
        }
    }

    @Benchmark
    public List<EntryOutcome> applyEntry(Replicated state) {
        return state.replica.apply(List.of(state.next()));
    }

    @Benchmark
    public int plainSqlite(Plain state) throws SQLException {
        int changed = 0;
        for (int i = 0; i < state.commands; i++) {
            state.insert.setString(1, VALUE);
            changed += state.insert.executeUpdate();
        }
        state.connection.commit();
        return changed;
    }
}
