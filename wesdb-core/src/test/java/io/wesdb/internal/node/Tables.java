package io.wesdb.internal.node;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Looks into a node's file with SQLite alone. */
final class Tables {
    private Tables() {}

    static List<String> column(Path file, String sql) {
        return rows(file, sql, rows -> rows.getString(1));
    }

    /** The first two columns, as {@code a=b}. */
    static List<String> pairs(Path file, String sql) {
        return rows(file, sql, rows -> rows.getString(1) + "=" + rows.getString(2));
    }

    private interface Row {
        String of(ResultSet rows) throws SQLException;
    }

    private static List<String> rows(Path file, String sql, Row row) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(row.of(rows));
            }
            return values;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
