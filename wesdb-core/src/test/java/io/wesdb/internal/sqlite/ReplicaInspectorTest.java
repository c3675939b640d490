package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static io.wesdb.internal.sqlite.TestNode.sql;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.ReplicaVerdict.Absent;
import io.wesdb.internal.sqlite.ReplicaVerdict.Damaged;
import io.wesdb.internal.sqlite.ReplicaVerdict.Foreign;
import io.wesdb.internal.sqlite.ReplicaVerdict.NotOurs;
import io.wesdb.internal.sqlite.ReplicaVerdict.OtherLineage;
import io.wesdb.internal.sqlite.ReplicaVerdict.Sound;
import io.wesdb.internal.sqlite.ReplicaVerdict.Unusable;
import io.wesdb.internal.sqlite.ReplicaVerdict.WrongFormat;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaInspectorTest {
    private static final int PAGE = 4096;

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("a.db");
    }

    private ReplicaVerdict verdict() {
        ReplicaVerdict verdict = ReplicaInspector.inspect(file(), "cluster", "lineage");
        String message = verdict.message(file());
        assertTrue(message.contains(file().toString()), message);
        return verdict;
    }

    private <T extends ReplicaVerdict> T verdict(Class<T> expected) {
        ReplicaVerdict verdict = verdict();
        return assertInstanceOf(expected, verdict, verdict::toString);
    }

    /** Some 50 pages, at index 3. */
    private static void fill(TestNode node) {
        node.must("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y AS (date(x)), CHECK (random() <> 0))");
        node.must("CREATE INDEX t_y ON t (y)", "CREATE INDEX t_d ON t (strftime('%Y', x))");
        node.must("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3000)"
                + " INSERT INTO t(x) SELECT date(n, 'unixepoch') || ' some words to fill it' FROM c");
        node.replica().checkpoint();
    }

    private void make(Path path) {
        try (TestNode node = new TestNode(path)) {
            fill(node);
        }
    }

    private void make() {
        make(file());
    }

    /** The files of a node that was killed: its last writes are in the write-ahead log alone. Gives its content. */
    private List<String> makeKilled() throws IOException {
        Path running = Files.createDirectory(directory.resolve("running")).resolve("a.db");
        try (TestNode node = new TestNode(running)) {
            fill(node);
            node.must("CREATE TABLE late (x)");
            node.must("INSERT INTO late VALUES (randomblob(100000))");
            copy(running);
        }
        return ContentsOf.file(running);
    }

    private void change(String sql) throws SQLException {
        change(file(), sql);
    }

    private static void change(Path path, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private long rootPage(String name) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT rootpage FROM sqlite_schema WHERE name='" + name + "'")) {
            assertTrue(rows.next());
            return rows.getLong(1);
        }
    }

    private void overwrite(long at, byte[] bytes) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file().toFile(), "rw")) {
            opened.seek(at);
            opened.write(bytes);
        }
    }

    private static byte[] garbage(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private void truncate(long length) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file().toFile(), "rw")) {
            opened.setLength(length);
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void noFileAnEmptyFileAndADatabaseWithNothingInItAreAbsent() throws Exception {
        verdict(Absent.class);
        Files.createFile(file());
        verdict(Absent.class);
        change("PRAGMA journal_mode=WAL");
        assertTrue(Files.size(file()) > 0);
        verdict(Absent.class);
    }

    @Test
    void aSoundFileTellsItsPositionAndIsNotTouched() throws IOException {
        make();
        byte[] before = Files.readAllBytes(file());
        Sound sound = verdict(Sound.class);
        assertEquals(new Sound(sound.position(), "cluster", "lineage"), sound);
        assertEquals(3, sound.position().applied());
        assertEquals(sound, ReplicaInspector.inspect(file()));
        assertArrayEquals(before, Files.readAllBytes(file()));
        assertEquals(List.of("a.db"), names());
    }

    @Test
    void whatIsOnlyInTheWriteAheadLogCountsAndIsNotTouched() throws IOException {
        List<String> contents = makeKilled();
        byte[] before = Files.readAllBytes(file());
        byte[] walBefore = Files.readAllBytes(directory.resolve("a.db-wal"));
        assertEquals(5, verdict(Sound.class).position().applied());
        assertArrayEquals(before, Files.readAllBytes(file()));
        assertArrayEquals(walBefore, Files.readAllBytes(directory.resolve("a.db-wal")));
        try (TestNode node = new TestNode(file())) {
            assertEquals(5, node.replica().position().applied());
        }
        assertEquals(contents, ContentsOf.file(file()));
    }

    @Test
    void aFileInTheMiddleOfAnEntryIsSoundAndGoesOn() throws Exception {
        List<String> whole;
        List<Command> entry = List.of(
                command("INSERT INTO t VALUES (1)"),
                command("INSERT OR ROLLBACK INTO t VALUES (1)"),
                command("INSERT INTO t VALUES (2)"));
        Entry last;
        Path running = Files.createDirectory(directory.resolve("running")).resolve("a.db");
        try (TestNode node = new TestNode(running)) {
            node.must("CREATE TABLE t (x UNIQUE)");
            last = node.entry(entry);
            int[] commits = {0};
            node.replica().onCommit(() -> {
                commits[0]++;
                if (commits[0] == 2) {
                    copy(running);
                }
            });
            node.replica().apply(List.of(last));
            whole = node.contents();
        }
        assertEquals(1, verdict(Sound.class).position().applied());
        try (TestNode node = new TestNode(file())) {
            node.replica().apply(List.of(last));
            assertEquals(whole, node.contents());
        }
    }

    private void copy(Path running) {
        try {
            Files.copy(running, file());
            Files.copy(running.resolveSibling("a.db-wal"), directory.resolve("a.db-wal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void randomBytesAreDamage() throws IOException {
        Files.write(file(), garbage(100_000));
        verdict(Damaged.class);
        Files.write(file(), garbage(10));
        verdict(Damaged.class);
    }

    @Test
    void aDamagedHeaderIsDamage() throws IOException {
        make();
        overwrite(0, new byte[100]);
        verdict(Damaged.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 99, 512, 4095, 4096, 5000, 40_000, -1, -4096, -5000})
    void aFileThatIsCutOffIsDamage(long length) throws IOException {
        make();
        truncate(length > 0 ? length : Files.size(file()) + length);
        verdict(Damaged.class);
    }

    /** SQLite itself does not notice: it takes the number of pages from the write-ahead log. */
    @ParameterizedTest
    @ValueSource(longs = {40_000, -1, -4096})
    void aFileThatIsCutOffIsDamageAlsoWhereAWriteAheadLogHoldsTheLastPages(long length) throws IOException {
        makeKilled();
        truncate(length > 0 ? length : Files.size(file()) + length);
        Damaged damaged = verdict(Damaged.class);
        assertTrue(damaged.why().contains("pages"), damaged.why());
    }

    @ParameterizedTest
    @ValueSource(strings = {"wesdb_meta", "wesdb_sessions"})
    void garbageInOurOwnPagesIsDamage(String table) throws Exception {
        make();
        overwrite((rootPage(table) - 1) * PAGE, garbage(PAGE));
        verdict(Damaged.class);
    }

    @Test
    void garbageInTheSchemaIsDamage() throws Exception {
        make();
        overwrite(100, garbage(PAGE - 100));
        verdict(Damaged.class);
    }

    @Test
    void garbageElsewhereIsFoundByTheFullCheck() throws Exception {
        make();
        assertNull(ReplicaInspector.integrityProblem(file()));
        overwrite((rootPage("t_y") - 1) * PAGE, garbage(PAGE));
        verdict(Sound.class);
        assertNotNull(ReplicaInspector.integrityProblem(file()));
    }

    @Test
    void theFullCheckTakesOurFunctionsAndLeavesNothingBehind() throws Exception {
        try (TestNode node = new TestNode(file())) {
            fill(node);
            node.must("CREATE VIRTUAL TABLE words USING fts5(x)", "CREATE VIRTUAL TABLE boxes USING rtree(id, a, b)");
            node.must("INSERT INTO words SELECT x FROM t", "INSERT INTO boxes VALUES (1, 2, 3)");
            node.must("CREATE INDEX t_half ON t (julianday(x)) WHERE unixepoch(x) > 0");
        }
        assertNull(ReplicaInspector.integrityProblem(file()));
        assertEquals(List.of("a.db"), names());
    }

    @Test
    void aMissingIndexRowIsFoundByTheFullCheck() throws Exception {
        make();
        change(
                file(),
                "PRAGMA writable_schema=ON",
                "UPDATE sqlite_schema SET rootpage=(SELECT rootpage FROM sqlite_schema WHERE name='t_d') WHERE name='t_y'");
        assertNotNull(ReplicaInspector.integrityProblem(file()));
    }

    @Test
    void theFullCheckCanBeCancelled() {
        make();
        assertThrows(CancellationException.class, () -> ReplicaInspector.integrityProblem(file(), () -> true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE FROM wesdb_meta",
                "DROP TABLE wesdb_meta",
                "INSERT INTO wesdb_meta SELECT 2, cluster_id, lineage, format, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1 FROM wesdb_meta",
                "UPDATE wesdb_meta SET id=2",
                "UPDATE wesdb_meta SET applied='?'",
                "UPDATE wesdb_meta SET applied=-1",
                "UPDATE wesdb_meta SET key_bytes='?'",
                "UPDATE wesdb_meta SET format='?'",
                "UPDATE wesdb_meta SET cluster_id=x'00'",
                "ALTER TABLE wesdb_meta DROP COLUMN epoch",
                "DROP TABLE wesdb_sessions",
                "DROP TABLE wesdb_keys"
            })
    void ourOwnRecordMissingOrGarbledIsDamage(String harm) throws SQLException {
        make();
        change(harm);
        verdict(Damaged.class);
    }

    @Test
    void anotherClustersFileIsForeign() throws SQLException {
        make();
        change("UPDATE wesdb_meta SET cluster_id='another'");
        Foreign foreign = verdict(Foreign.class);
        assertEquals(new Foreign("another"), foreign);
        assertTrue(foreign.message(file()).contains("another"));
    }

    @Test
    void aFileFromBeforeTheClusterWasRestartedIsOfAnotherLineage() throws SQLException {
        make();
        change("UPDATE wesdb_meta SET lineage='earlier'");
        OtherLineage other = verdict(OtherLineage.class);
        assertEquals("earlier", other.lineage());
        assertEquals(3, other.position().applied());
    }

    @Test
    void anotherFormatIsToldWhateverElseIsInTheRecord() throws SQLException {
        make();
        change("UPDATE wesdb_meta SET format=4");
        assertEquals(new WrongFormat(4, true), verdict());
        assertTrue(verdict().message(file()).contains("newer"));
        change("UPDATE wesdb_meta SET format=2");
        change("ALTER TABLE wesdb_meta DROP COLUMN lineage");
        assertEquals(new WrongFormat(2, false), verdict());
        assertTrue(verdict().message(file()).contains("older"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE theirs (x)",
                "PRAGMA user_version=7",
                "PRAGMA application_id=7",
                "CREATE VIEW theirs AS SELECT 1"
            })
    void someoneElsesDatabaseIsNotOursAndIsNotTouched(String sql) throws Exception {
        for (String mode : List.of("DELETE", "WAL")) {
            change(file(), "PRAGMA journal_mode=" + mode, sql);
            byte[] before = Files.readAllBytes(file());
            verdict(NotOurs.class);
            assertArrayEquals(before, Files.readAllBytes(file()));
            assertEquals(List.of("a.db"), names());
            Files.delete(file());
        }
    }

    @Test
    void aPlaceWithoutDirectoryIsUnusable() throws IOException {
        Path file = Files.createFile(directory.resolve("file")).resolve("a.db");
        assertInstanceOf(Unusable.class, ReplicaInspector.inspect(file, "cluster", "lineage"));
        assertInstanceOf(Unusable.class, ReplicaInspector.inspect(directory.resolve("none/a.db"), "cluster", ""));
    }

    @Test
    void aDirectoryInTheFilesPlaceIsUnusable() throws IOException {
        Files.createDirectory(file());
        verdict(Unusable.class);
    }

    @Test
    void aWriteAheadLogThatCannotBeOpenedIsUnusableAndNoDamage() throws IOException {
        make();
        Files.createDirectory(directory.resolve("a.db-wal"));
        verdict(Unusable.class);
    }

    @Test
    void aReadOnlyDirectoryIsUnusable() throws IOException {
        Path readOnly = readOnlyDirectory();
        assumeTrue(readOnly != null, "runs as root and finds no file system mounted read-only");
        ReplicaVerdict verdict = ReplicaInspector.inspect(readOnly.resolve("a.db"), "cluster", "lineage");
        assertEquals(new Unusable("its directory is not writable"), verdict);
    }

    /** Permissions do not bind root; a file system mounted read-only does. */
    private Path readOnlyDirectory() throws IOException {
        Path own = Files.createDirectory(directory.resolve("closed"));
        if (own.toFile().setWritable(false) && !Files.isWritable(own)) {
            return own;
        }
        Path mounts = Path.of("/proc/mounts");
        if (!Files.isReadable(mounts)) {
            return null;
        }
        return Files.readAllLines(mounts).stream()
                .map(line -> line.split(" "))
                .filter(mount -> List.of(mount[3].split(",")).contains("ro"))
                .map(mount -> Path.of(mount[1]))
                .filter(path -> Files.isDirectory(path) && !Files.isWritable(path))
                .findFirst()
                .orElse(null);
    }

    @Test
    void theFilesBesideALinksTargetAreFound() throws IOException {
        makeKilled();
        Path link = Files.createSymbolicLink(
                Files.createDirectory(directory.resolve("links")).resolve("link.db"), file());
        assertEquals(
                5,
                assertInstanceOf(Sound.class, ReplicaInspector.inspect(link))
                        .position()
                        .applied());
    }

    /** Random damage: whatever it does to the verdict, a file that is called sound can be opened. */
    @Test
    void whatIsCalledSoundOpens() throws IOException {
        Path good = directory.resolve("good.db");
        make(good);
        byte[] bytes = Files.readAllBytes(good);
        List<String> verdicts = new ArrayList<>();
        for (int seed = 0; seed < 150; seed++) {
            Random random = new Random(seed);
            byte[] damaged = bytes.clone();
            int times = 1 + random.nextInt(4);
            for (int i = 0; i < times; i++) {
                int at = random.nextInt(random.nextBoolean() ? 8 * PAGE : damaged.length);
                byte[] harm = new byte[1 + random.nextInt(64)];
                random.nextBytes(harm);
                System.arraycopy(harm, 0, damaged, at, Math.min(harm.length, damaged.length - at));
            }
            Path file = directory.resolve(seed + ".db");
            Files.write(file, damaged);
            ReplicaVerdict verdict = ReplicaInspector.inspect(file, "cluster", "lineage");
            verdicts.add(verdict.getClass().getSimpleName());
            if (verdict instanceof Sound) {
                try {
                    new TestNode(file).close();
                } catch (RuntimeException e) {
                    throw new AssertionError("seed " + seed, e);
                }
            }
        }
        assertTrue(verdicts.contains("Sound") && verdicts.contains("Damaged"), verdicts.toString());
    }

    @Test
    void aNewLineageIsOnTheDiskAndOnlyThat() throws Exception {
        List<String> contents = makeKilled();
        ReplicaPosition before = verdict(Sound.class).position();
        change("UPDATE wesdb_meta SET commands_done=2");
        Sound rewritten = LineageRewrite.rewrite(file(), "next");
        assertEquals(new Sound(before, "cluster", "next"), rewritten);
        assertEquals(rewritten, ReplicaInspector.inspect(file()));
        assertEquals(rewritten, LineageRewrite.rewrite(file(), "next"));
        assertEquals(contents, ContentsOf.file(file()));
        verdict(OtherLineage.class);
        // The new log's next entry has nothing to do with the one of which two commands were done.
        Replica replica =
                Replica.open(new ReplicaSettings(file(), "cluster", "next", true, ZoneOffset.UTC, PAGE, 1 << 20));
        try (replica) {
            replica.apply(List.of(new Entry(
                    9,
                    6,
                    TestNode.TIME,
                    0,
                    OutcomeDigest.NONE,
                    List.of(new Batch(
                            new SessionId(7, 7),
                            1,
                            1,
                            List.of(command(sql("CREATE TABLE a (x)")), command(sql("CREATE TABLE b (x)"))))))));
        }
        assertTrue(ContentsOf.file(file()).contains("table a"));
    }

    @Test
    void noNewLineageForAFileThatIsNotSound() throws Exception {
        make();
        change("DELETE FROM wesdb_meta");
        StorageException e = assertThrows(StorageException.class, () -> LineageRewrite.rewrite(file(), "next"));
        assertTrue(e.getMessage().contains("damaged"), e.getMessage());
        Files.delete(file());
        assertThrows(StorageException.class, () -> LineageRewrite.rewrite(file(), "next"));
        assertTrue(Files.notExists(file()));
    }
}
