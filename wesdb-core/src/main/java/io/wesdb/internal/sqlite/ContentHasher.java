package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * Hashes all tables that one connection sees. A table's hash is the sum of its rows' hashes, so that it does not depend
 * on the order in which they are read, with their number. A row's hash is made of its rowid and its stored values with
 * their types, so that a changed value, a moved row and a changed type all show. Rows are read from the table's own
 * b-tree, never from an index. For one thread.
 */
final class ContentHasher {
    private static final String[] ROWID_NAMES = {"rowid", "_rowid_", "oid"};
    /** SQLite gives at most 2,000 columns at once, and a table can have as many beside its rowid. */
    private static final int MAX_COLUMNS_AT_ONCE = 1_999;

    private static final long ROWS = 0x524F5753L;
    private static final long FAILED = 0x4641494CL;

    private final SQLiteConnection connection;
    private final Runnable check;

    /** @param check called often; may throw to end the hashing */
    ContentHasher(SQLiteConnection connection, Runnable check) {
        this.connection = connection;
        this.check = check;
    }

    private record Table(String name, boolean virtual, boolean withoutRowId) {}

    void hash(SortedMap<String, Long> hashes) throws SQLException {
        hashes.put(ContentHash.SCHEMA, schema());
        for (Table table : tables()) {
            check.run();
            hashes.put(table.name(), table.virtual() ? virtualTable(table) : table(table));
        }
    }

    /** Where the roots are is not content. The two numbers in the header that SQL can set are. */
    private long schema() throws SQLException {
        long hash = rows("SELECT type, name, tbl_name, sql FROM main.sqlite_schema");
        return Mix64.fold(Mix64.fold(hash, pragma("user_version")), pragma("application_id"));
    }

    private long pragma(String name) throws SQLException {
        try (NativeStatement statement = NativeStatement.prepare(connection, "PRAGMA main." + name)) {
            statement.execute();
            return statement.integer(0);
        }
    }

    /** Without shadow tables: their virtual table is read instead. */
    private List<Table> tables() throws SQLException {
        List<Table> tables = new ArrayList<>();
        try (NativeStatement select = NativeStatement.prepare(
                connection,
                "SELECT name, type = 'virtual', wr FROM pragma_table_list"
                        + " WHERE schema = 'main' AND type IN ('table', 'virtual') AND name <> 'sqlite_schema'")) {
            boolean row = select.execute();
            while (row) {
                tables.add(new Table(String.valueOf(select.value(0)), select.integer(1) != 0, select.integer(2) != 0));
                row = select.step();
            }
        }
        return tables;
    }

    private long table(Table table) throws SQLException {
        List<String> columns = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        try (NativeStatement info =
                NativeStatement.prepare(connection, "SELECT name, hidden FROM pragma_table_xinfo(?1, 'main')")) {
            boolean row = info.execute(table.name());
            while (row) {
                String name = String.valueOf(info.value(0));
                taken.add(name.toLowerCase(Locale.ROOT));
                if (info.integer(1) != VIRTUAL_GENERATED) {
                    columns.add(quoted(name));
                }
                row = info.step();
            }
        }
        String rowId = table.withoutRowId() ? null : freeRowIdName(taken);
        return orCode(() -> table(table.name(), rowId, columns));
    }

    /** table_xinfo's 'hidden' for a generated column that is not stored: it says nothing that the others do not. */
    private static final int VIRTUAL_GENERATED = 2;

    private long table(String table, @Nullable String rowId, List<String> columns) throws SQLException {
        long hash = 0;
        int atOnce = rowId == null ? MAX_COLUMNS_AT_ONCE + 1 : MAX_COLUMNS_AT_ONCE;
        for (int from = 0; from < Math.max(1, columns.size()); from += atOnce) {
            String part = columns.subList(from, Math.min(columns.size(), from + atOnce)).stream()
                    .collect(Collectors.joining(", "));
            String selected = rowId == null ? part : part.isEmpty() ? rowId : rowId + ", " + part;
            hash = Mix64.fold(hash, rows("SELECT " + selected + " FROM main." + quoted(table) + " NOT INDEXED"));
        }
        return hash;
    }

    /** Null if columns have taken them all. */
    private static @Nullable String freeRowIdName(Set<String> taken) {
        for (String name : ROWID_NAMES) {
            if (!taken.contains(name)) {
                return name;
            }
        }
        return null;
    }

    /**
     * As it gives itself: what its module keeps in shadow tables may be arranged differently on a node that was
     * restarted. Some cannot be read like a table; then how they fail is what is compared.
     */
    private long virtualTable(Table table) throws SQLException {
        String from = " FROM main." + quoted(table.name());
        boolean rowId = true;
        try {
            NativeStatement.prepare(connection, "SELECT rowid, *" + from).close();
        } catch (SQLException e) {
            if (!SqliteErrors.isOutcome(e)) {
                throw e;
            }
            rowId = false;
        }
        String select = (rowId ? "SELECT rowid, *" : "SELECT *") + from;
        return orCode(() -> rows(select));
    }

    private interface Hashing {
        long hash() throws SQLException;
    }

    /** What fails on every node alike is compared by SQLite's code; a fault of this node is thrown. */
    private static long orCode(Hashing hashing) throws SQLException {
        try {
            return hashing.hash();
        } catch (SQLException e) {
            if (!SqliteErrors.isOutcome(e)) {
                throw e;
            }
            return Mix64.fold(FAILED, SqliteErrors.code(e));
        }
    }

    private long rows(String select) throws SQLException {
        try (NativeStatement statement = NativeStatement.prepare(connection, select)) {
            return statement.hashRows(ROWS, check);
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
