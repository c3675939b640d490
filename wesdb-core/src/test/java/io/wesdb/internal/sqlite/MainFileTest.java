package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.snapshot.GivingFile;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That a pinned file stays as it is, whatever is done to the database, and that nobody's locks are lost by it. */
@Timeout(60)
class MainFileTest {
    private static final String FILL = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<250)"
            + " INSERT INTO t(b) SELECT randomblob(4000) FROM n";

    @TempDir
    Path directory;

    private TestNode node;
    private MainFile mainFile;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("db"));
        node.must("CREATE TABLE t(id INTEGER PRIMARY KEY, b)", FILL, FILL);
        mainFile = new MainFile(node.path);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
        mainFile.close();
    }

    /** Not by opening the main file, whose closing would drop SQLite's locks. */
    private static byte[] bytes(MainFile.Pin pin) throws IOException {
        byte[] all = new byte[(int) pin.lengthBytes()];
        pin.read(all, all.length, 0);
        return all;
    }

    private Connection reader() throws SQLException {
        Connection reader = DriverManager.getConnection("jdbc:sqlite:" + node.path);
        reader.setAutoCommit(false);
        try (Statement select = reader.createStatement()) {
            select.executeQuery("SELECT count(*) FROM t").close();
        }
        return reader;
    }

    @Test
    void thePinnedFileIsOfOneCommitAndStaysSoWhateverIsWritten() throws Exception {
        List<String> before = node.contents();
        long index = node.replica().position().applied();
        try (MainFile.Pin pin = mainFile.pin()) {
            assertNotNull(pin);
            assertEquals(index, pin.index());
            byte[] first = bytes(pin);
            for (int i = 0; i < 20; i++) {
                node.must("UPDATE t SET b=randomblob(3000) WHERE id%20=" + i, FILL, "DELETE FROM t WHERE id%17=" + i);
                node.replica().checkpoint();
            }
            node.must("VACUUM");
            node.replica().checkpoint();
            assertFalse(node.replica().truncateWal(10), "the log cannot be moved into the file");
            assertArrayEquals(first, bytes(pin));
            Path copy = Files.write(directory.resolve("copy"), first);
            assertTrue(before.equals(ContentsOf.file(copy)), "of the commit at which it was pinned");
        }
        assertTrue(node.replica().truncateWal(1_000), "now it can");
        try (MainFile.Pin pin = mainFile.pin()) {
            assertNotNull(pin);
            Path copy = Files.write(directory.resolve("later"), bytes(pin));
            assertEquals(node.contents(), ContentsOf.file(copy));
        }
    }

    @Test
    void itCanBePinnedWhileMuchIsWrittenAndIsOfOneCommitThen() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            for (int i = 0; !enough.get(); i++) {
                node.must(
                        "INSERT INTO t(id, b) VALUES (" + (1_000_000 + i) + ", 'x')", "UPDATE t SET b='y' WHERE id=7");
                if (i % 100 == 0) {
                    node.replica().checkpoint();
                }
            }
        });
        int pinned = 0;
        for (int i = 0; i < 20 || pinned == 0; i++) {
            try (MainFile.Pin pin = mainFile.pin()) {
                if (pin != null) {
                    byte[] first = bytes(pin);
                    Path copy = Files.write(directory.resolve("copy" + i), first);
                    assertEquals("ok", GivingFile.value(copy, "PRAGMA integrity_check"));
                    String index = GivingFile.value(copy, "SELECT applied FROM wesdb_meta");
                    assertEquals(pin.index(), Long.parseLong(index));
                    assertArrayEquals(first, bytes(pin), "nothing has changed meanwhile");
                    pinned++;
                }
            }
        }
        enough.set(true);
        writer.get(20, TimeUnit.SECONDS);
    }

    @Test
    void whoReadsAnOlderStatePreventsItAndWhoReadsThePresentOneDoesNot() throws Exception {
        try (Connection older = reader()) {
            node.must("DELETE FROM t WHERE id=1");
            assertNull(mainFile.pin());
            older.rollback();
            try (Connection present = reader();
                    MainFile.Pin pin = mainFile.pin()) {
                assertNotNull(pin, () -> "beside " + present);
            }
        }
        node.must("DELETE FROM t WHERE id=2"); // and nothing is locked
    }

    @Test
    void itIsLeftToASqliteThatCanCheckpointBesideTheApplier() {
        assertFalse(MainFile.mayCheckpoint("3.51.2"));
        assertFalse(MainFile.mayCheckpoint("3.9.3"));
        assertTrue(MainFile.mayCheckpoint("3.51.3"));
        assertTrue(MainFile.mayCheckpoint("3.100.0"));
    }

    @Test
    void aWriterThatIsBusyPreventsIt() throws Exception {
        try (Connection writer = DriverManager.getConnection("jdbc:sqlite:" + node.path);
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertNull(mainFile.pin());
            statement.execute("ROLLBACK");
        }
        try (MainFile.Pin pin = mainFile.pin()) {
            assertNotNull(pin);
        }
    }

    @Test
    void whatIsClosedIsNotReadAnyMore() throws Exception {
        MainFile.Pin pin = mainFile.pin();
        assertNotNull(pin);
        byte[] page = new byte[4096];
        assertThrows(IOException.class, () -> pin.read(page, 1, pin.lengthBytes()));
        pin.close();
        pin.close();
        assertThrows(IOException.class, () -> pin.read(page, 1, 0));

        MainFile.Pin ofClosed = mainFile.pin();
        assertNotNull(ofClosed);
        node.close();
        mainFile.close();
        assertThrows(IOException.class, () -> ofClosed.read(page, 1, 0));
        node = new TestNode(node.path);
        try (MainFile.Pin again = mainFile.pin()) {
            assertNotNull(again);
            assertThrows(IOException.class, () -> ofClosed.read(page, 1, 0), "though another one is");
        }
    }

    /** Without them it could take itself for the last one that has the database open, and delete the log. */
    @Test
    void anotherProcessFindsSqlitesLocksAsLongAsTheDatabaseIsOpen() throws Exception {
        try (MainFile.Pin pin = mainFile.pin()) {
            assertNotNull(pin);
            bytes(pin);
        }
        assertEquals(Other.LOCKED, other());
        node.close();
        mainFile.close();
        assertEquals(Other.FREE, other());
    }

    private int other() throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Other.class.getName(),
                        node.path.toString())
                .inheritIO()
                .start();
        assertTrue(other.waitFor(50, TimeUnit.SECONDS));
        return other.exitValue();
    }

    /** Asks for the lock that SQLite wants before it deletes a log: https://sqlite.org/src/file/src/os.h, SHARED_FIRST. */
    static final class Other {
        static final int LOCKED = 10;
        static final int FREE = 11;
        private static final long SHARED_FIRST = 0x40000002L;
        private static final long SHARED_SIZE = 510;

        private Other() {}

        public static void main(String[] arguments) throws IOException {
            try (RandomAccessFile file = new RandomAccessFile(arguments[0], "rw");
                    FileLock lock = file.getChannel().tryLock(SHARED_FIRST, SHARED_SIZE, false)) {
                System.exit(lock == null ? LOCKED : FREE);
            }
        }
    }
}
