package io.wesdb.examples.sql;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.sqlite.SQLiteConfig;

/**
 * All that a file holds, read with bare SQLite: the schema, and every table's rows with their rowids. Not wesdb's own tables,
 * nor those in which FTS5 and R*Tree keep their content, which is compared as it is read. Immutable.
 */
record Contents(Map<String, List<String>> parts) {
    /** A table for statistics is there only after ANALYZE; a sequence only with AUTOINCREMENT. */
    private static final String TABLES = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main'"
            + " AND type IN ('table', 'virtual') AND name NOT LIKE 'wesdb\\_%' ESCAPE '\\' AND name NOT IN ('sqlite_schema', 'sqlite_stat4')";

    private static final String SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
            + " WHERE tbl_name NOT LIKE 'wesdb\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'";

    /** In how many pieces FTS5 keeps its content hangs on the savepoints that were set. */
    private static final String STATISTICS = " WHERE tbl NOT LIKE 'wesdb\\_%' ESCAPE '\\'"
            + " AND tbl NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')";

    static Contents of(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        try (Connection connection = config.createConnection("jdbc:sqlite:" + file)) {
            Map<String, List<String>> parts = new TreeMap<>();
            parts.put("the schema", rows(connection, SCHEMA, 4));
            for (List<String> table : cells(connection, TABLES, 2)) {
                String name = table.get(0);
                // ANALYZE goes through the tables in the order of SQLite's hash table, in which wesdb's own are too.
                boolean statistics = name.startsWith("sqlite_stat");
                String rowId = statistics || table.get(1).equals("1") ? "" : "rowid, ";
                String where = statistics ? STATISTICS : "";
                parts.put(
                        name,
                        rows(
                                connection,
                                "SELECT " + rowId + "* FROM \"" + name.replace("\"", "\"\"") + "\"" + where,
                                0));
            }
            return new Contents(parts);
        }
    }

    private static List<List<String>> cells(Connection connection, String sql, int columns) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    /** @param columns how many; 0 for all. */
    private static List<String> rows(Connection connection, String sql, int columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet result = statement.executeQuery()) {
            int count = columns == 0 ? result.getMetaData().getColumnCount() : columns;
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= count; i++) {
                    Object value = result.getObject(i);
                    row.add(Value.exact(value == null && !result.wasNull() ? new byte[0] : value));
                }
                rows.add(String.join("|", row));
            }
        }
        rows.sort(null);
        return rows;
    }

    int tables() {
        return parts.size() - 1;
    }

    long rowCount() {
        return parts.values().stream().mapToLong(List::size).sum();
    }

    /**
     * Where the two differ first, for a person.
     *
     * @param apart a table that is not looked at
     */
    Optional<String> difference(Contents other, String apart) {
        Set<String> names = new LinkedHashSet<>(parts.keySet());
        names.addAll(other.parts.keySet());
        names.remove(apart);
        for (String name : names) {
            List<String> here = new ArrayList<>(parts.getOrDefault(name, List.of("(is not there)")));
            List<String> there = new ArrayList<>(other.parts.getOrDefault(name, List.of("(is not there)")));
            if (!here.equals(there)) {
                List<String> common = new ArrayList<>(there);
                there.removeAll(here);
                here.removeAll(common);
                return Optional.of(name + ": one has "
                        + here.stream().limit(5).map(Value::shortened).toList() + ", the other "
                        + there.stream().limit(5).map(Value::shortened).toList());
            }
        }
        return Optional.empty();
    }
}
