package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteConnection;

/** Our date functions give what SQLite's own give when the clock is the same. */
class DateFunctionsTest {
    private final ExecutionContext context = new ExecutionContext();
    private SQLiteConnection ours;
    private Connection plain;
    private DeterministicFunctions functions;

    @BeforeEach
    void open() throws SQLException {
        open(ZoneOffset.UTC);
        plain = DriverManager.getConnection("jdbc:sqlite::memory:");
    }

    private void open(ZoneId zone) throws SQLException {
        ours = (SQLiteConnection) DriverManager.getConnection("jdbc:sqlite::memory:");
        functions = DeterministicFunctions.forWriter(ours, context, zone);
    }

    @AfterEach
    void close() throws SQLException {
        functions.close();
        ours.close();
        plain.close();
    }

    private static List<Object> row(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return List.of(result.getString(1), String.valueOf(result.getObject(2)), result.getObject(3));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "date()",
                "time()",
                "datetime()",
                "julianday()",
                "unixepoch()",
                "strftime('%Y-%m-%d %H:%M:%f')",
                "strftime()",
                "current_date",
                "current_time",
                "current_timestamp",
                "date('now')",
                "time('NOW')",
                "datetime('Now')",
                "julianday('now')",
                "unixepoch('now')",
                "unixepoch('now', 'subsec')",
                "unixepoch('subsec')",
                "datetime('subsecond')",
                "datetime('subsec', 'auto')",
                "time('now', 'subsec')",
                "julianday('subsec')",
                "datetime('now', 'start of month', '+1 month', '-1 day')",
                "datetime('now', '-3 years', 'weekday 2')",
                "datetime('now', '+5 minutes', 'subsec')",
                "datetime('now', 'utc')",
                "datetime('now', 'localtime')",
                "datetime('now', 'localtime', 'utc', 'localtime')",
                "datetime('now', 'start of day', 'utc')",
                "datetime('now', 'auto')",
                "datetime('now', 'unixepoch')",
                "datetime('now', 'julianday')",
                "datetime('now', 'ceiling')",
                "datetime('now', 'now')",
                "datetime('now', NULL)",
                "datetime('now', 'nonsense')",
                "datetime(' now')",
                "datetime('now' || char(0) || 'x')",
                "datetime(x'6e6f77')",
                "datetime('now', 'localtime' || char(0))",
                "datetime('now', x'7574' || 'c')",
                "date('now', '+1 month', 'floor')",
                "strftime('%s', 'now', '+1 hour')",
                "strftime('%d %e %f %F %G %g %H %I %j %J %k %l %m %M %p %P %R %s %S %T %U %u %V %w %W %Y %%', 'now')",
                "strftime('now', 'now')",
                "strftime('%f', 'subsec')",
                "strftime('%q', 'now')",
                "strftime('%Y' || char(0) || '%m', 'now')",
                "strftime(NULL, 'now')",
                "timediff('now', '2000-01-01')",
                "timediff('2000-01-01', 'now')",
                "timediff('now', 'now')",
                "timediff('now', NULL)",
                "timediff('subsec', 'now')",
                "date('2024-02-30')",
                "date('2024-02-29', '+1 year')",
                "date('2024-01-31', '+1 month', 'floor')",
                "date('2024-01-31', '+1 month', 'ceiling')",
                "datetime('2024-01-01T12:30:45.678Z', 'subsec')",
                "datetime('2024-01-01 12:00:00+05:30')",
                "datetime('2024-01-01 12:00:00+05:30', 'utc')",
                "datetime('2024-01-01 12:00:00-01:00', 'localtime')",
                "datetime('12:34')",
                "datetime(2460000.5)",
                "datetime(2460000.5, 'localtime')",
                "datetime(2460000, '+1 day')",
                "datetime(1234567890, 'unixepoch')",
                "datetime(1234567890.987, 'unixepoch', 'subsec', 'localtime')",
                "datetime(1234567890, 'auto')",
                "datetime(2460000.5, 'auto', 'utc')",
                "datetime('2460000.5', 'julianday')",
                "datetime('2024-01-01', 'localtime', 'auto')",
                "datetime('2024-01-01', 'weekday 0')",
                "datetime('2024-01-01', 'weekday 7')",
                "datetime('-4713-11-24 12:00:00')",
                "datetime('-0044-03-15', 'localtime')",
                "datetime('9999-12-31 23:59:59', '+1 second')",
                "datetime('9999-12-31 23:59:59', 'localtime')",
                "date(NULL)",
                "date('')",
                "date('nonsense')",
                "date('nonsense', 'localtime')",
                "date(x'00')",
                "date(1e300)",
                "date(9223372036854775807)",
                "julianday('2000-01-01 12:00:00')",
                "unixepoch('1969-12-31 23:59:59')",
                "unixepoch('1960-01-01', 'subsec')",
                "unixepoch(1700000000, 'unixepoch')",
                "strftime('%s', '2001-09-09 01:46:40')",
                "strftime('', '2001-09-09')",
                "time('25:00')",
                "time('12:00', '+90 minutes', '-00:15')",
                "datetime('2024-03-10', '+0001-02-03 04:05:06.789', 'subsec')"
            })
    void aCallGivesWhatSqliteGives(String expression) throws SQLException {
        String sql = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), " + expression + ", typeof(" + expression + ")";
        List<Object> expected = row(plain, sql);
        context.time(java.time.LocalDateTime.parse(((String) expected.get(0)).replace(' ', 'T'))
                .toInstant(ZoneOffset.UTC)
                .toEpochMilli());
        assertEquals(expected, row(ours, sql));
    }

    @Test
    void nowIsTheEntrysAndStaysUntilTheNext() throws SQLException {
        context.time(1_000_000_000_456L);
        assertEquals("2001-09-09 01:46:40.456", one("SELECT datetime('now', 'subsec')"));
        assertEquals("2001-09-09 01:46:40", one("SELECT current_timestamp"));
        context.time(1_000_000_001_456L);
        assertEquals("2001-09-09 01:46:41.456", one("SELECT datetime('now', 'subsec')"));
        assertEquals("2001-09-09 01:46:41", one("SELECT current_timestamp"));
    }

    @ParameterizedTest
    @CsvSource({
        "2024-01-15 12:00:00, localtime, 2024-01-15 13:00:00",
        "2024-07-15 12:00:00, localtime, 2024-07-15 14:00:00",
        "2024-03-31 00:59:59, localtime, 2024-03-31 01:59:59",
        "2024-03-31 01:00:00, localtime, 2024-03-31 03:00:00",
        "2024-07-15 14:00:00, utc, 2024-07-15 12:00:00",
        "2024-01-15 13:00:00, utc, 2024-01-15 12:00:00",
        "2024-07-15 14:00:00Z, utc, 2024-07-15 14:00:00",
        "now, localtime, 2001-09-09 03:46:40",
        "now, utc, 2001-09-09 01:46:40"
    })
    void zonesAreTheClusters(String time, String modifier, String expected) throws SQLException {
        functions.close();
        ours.close();
        open(ZoneId.of("Europe/Berlin"));
        context.time(1_000_000_000_456L);
        assertEquals(expected, one("SELECT datetime('" + time + "', '" + modifier + "')"));
        assertEquals(expected, one("SELECT datetime('" + time + "', '" + modifier + "', '" + modifier + "')"));
    }

    /** SQLite gives midnight of 2000-01-01 in the machine's zone for these, which no two nodes need agree on. */
    @Test
    void aNumberThatIsNoTimeHasNoLocalTime() throws SQLException {
        assertEquals(null, one("SELECT datetime(1234567890, 'localtime')"));
    }

    @Test
    void randomNumbersFollowTheSeedOnly() throws SQLException {
        context.seed(42, 0);
        String first = one("SELECT random() || ' ' || hex(randomblob(9)) || ' ' || length(randomblob(-1))");
        String second = one("SELECT random() || ' ' || hex(randomblob(9)) || ' ' || length(randomblob(-1))");
        context.seed(42, 1);
        String other = one("SELECT random() || ' ' || hex(randomblob(9)) || ' ' || length(randomblob(-1))");
        context.seed(42, 0);
        assertEquals(first, one("SELECT random() || ' ' || hex(randomblob(9)) || ' ' || length(randomblob(-1))"));
        assertNotEquals(first, second);
        assertNotEquals(first, other);
        assertTrue(first.endsWith(" 1"));
    }

    @Test
    void eachRowHasARandomNumberOfItsOwn() throws SQLException {
        context.seed(42, 0);
        assertEquals(
                "100",
                one("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                        + " SELECT count(DISTINCT random()) FROM n"));
    }

    private String one(String sql) throws SQLException {
        try (Statement statement = ours.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }
}
