package io.wesdb.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/** What no one should do to a node's file, and where to look for what was set aside. Stateless. */
public final class BehindTheBack {
    private BehindTheBack() {}

    /** Runs the statements with plain sqlite-jdbc on the file, whether a node has it open or not. */
    public static void run(Path file, String... statements) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout=10000");
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(file + ": " + List.of(statements), e);
        }
    }

    /** The first column of the first row, as text. */
    public static String ask(Path file, String select) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(select)) {
            return result.next() ? result.getString(1) : "no row";
        } catch (SQLException e) {
            throw new AssertionError(file + ": " + select, e);
        }
    }

    /** The directories beside {@code file} into which a node has set it aside, the oldest first. */
    public static List<Path> asides(Path file) {
        try (Stream<Path> all = Files.list(file.getParent())) {
            return all.filter(path -> path.getFileName().toString().startsWith(file.getFileName() + "-aside-"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The one file that was set aside from {@code file}. */
    public static Path aside(Path file) {
        List<Path> asides = asides(file);
        if (asides.size() != 1) {
            throw new AssertionError("not set aside once: " + asides);
        }
        return asides.get(0).resolve(file.getFileName());
    }
}
