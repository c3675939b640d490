package io.wesdb.internal.snapshot;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.zookeeper.LiveEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node gives, to whom, and for how long; on simulated time, with a real file. */
@Timeout(60)
class SnapshotGiverTest {
    private static final SnapshotSettings SETTINGS = SnapshotSettings.defaults();

    @TempDir
    Path directory;

    private final SimulatedWorld world = new SimulatedWorld(1);
    private final AtomicReference<String> refusal = new AtomicReference<>();
    private GivingFile file;
    private Connection reader;

    @BeforeEach
    void makeFile() throws SQLException {
        file = new GivingFile(directory.resolve("db"), 2);
        reader = file.readOlder();
    }

    @AfterEach
    void closeFile() throws SQLException {
        reader.close();
        file.close();
        assertEquals(List.of(), file.filesBeside(), "no copy is left");
    }

    private SnapshotGiver giver(SnapshotSettings settings) {
        return new SnapshotGiver(file.path, file.mainFile, settings, world.environment("giver"), refusal::get);
    }

    private <T> T get(CompletableFuture<T> future) {
        world.runUntil("an answer", 60_000, future::isDone);
        try {
            return future.join();
        } catch (CompletionException e) {
            throw (SnapshotRefusedException) e.getCause();
        }
    }

    private void assertRefused(Reason reason, CompletableFuture<?> future) {
        assertEquals(
                reason,
                assertThrows(SnapshotRefusedException.class, () -> get(future)).reason());
    }

    private void stop(SnapshotGiver giver) {
        get(giver.stop());
    }

    @Test
    void theCopyIsServedAsItWasMadeWhateverIsWrittenMeanwhile() throws Exception {
        SnapshotGiver giver = giver(SETTINGS);
        SnapshotTransfer transfer = giver.begin("a");
        SnapshotOffer offer = get(transfer.offer(0, null));
        assertEquals(file.index(), offer.index());
        assertEquals(1, file.filesBeside().size());
        byte[] copy = Files.readAllBytes(directory.resolve(file.filesBeside().get(0)));
        assertEquals(copy.length, offer.lengthBytes());

        for (int i = 0; i < 50; i++) {
            file.write();
        }
        int[] lengths = {1, 4096, SnapshotTransfer.MAX_CHUNK_BYTES};
        for (int length : lengths) {
            for (int offset : new int[] {0, 12_345, copy.length - length}) {
                assertArrayEquals(
                        Arrays.copyOfRange(copy, offset, offset + length),
                        get(transfer.chunk(offer.id(), offset, length)));
            }
        }
        assertRefused(Reason.FAILED, transfer.chunk(offer.id(), copy.length, 1));
        assertRefused(Reason.FAILED, transfer.chunk(offer.id(), -1, 1));
        assertRefused(Reason.FAILED, transfer.chunk(offer.id(), Long.MAX_VALUE, 1));
        assertRefused(Reason.FAILED, transfer.chunk(offer.id(), 0, SnapshotTransfer.MAX_CHUNK_BYTES + 1));
        assertRefused(Reason.GONE, transfer.chunk("another", 0, 1));
        stop(giver);
        assertRefused(Reason.NOT_SERVING, transfer.chunk(offer.id(), 0, 1));
        assertRefused(Reason.NOT_SERVING, transfer.offer(0, null));
    }

    @Test
    void oneCopyIsSharedByThoseWhoComeTogetherAndNoMoreNodesThanAllowed() {
        SnapshotGiver giver = giver(SETTINGS);
        SnapshotTransfer a = giver.begin("a");
        SnapshotTransfer b = giver.begin("b");
        CompletableFuture<SnapshotOffer> first = a.offer(0, null);
        CompletableFuture<SnapshotOffer> second = b.offer(0, null);
        CompletableFuture<SnapshotOffer> third = giver.begin("c").offer(0, null);
        assertEquals(get(first), get(second));
        assertRefused(Reason.BUSY, third);
        a.close();
        assertEquals(get(first), get(giver.begin("c").offer(0, null)));
        stop(giver);
    }

    @Test
    void aNodeThatComesAgainTakesItsOwnPlaceAndGoesOn() {
        SnapshotGiver giver = giver(SETTINGS.withMaxTransfers(1));
        SnapshotTransfer dead = giver.begin("a");
        SnapshotOffer offer = get(dead.offer(0, null));
        SnapshotTransfer again = giver.begin("a");
        assertEquals(offer, get(again.offer(0, offer.id())));
        dead.close(); // noticed late
        assertRefused(Reason.BUSY, giver.begin("b").offer(0, null));
        assertRefused(Reason.GONE, again.offer(0, "another"));
        stop(giver);
    }

    @Test
    void aCopyIsOfferedToOthersWhileItIsFreshOrInUseAndMadeAnewAfterwards() {
        SnapshotGiver giver = giver(SETTINGS);
        SnapshotTransfer a = giver.begin("a");
        SnapshotOffer old = get(a.offer(0, null));
        file.write();
        for (int i = 0; i < 4; i++) {
            world.run(20_000);
            get(a.chunk(old.id(), 0, 1));
        }
        assertEquals(old, get(giver.begin("b").offer(0, null)), "a is taking it");
        assertRefused(Reason.BUSY, giver.begin("b").offer(file.index(), null));
        SnapshotTransfer again = giver.begin("a");
        a.close();
        SnapshotOffer fresh = get(again.offer(0, null));
        assertNotEquals(old.id(), fresh.id());
        assertEquals(file.index(), fresh.index());
        assertEquals(1, file.filesBeside().size());
        stop(giver);
    }

