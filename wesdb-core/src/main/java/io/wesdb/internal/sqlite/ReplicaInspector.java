package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.Connections.Look;
import io.wesdb.internal.sqlite.ReplicaVerdict.Absent;
import io.wesdb.internal.sqlite.ReplicaVerdict.Damaged;
import io.wesdb.internal.sqlite.ReplicaVerdict.Foreign;
import io.wesdb.internal.sqlite.ReplicaVerdict.NotOurs;
import io.wesdb.internal.sqlite.ReplicaVerdict.OtherLineage;
import io.wesdb.internal.sqlite.ReplicaVerdict.Sound;
import io.wesdb.internal.sqlite.ReplicaVerdict.Unusable;
import io.wesdb.internal.sqlite.ReplicaVerdict.WrongFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Looks into a node's file before anyone works with it, so that what is wrong with it is noticed before any harm (I9).
 * The file is not changed; SQLite may rebuild the -shm file beside it, and undoes a transaction that a rollback journal
 * says is half done.
 *
 * <p>Stateless. The main file is only ever opened through SQLite, never by Java: closing any descriptor of a file drops
 * the process's POSIX locks on it, those of an open connection included (https://sqlite.org/howtocorrupt.html, 2.2).
 */
public final class ReplicaInspector {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaInspector.class);

    /** How many steps of SQLite's machine between two questions whether to go on. */
    private static final int STEPS_BETWEEN_QUESTIONS = 1_000;

    private static final int MAX_LINKS = 40;

    private ReplicaInspector() {}

    /** What a node of that cluster and lineage finds at {@code file}. */
    public static ReplicaVerdict inspect(Path file, String clusterId, String lineage) {
        ReplicaVerdict verdict = inspect(file);
        if (verdict instanceof Sound sound) {
            if (!sound.clusterId().equals(clusterId)) {
                return new Foreign(sound.clusterId());
            } else if (!sound.lineage().equals(lineage)) {
                return new OtherLineage(sound.lineage(), sound.position());
            }
        }
        return verdict;
    }

    /** As {@link #inspect(Path, String, String)} for whoever takes any cluster's file: never Foreign or OtherLineage. */
    public static ReplicaVerdict inspect(Path path) {
        try {
            Path file = followLinks(path);
            String problem = problemOfPlace(file);
            if (problem != null) {
                return new Unusable(problem);
            } else if (!Files.exists(file) || Files.size(file) == 0) {
                return new Absent();
            }
            Look look = lookFor(file);
            ReplicaVerdict verdict = read(file, look);
            // Someone else's database may be changing at this moment, which is no damage: with locks it is not seen.
            return look == Look.ALONE && verdict instanceof Damaged ? read(file, Look.WITH_WAL) : verdict;
        } catch (IOException e) {
            return new Unusable(String.valueOf(e));
        }
    }

    /** The file itself where {@code path} is a symbolic link, as SQLite does: its other files are beside the target. */
    public static Path followLinks(Path path) {
        Path file = path.toAbsolutePath();
        try {
            for (int i = 0; i < MAX_LINKS && Files.isSymbolicLink(file); i++) {
                file = file.resolveSibling(Files.readSymbolicLink(file));
            }
        } catch (IOException e) {
            throw new StorageException(StorageException.Kind.RETRY, "cannot follow the link " + file, e);
        }
        return file;
    }

    private static @Nullable String problemOfPlace(Path file) {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return "its directory does not exist";
        } else if (Files.isDirectory(file)) {
            return "it is a directory";
        } else if (Files.exists(file) && !Files.isRegularFile(file)) {
            return "it is not a regular file";
        } else if (!Files.isWritable(directory)) {
            return "its directory is not writable";
        } else if (Files.exists(file) && !(Files.isReadable(file) && Files.isWritable(file))) {
            return "it cannot be both read and written";
        }
        return null;
    }

    private static Look lookFor(Path file) throws IOException {
        if (size(beside(file, "-journal")) > 0) {
            return Look.RECOVERING;
        }
        return Files.exists(beside(file, "-wal")) ? Look.WITH_WAL : Look.ALONE;
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static ReplicaVerdict read(Path file, Look look) throws IOException {
        try (SQLiteConnection connection = Connections.openAsItIs(file, look)) {
            ReplicaVerdict verdict = record(connection);
            String missing = missingPages(connection, file);
            return missing == null ? verdict : new Damaged(missing);
        } catch (SQLException e) {
            return meaning(e);
        }
    }

    private static ReplicaVerdict meaning(SQLException error) {
        String said = SqliteErrors.message(error);
        if (isDamage(error)) {
            return new Damaged(said);
        } else if (SqliteErrors.is(error, SQLiteErrorCode.SQLITE_ERROR)) {
            return new Damaged("wesdb's own record in it cannot be read (" + said + ")");
        } else if (SqliteErrors.is(error, SQLiteErrorCode.SQLITE_BUSY)) {
            return new Unusable("another program has locked it");
        }
        return new Unusable(said);
    }

    private static boolean isDamage(SQLException error) {
        return SqliteErrors.is(error, SQLiteErrorCode.SQLITE_CORRUPT)
                || SqliteErrors.is(error, SQLiteErrorCode.SQLITE_NOTADB)
                || SqliteErrors.is(error, SQLiteErrorCode.SQLITE_FORMAT);
    }

    private static ReplicaVerdict record(SQLiteConnection connection) throws SQLException {
        long objects = number(connection, "SELECT count(*) FROM main.sqlite_schema");
        long own = number(
                connection,
                "SELECT count(*) FROM main.sqlite_schema WHERE type='table'"
                        + " AND name IN ('wesdb_meta', 'wesdb_sessions', 'wesdb_reset', 'wesdb_keys')");
        if (own == 0) {
            // Who uses a database of his own marks it at times before there is a table in it.
            boolean unmarked = number(connection, "PRAGMA main.user_version") == 0
                    && number(connection, "PRAGMA main.application_id") == 0;
            return objects == 0 && unmarked ? new Absent() : new NotOurs();
        }
        try (NativeStatement select = NativeStatement.prepare(connection, "SELECT id, format FROM main.wesdb_meta")) {
            boolean plausible =
                    select.execute() && select.integer(0) == 1 && select.value(1) instanceof Long format && format >= 1;
            long format = plausible ? select.integer(1) : 0;
            if (!plausible || select.step()) {
                return new Damaged("wesdb's own record in it is missing or garbled");
            } else if (format != StateTables.FORMAT_VERSION) {
                return new WrongFormat(format, format > StateTables.FORMAT_VERSION);
            }
        }
        return position(connection);
    }

    private static ReplicaVerdict position(SQLiteConnection connection) throws SQLException {
        try (NativeStatement select = NativeStatement.prepare(
                connection,
                "SELECT applied, epoch, time_millis, log_bytes, digest, commands_done,"
                        + " unchanged_since, key_next, key_count, key_bytes, key_rows_from, cluster_id, lineage"
                        + " FROM main.wesdb_meta")) {
            select.execute();
            for (int i = 0; i < 11; i++) {
                boolean mayBeNegative = i == 2 || i == 4; // a time, and 64 bits of a hash
                if (!(select.value(i) instanceof Long value) || (value < 0 && !mayBeNegative)) {
                    return new Damaged("wesdb's own record in it is garbled");
                }
            }
            if (!(select.value(11) instanceof String clusterId) || !(select.value(12) instanceof String lineage)) {
                return new Damaged("wesdb's own record in it is garbled");
            }
            // Opening the replica reads these; reading them now finds their damage in time.
            number(connection, "SELECT count(sequence) FROM main.wesdb_sessions WHERE sequence + entry <> 0");
            number(connection, "SELECT count(*) FROM main.wesdb_reset");
            number(connection, "SELECT max(id) FROM main.wesdb_keys");
            ReplicaPosition position = new ReplicaPosition(
                    select.integer(0), select.integer(1), select.integer(2), select.integer(3), select.integer(4));
            return new Sound(position, clusterId, lineage);
        }
    }

    /**
     * Without a write-ahead log SQLite itself compares the file's length with its header. With one it does not: pages
     * that are in neither would be read as zeros.
     */
    private static @Nullable String missingPages(SQLiteConnection connection, Path file)
            throws SQLException, IOException {
        long pageSize = number(connection, "PRAGMA main.page_size");
        long pages = number(connection, "PRAGMA main.page_count");
        long present = Files.size(file) / pageSize;
        if (present >= pages || WalPages.holdAll(beside(file, "-wal"), present + 1, pages)) {
            return null;
        }
        return "it ends after " + present + " of its " + pages + " pages";
    }

    private static long number(SQLiteConnection connection, String select) throws SQLException {
        try (NativeStatement statement = NativeStatement.prepare(connection, select)) {
            statement.execute();
            return statement.integer(0);
        }
    }

    /**
     * SQLite's own check of every page, index and constraint that says something about the file; for a file that no one
     * writes to. Reads all of it.
     *
     * @return what is wrong; null if nothing is
     * @throws StorageException if the check could not be made
     */
    public static @Nullable String integrityProblem(Path file) {
        return integrityProblem(file, () -> false);
    }

    /**
     * As {@link #integrityProblem(Path)}.
     *
     * @param cancelled asked again and again, on this thread
     * @throws CancellationException once it says so
     */
    public static @Nullable String integrityProblem(Path file, BooleanSupplier cancelled) {
        try {
            return integrityProblem(file, lookFor(followLinks(file)), cancelled);
        } catch (SQLException e) {
            if (isDamage(e)) {
                return SqliteErrors.message(e);
            } else if (SqliteErrors.is(e, SQLiteErrorCode.SQLITE_INTERRUPT)) {
                throw new CancellationException("the check of " + file + " was cancelled");
            }
            throw SqliteErrors.fault("cannot check " + file, e);
        } catch (IOException e) {
            throw new StorageException(StorageException.Kind.RETRY, "cannot check " + file, e);
        }
    }

    private static @Nullable String integrityProblem(Path file, Look look, BooleanSupplier cancelled)
            throws SQLException {
        ExecutionContext context = new ExecutionContext();
        try (SQLiteConnection connection = Connections.openAsItIs(file, look);
                DeterministicFunctions functions =
                        DeterministicFunctions.forReader(connection, context, ZoneOffset.UTC)) {
            // A CHECK may say anything, even random(): it is no matter of the file. The rest is.
            Connections.run(connection, "PRAGMA ignore_check_constraints=ON");
            Connections.run(connection, "PRAGMA cell_size_check=ON");
            ProgressHandler.setHandler(connection, STEPS_BETWEEN_QUESTIONS, new ProgressHandler() {
                @Override
                protected int progress() {
                    return cancelled.getAsBoolean() ? 1 : 0;
                }
            });
            try {
                String problem = check(connection, "integrity_check(sqlite_schema)", context);
                for (String table : problem == null ? ordinaryTables(connection) : List.<String>of()) {
                    if (problem == null) {
                        problem = tableProblem(connection, table, context);
                    }
                }
                return problem;
            } finally {
                ProgressHandler.clearHandler(connection);
            }
        }
    }

    /**
     * What is stored, which is what a file can be damaged in. A virtual table's check asks whether its index fits what its
     * users have put elsewhere, and may fail on every node alike.
     */
    private static List<String> ordinaryTables(SQLiteConnection connection) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (NativeStatement select = NativeStatement.prepare(
                connection,
                "SELECT name FROM pragma_table_list WHERE schema='main' AND type IN ('table', 'shadow')"
                        + " AND name <> 'sqlite_schema'")) {
            boolean row = select.execute();
            while (row) {
                tables.add(String.valueOf(select.value(0)));
                row = select.step();
            }
        }
        return tables;
    }

    /**
     * An index over an expression may, by what was written, lack rows on every node alike (a date that was 'now'); the
     * quick check, which does not compare rows with indexes, tells that from pages that are damaged.
     */
    private static @Nullable String tableProblem(SQLiteConnection connection, String table, ExecutionContext context)
            throws SQLException {
        String quoted = "('" + table.replace("'", "''") + "')";
        String problem = check(connection, "integrity_check" + quoted, context);
        if (problem == null) {
            return null;
        }
        String damage = check(connection, "quick_check" + quoted, context);
        if (damage == null) {
            LOG.warn("the table {} is sound, but not its indexes: {}. REINDEX may mend that", table, problem);
        }
        return damage;
    }

    private static @Nullable String check(SQLiteConnection connection, String pragma, ExecutionContext context)
            throws SQLException {
        try (NativeStatement check = NativeStatement.prepare(connection, "PRAGMA main." + pragma)) {
            check.execute();
            String said = String.valueOf(check.value(0));
            Throwable fault = context.takeFault();
            if (fault != null) {
                throw new StorageException(StorageException.Kind.RETRY, "a check failed", fault);
            }
            return said.equals("ok") ? null : said;
        }
    }
}
