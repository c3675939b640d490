package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandRunner.RefusedException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Once a table has a row with the largest rowid, SQLite chooses further rowids by its own random numbers, which cannot
 * be replaced: nodes would differ. So a statement that may let SQLite choose is refused when such a row is there (an
 * INSERT that names the rowid may as well: NULL would let SQLite choose).
 *
 * <p>Looking for that row costs as much as a third of an INSERT. So it is remembered which tables had none when it was last
 * looked for, until something happens after which one may: anything but an INSERT of a single row with another rowid, and
 * anything that is taken back. Owned by the applier's thread.
 */
final class LargestRowIdGuard {
    private static final String[] ROWID_NAMES = {"rowid", "_rowid_", "oid"};

    /** More than any statement could insert. */
    private static final long MAX_ROWS_OF_A_STATEMENT = 1L << 40;

    /** The tables of full-text search and R*Tree from which they take the rowid of a new row. */
    private static final List<String> ROWID_KEEPERS = List.of("_content", "_docsize", "_rowid");

    private final WriterConnection connection;
    private final WriterStatements statements;
    private final Map<Integer, NativeStatement> probes = new HashMap<>();
    private int schemaVersion = -1;
    /** The root pages of tables that have no row with the largest rowid. */
    private final Set<Integer> without = new HashSet<>();

    private long rollbacks;

    LargestRowIdGuard(WriterConnection connection, WriterStatements statements) {
        this.connection = connection;
        this.statements = statements;
    }

    /** A statement has failed, and may have undone more than itself. */
    void failed() {
        without.clear();
    }

    /** Asked after each statement that has not failed. */
    boolean mayHaveChosenAtRandom(StatementProfile profile, boolean upsert, long affected, OptionalLong inserted)
            throws SQLException {
        forgetWhatWasTakenBack();
        boolean insertedOne = affected == 1
                && inserted.isPresent()
                && inserted.getAsLong() != Long.MAX_VALUE
                && !upsert
                && !profile.runsPrograms()
                && !profile.writesVirtually()
                && !profile.changesSchema();
        if (profile.writes() && !insertedOne) {
            without.clear();
        }
        if (affected == 1
                && !profile.runsPrograms()
                && inserted.isPresent()
                && inserted.getAsLong() == Long.MAX_VALUE) {
            return false; // this is the one: it was not chosen at random
        }
        for (int root : profile.chosenRowIdRoots()) {
            if (!without.contains(root)) {
                if (hasLargest(root)) {
                    return true;
                }
                without.add(root);
            }
        }
        return profile.insertsVirtually() && hasLargestInVirtualTable();
    }

    private void forgetWhatWasTakenBack() {
        if (rollbacks != connection.rollbacks() || schemaVersion != statements.schemaVersion()) {
            rollbacks = connection.rollbacks();
            without.clear();
        }
    }

    /** Which virtual table the statement writes to its compiled form does not tell. */
    private boolean hasLargestInVirtualTable() throws SQLException {
        SchemaFacts facts = statements.facts();
        for (Map.Entry<Integer, String> table : facts.tables().entrySet()) {
            String name = SqlTokenizer.lower(table.getValue());
            if (facts.shadowTables().contains(name)
                    && ROWID_KEEPERS.stream().anyMatch(name::endsWith)
                    && hasLargest(table.getKey())) {
                return true;
            }
        }
        return false;
    }

    private boolean hasLargest(int root) throws SQLException {
        String table = statements.facts().tables().get(root);
        NativeStatement probe = table == null ? null : probe(root, table);
        if (probe == null) {
            return false;
        }
        try {
            return probe.execute();
        } finally {
            probe.reset();
        }
    }

    static RefusedException refusal() {
        return new RefusedException(
                Kind.SQL_ERROR,
                "the table has a row with the largest rowid, so SQLite would choose rowids at random, and differently on"
                        + " every node",
                0);
    }

    private @Nullable NativeStatement probe(int root, String table) throws SQLException {
        if (schemaVersion != statements.schemaVersion()) {
            close();
            schemaVersion = statements.schemaVersion();
        }
        NativeStatement probe = probes.get(root);
        if (probe == null) {
            String name = rowIdName(table);
            if (name != null) {
                probe = connection.prepare(
                        "SELECT 1 FROM main." + quoted(table) + " WHERE " + name + " = " + Long.MAX_VALUE);
                probes.put(root, probe);
            }
        }
        return probe;
    }

    /** A column may have taken one of the rowid's names, though hardly all three. */
    private @Nullable String rowIdName(String table) throws SQLException {
        Set<String> columns = new HashSet<>();
        String integerKey = null;
        try (NativeStatement info = connection.prepare("PRAGMA main.table_xinfo(" + quoted(table) + ")")) {
            boolean row = info.execute();
            while (row) {
                String column = String.valueOf(info.value(1));
                columns.add(column.toLowerCase(Locale.ROOT));
                if (info.integer(5) == 1 && String.valueOf(info.value(2)).equalsIgnoreCase("INTEGER")) {
                    integerKey = quoted(column); // the rowid itself, if all its names are taken
                }
                row = info.step();
            }
        }
        for (String name : ROWID_NAMES) {
            if (!columns.contains(name)) {
                return name;
            }
        }
        return integerKey;
    }

    /** Whether an AUTOINCREMENT table of the program has reached the end, which SQLite reports as a full disk. */
    boolean usedUp(StatementProfile profile) throws SQLException {
        return reaches(profile, Long.MAX_VALUE);
    }

    /** Whether one is so near the end that a single statement may reach it. */
    boolean nearEnd(StatementProfile profile) throws SQLException {
        return reaches(profile, Long.MAX_VALUE - MAX_ROWS_OF_A_STATEMENT);
    }

    private boolean reaches(StatementProfile profile, long rowId) throws SQLException {
        for (int root : profile.autoIncrementRoots()) {
            String table = statements.facts().tables().get(root);
            if (table == null) {
                continue;
            }
            if (gives("SELECT 1 FROM main.sqlite_sequence WHERE name = ?1 AND seq >= " + rowId, table)) {
                return true;
            }
            String name = rowIdName(table);
            if (name != null && gives("SELECT 1 FROM main." + quoted(table) + " WHERE " + name + " >= " + rowId)) {
                return true;
            }
        }
        return false;
    }

    private boolean gives(String sql, Object... values) throws SQLException {
        try (NativeStatement query = connection.prepare(sql)) {
            return query.execute(values);
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    void close() throws SQLException {
        for (NativeStatement probe : probes.values()) {
            probe.close();
        }
        probes.clear();
        without.clear();
    }
}
