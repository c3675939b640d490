package io.wesdb.internal.snapshot;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.zookeeper.LiveEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot that is the file itself, and what it becomes when the write-ahead log grows. */
@Timeout(60)
class PinnedSnapshotTest {
    private static final long MAX_WAL_BYTES = 4_000_000;
    private static final SnapshotSettings SETTINGS = SnapshotSettings.defaults().withMaxPinnedWalBytes(MAX_WAL_BYTES);

    @TempDir
    Path directory;

    private final SimulatedWorld world = new SimulatedWorld(1);
    private GivingFile file;

    @BeforeEach
    void makeFile() {
        file = new GivingFile(directory.resolve("db"), 2);
    }

    @AfterEach
    void closeFile() {
        file.close();
        assertEquals(List.of(), file.filesBeside(), "no copy is left");
    }

    private SnapshotGiver giver() {
        return new SnapshotGiver(file.path, file.mainFile, SETTINGS, world.environment("giver"), () -> null);
    }

    private <T> T get(CompletableFuture<T> future) {
        world.runUntil("an answer", 60_000, future::isDone);
        try {
            return future.join();
        } catch (CompletionException e) {
            throw (SnapshotRefusedException) e.getCause();
        }
    }

    private byte[] all(SnapshotTransfer transfer, SnapshotOffer offer) {
        byte[] all = new byte[(int) offer.lengthBytes()];
        for (int at = 0; at < all.length; ) {
            int length = Math.min(SnapshotTransfer.MAX_CHUNK_BYTES, all.length - at);
            System.arraycopy(get(transfer.chunk(offer.id(), at, length)), 0, all, at, length);
            at += length;
        }
        return all;
    }

    private void assertSound(byte[] given, long index) throws Exception {
        Path got = Files.write(directory.resolve("got"), given);
        assertEquals("ok", GivingFile.value(got, "PRAGMA integrity_check"));
        assertEquals(index, Long.parseLong(GivingFile.value(got, "SELECT applied FROM wesdb_meta")));
        Files.delete(got);
    }

    private void growWal() {
        for (int i = 0; i < 8; i++) {
            file.apply("UPDATE t SET b=randomblob(3900) WHERE id%2=" + i % 2);
            file.checkpoint();
        }
    }

    private long walBytes() throws Exception {
        return Files.size(Path.of(file.path + "-wal"));
    }

    @Test
    void nothingIsCopiedWhileLittleIsWritten() throws Exception {
        SnapshotGiver giver = giver();
        SnapshotTransfer transfer = giver.begin("a");
        SnapshotOffer offer = get(transfer.offer(0, null));
        assertEquals(file.index(), offer.index());
        byte[] first = all(transfer, offer);
        for (int i = 0; i < 5; i++) {
            file.write();
            file.checkpoint();
            world.run(5_000);
        }
        assertArrayEquals(first, all(transfer, offer));
        assertEquals(List.of(), file.filesBeside());
        assertSound(first, offer.index());
        get(giver.stop());
    }

    @Test
    void itGoesOnAsACopyWhenTheLogHasGrownSoThatThatCanBeBegunAnew() throws Exception {
        SnapshotGiver giver = giver();
        SnapshotTransfer transfer = giver.begin("a");
        SnapshotOffer offer = get(transfer.offer(0, null));
        byte[] first = all(transfer, offer);
        growWal();
        assertTrue(walBytes() > MAX_WAL_BYTES);
        assertArrayEquals(first, all(transfer, offer));
        world.runUntil("a copy", 10_000, () -> !file.filesBeside().isEmpty());
        world.run(100);
        long grown = walBytes();
        growWal();
        growWal();
        assertTrue(walBytes() <= 2 * grown, "it does not grow for ever: " + grown + ", " + walBytes());
        assertArrayEquals(first, all(transfer, offer), "the same snapshot goes on");
        assertEquals(offer, get(giver.begin("a").offer(0, offer.id())));
        assertSound(first, offer.index());
        get(giver.stop());
    }

    @Test
    void withoutACopyItIsGivenUpForTheLogMustNotGrowForEver() throws Exception {
        SnapshotGiver giver = giver();
        SnapshotTransfer transfer = giver.begin("a");
        SnapshotOffer offer = get(transfer.offer(0, null));
        Path inTheWay = Files.createDirectory(SnapshotCopy.pathOf(file.path, offer.id()));
        Path inside = Files.createFile(inTheWay.resolve("x"));
        growWal();
        world.run(1_000);
        SnapshotRefusedException gone =
                assertThrows(SnapshotRefusedException.class, () -> get(transfer.chunk(offer.id(), 0, 1)));
        assertEquals(Reason.GONE, gone.reason());
        SnapshotOffer next = get(transfer.offer(0, null));
        assertEquals(file.index(), next.index(), "another one is made");
        assertEquals(2, file.filesBeside().size(), "as a copy, beside what was in the way");
        get(giver.stop());
        Files.delete(inside);
        Files.delete(inTheWay);
    }

    @Test
    void nobodyUsingItTheFileIsLetGoOf() throws Exception {
        SnapshotGiver giver = giver();
        SnapshotTransfer transfer = giver.begin("a");
        SnapshotOffer offer = get(transfer.offer(0, null));
        transfer.close();
        world.run(200_000);
        assertThrows(SnapshotRefusedException.class, () -> get(giver.begin("a").offer(0, offer.id())));
        growWal();
        long once = walBytes();
        growWal();
        growWal();
        assertTrue(walBytes() <= 2 * once, "checkpoints are complete again");
        get(giver.stop());
    }

    @Test
    void discardingItWhileItIsCopiedEndsTheCopyAndAnotherOneCanBeHadAtOnce() throws Exception {
        try (LiveEnvironment live = new LiveEnvironment("discard")) {
            // At this pace the copy takes minutes.
            SnapshotGiver giver = new SnapshotGiver(
                    file.path, file.mainFile, SETTINGS.withCopyBytesPerSecond(50_000), live, () -> null);
            for (int i = 0; i < 8; i++) {
                file.apply("INSERT INTO t(b) SELECT b FROM t LIMIT 250");
            }
            file.checkpoint();
            SnapshotTransfer transfer = giver.begin("a");
            SnapshotOffer offer = transfer.offer(0, null).get(10, TimeUnit.SECONDS);
            byte[] before = transfer.chunk(offer.id(), 0, 100_000).get(10, TimeUnit.SECONDS);
            growWal();
            await().until(() -> !file.filesBeside().isEmpty());
            byte[] meanwhile = transfer.chunk(offer.id(), 0, 100_000).get(10, TimeUnit.SECONDS);
            assertTrue(Arrays.equals(before, meanwhile), "chunks are given meanwhile");
            CompletableFuture<Void> discarded = giver.discard();
            CompletableFuture<SnapshotOffer> again = giver.begin("a").offer(0, null);
            discarded.get(10, TimeUnit.SECONDS);
            assertEquals(file.index(), again.get(10, TimeUnit.SECONDS).index());
            ExecutionException gone = assertThrows(
                    ExecutionException.class,
                    () -> transfer.chunk(offer.id(), 0, 1).get(10, TimeUnit.SECONDS));
            assertEquals(Reason.GONE, ((SnapshotRefusedException) gone.getCause()).reason());
            giver.close();
            assertFalse(Files.exists(SnapshotCopy.pathOf(file.path, offer.id())));
        }
    }
}
