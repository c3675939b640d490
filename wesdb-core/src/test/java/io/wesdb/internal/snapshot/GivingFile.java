package io.wesdb.internal.snapshot;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.MainFile;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;

/** A replica's file of some size, to give snapshots of. Owned by one thread at a time. */
public final class GivingFile implements AutoCloseable {
    private static final String FILL = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<%d)"
            + " INSERT INTO t(b) SELECT randomblob(4000) FROM n";

    public final Path path;
    public final MainFile mainFile;
    private final Replica replica;

    public GivingFile(Path path, int megabytes) {
        this.path = path;
        this.mainFile = new MainFile(path);
        replica = Replica.open(
                new ReplicaSettings(path, "cluster", "lineage", true, ZoneOffset.UTC, 4096, 16 * 1024 * 1024));
        apply("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
        for (int i = 0; i < megabytes; i++) {
            apply(String.format(FILL, 250));
        }
        replica.checkpoint();
    }

    public long index() {
        return replica.position().applied();
    }

    public void apply(String... statements) {
        long index = index() + 1;
        Command command = new Command(Arrays.stream(statements)
                .map(s -> new SqlStatement(s, List.of()))
                .toList());
        Batch batch = new Batch(new SessionId(1, 2), index, index * 31, List.of(command));
        replica.apply(List.of(new Entry(1, index, 1_700_000_000_000L, 0, OutcomeDigest.NONE, List.of(batch))));
    }

    /** A small write. */
    public void write() {
        apply(String.format(FILL, 1), "UPDATE t SET b=randomblob(3900) WHERE id%1000=" + index() % 1000);
    }

    /** Somebody reads an older state, so that the file cannot be pinned. To be closed first. */
    public Connection readOlder() throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
        connection.setAutoCommit(false);
        apply("INSERT INTO t(b) VALUES (1)"); // the log must hold something for a reader to read from it
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM t")) {
            result.next();
        }
        apply("DELETE FROM t WHERE b=1");
        return connection;
    }

    /** As a node does it from time to time. */
    public void checkpoint() {
        replica.checkpoint();
    }

    public List<String> filesBeside() {
        try (var files = Files.list(path.getParent())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains("-snapshot-"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The only value that {@code sql} gives in a file that nobody has open. */
    public static String value(Path file, String sql) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.getString(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        replica.close();
        try {
            mainFile.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
