package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.sqlite.StorageException.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What may help after a fault of the storage is told by its kind. */
class StorageFaultTest {
    @TempDir
    Path directory;

    private Path path() {
        return directory.resolve("a.db");
    }

    private Kind kindOfOpening() {
        return assertThrows(StorageException.class, () -> new TestNode(path())).kind();
    }

    private void behindTheBack(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path())) {
            connection.createStatement().execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource(SQLiteErrorCode.class)
    void theKindFollowsFromSqlitesCode(SQLiteErrorCode code) {
        Kind expected = code.code < 0
                ? Kind.FATAL
                : switch (code.code & 0xff) {
                    case 11, 26 -> Kind.DAMAGED;
                    case 3, 5, 6, 7, 8, 9, 10, 13, 14, 15 -> Kind.RETRY;
                    default -> Kind.FATAL;
                };
        assertEquals(
                expected,
                SqliteErrors.fault("test", new SQLiteException("text says nothing", code))
                        .kind());
    }

    @Test
    void aFileThatIsNoDatabaseOrIsCutShortIsDamaged() throws IOException {
        Files.writeString(path(), "this is no database, and long enough to be seen as none".repeat(50));
        assertEquals(Kind.DAMAGED, kindOfOpening());
        Files.delete(path());
        try (TestNode node = new TestNode(path())) {
            node.must("CREATE TABLE t (x)");
        }
        try (RandomAccessFile file = new RandomAccessFile(path().toFile(), "rw")) {
            file.setLength(4096);
        }
        assertEquals(Kind.DAMAGED, kindOfOpening());
    }

    /** SQLite says that of an AUTOINCREMENT table at its end too, and there the entry is applied command by command. */
    @Test
    void aFullDiskLeavesNothingOfAnEntryBehindAndNothingOfItselfInTheState() {
        List<Command> both = List.of(
                TestNode.command("INSERT INTO t VALUES (1)"),
                TestNode.command("INSERT INTO counted(x) VALUES (zeroblob(100000))"));
        try (TestNode full = new TestNode(path());
                TestNode other = new TestNode(directory.resolve("other.db"))) {
            for (TestNode node : List.of(full, other)) {
                node.must("CREATE TABLE t (x)");
                node.must("CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, x)");
            }
            List<String> before = full.contents();
            Entry entry = full.entry(both);
            Sabotage.diskFull(full.replica());
            StorageException fault =
                    assertThrows(StorageException.class, () -> full.replica().apply(List.of(entry)));
            assertEquals(Kind.RETRY, fault.kind());
            assertEquals(before, full.contents());
            full.restart();
            assertEquals(before, full.contents());
            full.replica().apply(List.of(entry));
            other.apply(both);
            Command ifUnchanged = new Command(
                    null,
                    List.of(new Condition.NothingSince(entry.index())),
                    TestNode.command("INSERT INTO t VALUES (2)").statements());
            assertEquals(other.apply(List.of(ifUnchanged)), full.apply(List.of(ifUnchanged)));
            assertEquals(other.contents(), full.contents());
        }
    }

    @Test
    void aRecordOfOursThatSomeoneElseChangedIsDamage() throws SQLException {
        TestNode node = new TestNode(path());
        node.must("CREATE TABLE t (x)");
        Entry next = node.entry(List.of(TestNode.command("SELECT 1")));
        behindTheBack("UPDATE wesdb_meta SET applied = 7");
        StorageException e =
                assertThrows(StorageException.class, () -> node.replica().apply(List.of(next)));
        assertEquals(Kind.DAMAGED, e.kind());
        node.close();
        behindTheBack("DELETE FROM wesdb_meta");
        assertEquals(Kind.DAMAGED, kindOfOpening());
        behindTheBack("ALTER TABLE wesdb_meta DROP COLUMN format");
        assertEquals(Kind.DAMAGED, kindOfOpening());
    }

    @Test
    void whatAnotherFileCouldNotMendIsFatal() throws SQLException {
        behindTheBack("CREATE TABLE mine (x)");
        assertEquals(Kind.FATAL, kindOfOpening());
        behindTheBack("DROP TABLE mine");
        new TestNode(path()).close();
        behindTheBack("UPDATE wesdb_meta SET format = 1");
        behindTheBack("ALTER TABLE wesdb_meta DROP COLUMN lineage"); // which format 1 did not have
        assertEquals(Kind.FATAL, kindOfOpening());
    }

    @Test
    void theFileOfAnotherClusterIsFatalAndThatOfAFormerLifeToBeReplaced() throws SQLException {
        new TestNode(path()).close();
        behindTheBack("UPDATE wesdb_meta SET lineage = 'former'");
        assertEquals(Kind.DAMAGED, kindOfOpening());
        behindTheBack("UPDATE wesdb_meta SET cluster_id = 'another'");
        assertEquals(Kind.FATAL, kindOfOpening());
    }

    @Test
    void whatMayPassIsToBeTriedAgain() throws Exception {
        Path missing = directory.resolve("missing/a.db");
        assertEquals(
                Kind.RETRY,
                assertThrows(StorageException.class, () -> new TestNode(missing))
                        .kind());
        try (TestNode node = new TestNode(path());
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + path())) {
            other.createStatement().execute("PRAGMA busy_timeout=0");
            other.createStatement().execute("BEGIN IMMEDIATE");
            StorageException e = assertThrows(StorageException.class, () -> node.run("CREATE TABLE t (x)"));
            assertEquals(Kind.RETRY, e.kind());
        }
    }
}
