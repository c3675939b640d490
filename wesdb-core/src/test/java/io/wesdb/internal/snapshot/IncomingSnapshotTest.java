package io.wesdb.internal.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.snapshot.SnapshotRejectedException.Check;
import io.wesdb.internal.sqlite.StorageException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncomingSnapshotTest {
    private static final int INDEX = 6;
    private static final int PIECE = 5_000;

    @TempDir
    Path directory;

    private Path giver;
    private Path node;
    private ReplicaFiles files;
    private byte[] snapshot;
    private SnapshotOffer offer;

    @BeforeEach
    void makeSnapshot() throws IOException {
        giver = Files.createDirectory(directory.resolve("giver")).resolve("db");
        node = Files.createDirectory(directory.resolve("node"));
        files = restarted();
        Databases.make(giver, INDEX);
        load();
    }

    private void load() throws IOException {
        snapshot = Files.readAllBytes(giver);
        offer = Databases.offer("s1", INDEX, snapshot);
    }

    private ReplicaFiles restarted() {
        ReplicaFiles fresh = new ReplicaFiles(node.resolve("db"), Databases.CLOCK);
        fresh.recover();
        return fresh;
    }

    private IncomingSnapshot open() {
        return IncomingSnapshot.open(files, "giver", offer, Runnable::run);
    }

    private void writeUpTo(IncomingSnapshot incoming, int end) {
        while (incoming.received() < end) {
            int from = (int) incoming.received();
            incoming.write(from, Arrays.copyOfRange(snapshot, from, Math.min(from + PIECE, end)));
        }
    }

    private IncomingSnapshot receiveAll() {
        IncomingSnapshot incoming = open();
        writeUpTo(incoming, snapshot.length);
        assertTrue(incoming.complete());
        return incoming;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(node)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatWasReceivedIsVerifiedAndInstalled() throws IOException {
        receiveAll().verify("cluster", "lineage");
        assertEquals(List.of("db-incoming.properties", "db-install"), names());
        assertEquals(null, files.install(OldFile.SET_ASIDE, "new"));
        assertEquals(List.of("db"), names());
        assertArrayEquals(snapshot, Files.readAllBytes(node.resolve("db")));
    }

    @Test
    void aBrokenTransferGoesOnWhereItEnded() {
        try (IncomingSnapshot incoming = open()) {
            writeUpTo(incoming, 12_000);
        }
        try (IncomingSnapshot incoming = open()) {
            assertEquals(12_000, incoming.received());
        }
        files = restarted();
        try (IncomingSnapshot incoming = open()) {
            assertEquals(12_000, incoming.received());
            writeUpTo(incoming, snapshot.length);
            incoming.verify("cluster", "lineage");
        }
    }

    @Test
    void afterAKillOnlyWhatIsOnTheDiskForSureCounts() throws IOException {
        IncomingSnapshot killed = IncomingSnapshot.open(files, "giver", offer, Runnable::run, 10_000);
        writeUpTo(killed, 24_000);
        assertEquals(24_000, Files.size(node.resolve("db-incoming")));
        files = restarted();
        try (IncomingSnapshot incoming = open()) {
            assertEquals(20_000, incoming.received());
            assertEquals(20_000, Files.size(node.resolve("db-incoming")));
        }
    }

    @Test
    void theDiskIsNotWaitedForWhileMoreComesAndOnlyWhatIsSyncedCounts() throws IOException {
        Deque<Runnable> syncs = new ArrayDeque<>();
        IncomingSnapshot killed = IncomingSnapshot.open(files, "giver", offer, syncs::add, 10_000);
        writeUpTo(killed, 24_000);
        assertEquals(2, syncs.size());
        files = restarted();
        try (IncomingSnapshot incoming = open()) {
            assertEquals(0, incoming.received(), "nothing was synced");
        }
        IncomingSnapshot again = IncomingSnapshot.open(files, "giver", offer, syncs::add, 10_000);
        writeUpTo(again, 24_000);
        syncs.removeLast().run();
        files = restarted();
        try (IncomingSnapshot incoming = IncomingSnapshot.open(files, "giver", offer, syncs::add, 10_000)) {
            assertEquals(20_000, incoming.received());
            syncs.forEach(Runnable::run); // late, those of the objects before too
            writeUpTo(incoming, snapshot.length);
            incoming.verify("cluster", "lineage");
            syncs.forEach(Runnable::run);
        }
        assertTrue(Files.exists(node.resolve("db-install")));
    }

    @Test
    void aSyncThatFailedIsToldWithTheNextPieceAndNothingOfItCounts() throws IOException {
        AtomicBoolean fails = new AtomicBoolean();
        files = new ReplicaFiles(node.resolve("db"), Databases.CLOCK, step -> {
            if (fails.get() && step.kind() == FileStep.Kind.SYNC_FILE) {
                throw new StorageException(StorageException.Kind.RETRY, "no disk", null);
            }
        });
        IncomingSnapshot incoming = IncomingSnapshot.open(files, "giver", offer, Runnable::run, 10_000);
        writeUpTo(incoming, 12_000);
        fails.set(true);
        assertThrows(StorageException.class, () -> writeUpTo(incoming, 24_000));
        assertThrows(StorageException.class, () -> writeUpTo(incoming, 24_000), "nor is it tried again");
        fails.set(false);
        incoming.close();
        files = restarted();
        try (IncomingSnapshot later = open()) {
            assertTrue(later.received() < 24_000, "received " + later.received());
        }
    }

    @Test
    void anotherOfferBeginsAnew() {
        List<SnapshotOffer> others = List.of(
                new SnapshotOffer("s2", offer.index(), offer.lengthBytes(), offer.checksum()),
                new SnapshotOffer("s1", offer.index() + 1, offer.lengthBytes(), offer.checksum()),
                new SnapshotOffer("s1", offer.index(), offer.lengthBytes() + 1, offer.checksum()),
                new SnapshotOffer("s1", offer.index(), offer.lengthBytes(), offer.checksum() + 1));
        for (SnapshotOffer other : others) {
            try (IncomingSnapshot incoming = open()) {
                writeUpTo(incoming, 12_000);
            }
            try (IncomingSnapshot incoming = IncomingSnapshot.open(files, "giver", other, Runnable::run)) {
                assertEquals(0, incoming.received(), other.toString());
            }
        }
        try (IncomingSnapshot incoming = open()) {
            writeUpTo(incoming, 12_000);
        }
        try (IncomingSnapshot incoming = IncomingSnapshot.open(files, "another node", offer, Runnable::run)) {
            assertEquals(0, incoming.received());
        }
    }

    @Test
    void aFileShorterThanItsRecordBeginsAnew() throws IOException {
        try (IncomingSnapshot incoming = open()) {
            writeUpTo(incoming, 12_000);
        }
        Files.write(node.resolve("db-incoming"), new byte[11_999]);
        try (IncomingSnapshot incoming = open()) {
            assertEquals(0, incoming.received());
        }
    }

    @Test
    void aRecordThatCannotBeReadBeginsAnew() throws IOException {
        for (String garbled : List.of("", "received=x", "\\u00zz")) {
            try (IncomingSnapshot incoming = open()) {
                writeUpTo(incoming, 12_000);
            }
            Files.writeString(node.resolve("db-incoming.properties"), garbled);
            try (IncomingSnapshot incoming = open()) {
                assertEquals(0, incoming.received(), garbled);
            }
        }
    }

    @Test
    void piecesComeInOrder() {
        try (IncomingSnapshot incoming = open()) {
            incoming.write(0, new byte[10]);
            assertThrows(IllegalArgumentException.class, () -> incoming.write(0, new byte[10]));
            assertThrows(IllegalArgumentException.class, () -> incoming.write(11, new byte[10]));
            assertThrows(IllegalStateException.class, () -> incoming.verify("cluster", "lineage"));
            assertEquals(10, incoming.received());
        }
    }

    @Test
    void withoutRoomOnTheDiskNothingIsBegun() throws IOException {
        SnapshotOffer huge = new SnapshotOffer("s1", INDEX, 1L << 60, 0);
        NotEnoughSpaceException e = assertThrows(
                NotEnoughSpaceException.class, () -> IncomingSnapshot.open(files, "giver", huge, Runnable::run));
        assertTrue(e.neededBytes() > huge.lengthBytes());
        assertTrue(e.availableBytes() < e.neededBytes());
        assertTrue(e.getMessage().contains(node.toString()), e.getMessage());
        assertEquals(List.of(), names());
    }

    @Test
    void moreBytesThanOfferedAreRefused() throws IOException {
        IncomingSnapshot incoming = open();
        writeUpTo(incoming, snapshot.length);
        rejected(Check.LENGTH, () -> incoming.write(snapshot.length, new byte[1]));
    }

    @Test
    void aFileOfAnotherLengthIsRefused() throws IOException {
        IncomingSnapshot incoming = receiveAll();
        try (RandomAccessFile file =
                new RandomAccessFile(node.resolve("db-incoming").toFile(), "rw")) {
            file.setLength(snapshot.length + 1L);
        }
        rejected(Check.LENGTH, () -> incoming.verify("cluster", "lineage"));
    }

    @Test
    void oneWrongByteIsRefused() throws IOException {
        snapshot[snapshot.length / 2]++;
        IncomingSnapshot incoming = receiveAll();
        rejected(Check.CHECKSUM, () -> incoming.verify("cluster", "lineage"));
    }

    @Test
    void whatIsNoReplicaIsRefused() throws Exception {
        for (byte[] bytes : List.of(new byte[10_000], new byte[0])) {
            snapshot = bytes;
            offer = Databases.offer("s1", INDEX, snapshot);
            IncomingSnapshot incoming = receiveAll();
            rejected(Check.REPLICA, () -> incoming.verify("cluster", "lineage"));
        }
        Files.delete(giver);
        change("CREATE TABLE theirs (x)");
        load();
        IncomingSnapshot incoming = receiveAll();
        rejected(Check.REPLICA, () -> incoming.verify("cluster", "lineage"));
    }

    @Test
    void anotherClusterLineageFormatOrIndexIsRefused() throws Exception {
        rejected("UPDATE wesdb_meta SET cluster_id='another'", Check.CLUSTER);
        rejected("UPDATE wesdb_meta SET cluster_id='cluster', lineage='earlier'", Check.LINEAGE);
        rejected("UPDATE wesdb_meta SET lineage='lineage', applied=5", Check.INDEX);
        rejected("UPDATE wesdb_meta SET applied=6, format=77", Check.FORMAT);
        change("UPDATE wesdb_meta SET format=3");
        load();
        receiveAll().verify("cluster", "lineage");
    }

    @Test
    void aDamagedPageIsRefused() throws Exception {
        change("CREATE INDEX t_x ON t (x)");
        byte[] bytes = Files.readAllBytes(giver);
        int page = (rootPage("t_x") - 1) * 4096;
        Arrays.fill(bytes, page, page + 512, (byte) 0xFF);
        Files.write(giver, bytes);
        load();
        IncomingSnapshot incoming = receiveAll();
        rejected(Check.INTEGRITY, () -> incoming.verify("cluster", "lineage"));
    }

    private int rootPage(String name) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + giver);
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT rootpage FROM sqlite_schema WHERE name='" + name + "'")) {
            return row.getInt(1);
        }
    }

    /** It is so on every node, and would keep a node out for ever. */
    @Test
    void anIndexThatDoesNotFitItsTableIsNoDamageOfTheFile() throws Exception {
        change("CREATE INDEX t_x ON t (x)");
        change(
                "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql='CREATE INDEX t_x ON t (noise)' WHERE name='t_x'");
        load();
        receiveAll().verify("cluster", "lineage");
    }

    @Test
    void aFullTextTableOutOfStepWithItsContentIsNoDamageOfTheFile() throws Exception {
        change("CREATE TABLE content(id INTEGER PRIMARY KEY, b TEXT)");
        change("CREATE VIRTUAL TABLE ft USING fts4(content='content', b)");
        change("INSERT INTO content VALUES (1, 'text')");
        load();
        receiveAll().verify("cluster", "lineage");
    }

    private void rejected(String change, Check check) throws Exception {
        change(change);
        load();
        IncomingSnapshot incoming = receiveAll();
        rejected(check, () -> incoming.verify("cluster", "lineage"));
    }

    private void rejected(Check check, Runnable step) throws IOException {
        SnapshotRejectedException e = assertThrows(SnapshotRejectedException.class, step::run);
        assertEquals(check, e.check(), e.getMessage());
        assertTrue(e.getMessage().contains("s1") && e.getMessage().contains("giver"), e.getMessage());
        assertEquals(List.of(), names(), "it is deleted");
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + giver);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    @Test
    void aCancelledCheckKeepsWhatWasReceived() {
        IncomingSnapshot incoming = receiveAll();
        assertThrows(CancellationException.class, () -> incoming.verify("cluster", "lineage", () -> true));
        files = restarted();
        try (IncomingSnapshot again = open()) {
            assertTrue(again.complete());
            again.verify("cluster", "lineage");
        }
    }

    @Test
    void aVerifiedSnapshotThatNoOneInstalledIsThereForTheNextOne() throws IOException {
        receiveAll().verify("cluster", "lineage");
        files = restarted();
        assertEquals(List.of("db-incoming", "db-incoming.properties"), names());
        try (IncomingSnapshot again = open()) {
            assertTrue(again.complete());
            again.verify("cluster", "lineage");
        }
        SnapshotOffer other = new SnapshotOffer("s2", INDEX, 10, 0);
        try (IncomingSnapshot incoming = IncomingSnapshot.open(files, "giver", other, Runnable::run)) {
            assertFalse(incoming.complete());
        }
        assertThrows(IllegalStateException.class, () -> files.install(OldFile.DELETE, ""));
    }
}
