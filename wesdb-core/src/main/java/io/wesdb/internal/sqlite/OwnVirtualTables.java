package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.sqlite.SQLiteConnection;

/**
 * The virtual tables that SQLite has without their being created, such as {@code json_each} and {@code pragma_…}. A
 * statement's compiled form does not name them, it shows where they are in memory: so each is looked up once in the same
 * way. They stay where they are as long as their connection is open. Thread safe; a connection is used by one thread at
 * a time.
 */
final class OwnVirtualTables {
    /** Looking them up takes a millisecond or two, and only few connections ever meet a virtual table. */
    private static final Map<SQLiteConnection, Map<String, String>> KNOWN =
            Collections.synchronizedMap(new WeakHashMap<>());

    private OwnVirtualTables() {}

    /** Their names, in lower case, by how {@link StatementProfile#virtualTables()} shows them. */
    static Map<String, String> of(SQLiteConnection connection) throws SQLException {
        Map<String, String> known = KNOWN.get(connection);
        if (known == null) {
            known = lookUp(connection);
            KNOWN.put(connection, known);
        }
        return known;
    }

    private static Map<String, String> lookUp(SQLiteConnection connection) throws SQLException {
        Map<String, String> tables = new HashMap<>();
        for (String name : names(connection)) {
            // One that must be created may be called like its module, and is not SQLite's own then.
            if (!VirtualTableRules.canBeCreated(name)) {
                for (String place : places(connection, name)) {
                    tables.put(place, name);
                }
            }
        }
        return Map.copyOf(tables);
    }

    /** Those with a module of their own, and those that SQLite makes when they are first named. */
    private static List<String> names(SQLiteConnection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (NativeStatement select = NativeStatement.prepare(
                connection,
                "SELECT lower(name) FROM pragma_module_list UNION SELECT '" + PragmaRules.TABLE_PREFIX
                        + "' || lower(name) FROM pragma_pragma_list")) {
            boolean row = select.execute();
            while (row) {
                names.add(String.valueOf(select.value(0)));
                row = select.step();
            }
        }
        return names;
    }

    private static Iterable<String> places(SQLiteConnection connection, String name) throws SQLException {
        try {
            return StatementProfile.of(connection, "SELECT 1 FROM \"" + name.replace("\"", "\"\"") + '"')
                    .virtualTables();
        } catch (SQLException e) {
            if (SqliteErrors.isOutcome(e)) {
                return List.of(); // a pragma that gives no rows
            }
            throw e;
        }
    }
}