    @Test
    void aCopyThatNobodyUsesIsDeletedAndNotBefore() {
        SnapshotGiver giver = giver(SETTINGS);
        SnapshotTransfer a = giver.begin("a");
        SnapshotOffer offer = get(a.offer(0, null));
        a.close();
        world.run(50_000);
        assertEquals(offer, get(giver.begin("a").offer(0, offer.id())));
        world.run(50_000);
        assertEquals(1, file.filesBeside().size());
        world.run(100_000);
        assertEquals(List.of(), file.filesBeside(), "also if the connection that has it does nothing");
        assertRefused(Reason.GONE, giver.begin("a").offer(0, offer.id()));
        stop(giver);
    }

    @Test
    void aNodeThatDoesNotServeOrIsBehindOrHasNoRoomSaysSo() {
        SnapshotGiver giver = giver(SETTINGS);
        SnapshotTransfer a = giver.begin("a");
        assertRefused(Reason.BEHIND, a.offer(file.index() + 1, null));
        SnapshotOffer offer = get(a.offer(0, null));
        refusal.set("quarantined");
        assertRefused(Reason.NOT_SERVING, a.offer(0, null));
        assertRefused(Reason.NOT_SERVING, a.chunk(offer.id(), 0, 1));
        refusal.set(null);
        get(giver.discard());
        assertEquals(List.of(), file.filesBeside());
        assertRefused(Reason.GONE, a.chunk(offer.id(), 0, 1));
        stop(giver);

        SnapshotGiver full = giver(SETTINGS.withMinFreeBytes(Long.MAX_VALUE / 2));
        assertRefused(Reason.NO_SPACE, full.begin("a").offer(0, null));
        stop(full);
    }

    @Test
    void chunksKeepThePace() {
        SnapshotGiver giver = giver(SETTINGS.withMaxBytesPerSecond(1_000_000));
        SnapshotTransfer a = giver.begin("a");
        SnapshotOffer offer = get(a.offer(0, null));
        long[] received = {0};
        long[] late = {0};
        for (int i = 0; i < 20; i++) {
            a.chunk(offer.id(), 0, 500_000).thenAccept(bytes -> received[0] += bytes.length);
        }
        for (int second = 1; second <= 9; second++) {
            world.run(1_000);
            assertTrue(received[0] <= second * 1_000_000L + 600_000, received[0] + " after " + second + " s");
            late[0] = received[0];
        }
        assertTrue(late[0] >= 8_500_000, "and is not slower: " + late[0]);
        stop(giver);
    }

    @Test
    void whatAProcessThatDiedHasLeftIsDeletedAndNothingElse() throws Exception {
        Path left = Files.createFile(directory.resolve("db-snapshot-0123456789abcdef"));
        Path journal = Files.createFile(directory.resolve("db-snapshot-0123456789abcdef-journal"));
        Path other = Files.createFile(directory.resolve("db-snapshot-of-mine"));
        SnapshotGiver giver = giver(SETTINGS);
        assertFalse(Files.exists(left));
        assertFalse(Files.exists(journal));
        assertTrue(Files.exists(other));
        assertTrue(Files.exists(file.path));
        Files.delete(other);
        stop(giver);
    }

    @Test
    void closingGivesUpACopyUnderWayAndWhoWaitsForItHearsOfIt() throws Exception {
        try (LiveEnvironment live = new LiveEnvironment("closing")) {
            // At this pace the copy would take a quarter of a minute after its first step.
            SnapshotGiver giver = new SnapshotGiver(
                    file.path, file.mainFile, SETTINGS.withCopyBytesPerSecond(50_000), live, refusal::get);
            for (int i = 0; i < 8; i++) {
                file.apply("INSERT INTO t(b) SELECT b FROM t LIMIT 250");
            }
            CompletableFuture<SnapshotOffer> offer = giver.begin("a").offer(0, null);
            await().until(() -> !file.filesBeside().isEmpty());
            CompletableFuture<byte[]> meanwhile = giver.begin("b").chunk("x", 0, 1);
            assertThrows(Exception.class, () -> meanwhile.get(5, TimeUnit.SECONDS), "others are answered meanwhile");
            assertFalse(offer.isDone());
            long start = System.nanoTime();
            giver.close();
            giver.close();
            assertTrue(System.nanoTime() - start < 3_000_000_000L);
            assertTrue(offer.isCompletedExceptionally());
            assertEquals(List.of(), file.filesBeside());
        }
        // A thread that has done its last work may be seen for a moment still.
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("wesdb-closing-")));
    }

    @Test
    void aCopyBegunAnewAfterOneWasGivenUpIsGiven() throws Exception {
        try (LiveEnvironment live = new LiveEnvironment("again")) {
            SnapshotGiver giver = new SnapshotGiver(file.path, file.mainFile, SETTINGS, live, refusal::get);
            for (int i = 0; i < 20; i++) {
                CompletableFuture<SnapshotOffer> given = giver.begin("a").offer(0, null);
                CompletableFuture<Void> discarded = giver.discard();
                CompletableFuture<SnapshotOffer> again = giver.begin("a").offer(0, null);
                discarded.get(10, TimeUnit.SECONDS);
                assertEquals(file.index(), again.get(10, TimeUnit.SECONDS).index());
                assertTrue(given.isDone());
                assertEquals(1, file.filesBeside().size());
            }
            giver.close();
        }
    }
}
