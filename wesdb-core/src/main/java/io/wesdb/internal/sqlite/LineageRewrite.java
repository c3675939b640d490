package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.Connections.Look;
import io.wesdb.internal.sqlite.ReplicaVerdict.Sound;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteConnection;

/** Makes one node's file the beginning of a new history of its cluster, whose log is lost. Stateless. */
public final class LineageRewrite {
    private LineageRewrite() {}

    /**
     * Gives the file another lineage, on the disk when this returns. For a file that no one has open. A crash leaves it
     * with the old lineage or the new one; repeating is harmless.
     *
     * <p>An entry of the old log that was executed in part stays in part: the rest of it is lost with that log. It must
     * not be taken for a part of the new log's entry at that index, so the count of its commands goes.
     *
     * @return the file as it is now: the new log begins after its position
     * @throws StorageException if the file is not a sound replica, or cannot be written
     */
    public static Sound rewrite(Path file, String newLineage) {
        ReplicaVerdict verdict = ReplicaInspector.inspect(file);
        if (!(verdict instanceof Sound before)) {
            throw new StorageException(StorageException.Kind.FATAL, verdict.message(file), null);
        }
        try (SQLiteConnection connection = Connections.openAsItIs(file, Look.RECOVERING)) {
            Connections.run(connection, "PRAGMA main.synchronous=FULL");
            try (NativeStatement update = NativeStatement.prepare(
                    connection, "UPDATE main.wesdb_meta SET lineage=?, commands_done=0 WHERE id=1")) {
                update.run(newLineage);
            }
            checkpoint(connection, file);
        } catch (SQLException e) {
            throw SqliteErrors.fault("cannot give " + file + " a new lineage", e);
        }
        return new Sound(before.position(), before.clusterId(), newLineage);
    }

    private static void checkpoint(SQLiteConnection connection, Path file) throws SQLException {
        try (NativeStatement checkpoint = NativeStatement.prepare(connection, "PRAGMA main.wal_checkpoint(TRUNCATE)")) {
            checkpoint.execute();
            if (checkpoint.integer(0) != 0) {
                throw new StorageException(StorageException.Kind.RETRY, "another program has " + file + " open", null);
            }
        }
    }
}
