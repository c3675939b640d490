package io.wesdb.testing;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Everything a user can see of a database file, as text to be compared: the schema, and each table's rows with their
 * rowids, types told apart. wesdb's own tables are left out.
 */
public final class ContentsOf {
    private ContentsOf() {}

    public static List<String> file(Path path) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path)) {
            return connection(connection);
        } catch (SQLException e) {
            throw new AssertionError("cannot dump " + path, e);
        }
    }

    private static List<String> connection(Connection connection) throws SQLException {
        List<String> dump = new ArrayList<>();
        dump.add("user_version " + rows(connection, "PRAGMA user_version"));
        dump.add("application_id " + rows(connection, "PRAGMA application_id"));
        dump.add("integrity " + rows(connection, "PRAGMA integrity_check"));
        dump.addAll(rows(
                connection,
                "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'wesdb\\_%' ESCAPE '\\'"
                        + " ORDER BY rowid"));
        for (String row : rows(
                connection,
                "SELECT name FROM pragma_table_list WHERE schema='main' AND type IN ('table','shadow','virtual')"
                        + " AND name NOT LIKE 'wesdb\\_%' ESCAPE '\\' AND name <> 'sqlite_schema' ORDER BY name")) {
            String table = row.substring(1);
            dump.add("table " + table);
            dump.addAll(table(connection, '"' + table.replace("\"", "\"\"") + '"'));
        }
        return dump;
    }

    private static List<String> table(Connection connection, String table) throws SQLException {
        try {
            return rows(connection, "SELECT _rowid_, * FROM " + table + " ORDER BY _rowid_");
        } catch (SQLException withoutRowId) {
            return rows(connection, "SELECT * FROM " + table).stream().sorted().toList();
        }
    }

    private static List<String> rows(Connection connection, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                StringBuilder row = new StringBuilder();
                for (int i = 1; i <= columns; i++) {
                    row.append('|').append(shown(result.getObject(i)));
                }
                rows.add(row.toString());
            }
        }
        return rows;
    }

    private static String shown(Object value) {
        if (value instanceof byte[] bytes) {
            return "x'" + HexFormat.of().formatHex(bytes) + "'";
        } else if (value instanceof Double number) {
            return "real " + number;
        }
        return String.valueOf(value);
    }
}
