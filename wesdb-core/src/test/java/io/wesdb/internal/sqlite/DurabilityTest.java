package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was synced stays, and waits for nobody (I11 counts on it). */
@Timeout(60)
class DurabilityTest {
    @TempDir
    Path directory;

    private TestNode node;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("a.db"));
        node.must("CREATE TABLE t (x)", "INSERT INTO t VALUES (1)");
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void aSyncMakesDurableWhileAReaderHoldsUpTheCheckpoint() {
        Replica replica = node.replica();
        long checkpointed = replica.checkpoint();
        ReaderPool pool = node.readers(1);
        Reader reader = pool.acquire(Use.QUERY, System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
        reader.open(TestNode.sql("SELECT * FROM t"), TestNode.LIMITS, System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
        node.must("INSERT INTO t VALUES (2)");
        assertEquals(checkpointed, replica.checkpoint());
        assertEquals(checkpointed, replica.durable());
        assertEquals(checkpointed + 1, replica.sync());
        assertEquals(checkpointed + 1, replica.durable());
        assertEquals(checkpointed, replica.checkpoint(), "the file alone does not have it yet");
        assertEquals(checkpointed + 1, replica.durable(), "what was durable stays durable");
        pool.release(reader);
        pool.close();
    }

    @Test
    void aCheckpointThatHasMovedTheLogAwayLeavesNothingToSync() {
        for (int i = 0; i < 20; i++) {
            node.must("INSERT INTO t VALUES (" + i + ")");
            if (i % 3 == 0) {
                node.replica().checkpoint(); // the next write begins the log anew
            }
            assertEquals(node.replica().position().applied(), node.replica().sync());
        }
        node.replica().close();
        assertEquals(21, node.replica().sync(), "nothing to do any more");
    }

    @Test
    void aDiskThatFailsASyncIsNotAskedAgainAndNothingMoreIsApplied() throws IOException {
        node.must("INSERT INTO t VALUES (2)");
        long durable = node.replica().durable();
        node.replica().wal().close();
        StorageException e =
                assertThrows(StorageException.class, () -> node.replica().sync());
        assertEquals(StorageException.Kind.RETRY, e.kind());
        assertEquals(durable, node.replica().durable());
        StorageException again =
                assertThrows(StorageException.class, () -> node.replica().sync());
        assertEquals(e, again.getCause());
        assertEquals(StorageException.Kind.RETRY, again.kind());
        assertThrows(StorageException.class, () -> node.replica().checkpoint());
        assertThrows(StorageException.class, () -> node.must("INSERT INTO t VALUES (3)"));
    }

    @Test
    void aFilePutThereByCopyingOpensAndGoesOn() throws IOException {
        node.replica().checkpoint();
        Path copied = directory.resolve("copied.db");
        Files.copy(node.path, copied);
        try (TestNode other = new TestNode(copied)) {
            assertEquals(1, other.replica().position().applied());
            assertEquals(1, other.replica().durable());
            Entry next = node.entry(List.of(command("INSERT INTO t VALUES (2)")));
            node.replica().apply(List.of(next));
            other.replica().apply(List.of(next));
            assertEquals(2, other.replica().sync());
            assertEquals(
                    node.replica().position().digest(),
                    other.replica().position().digest());
            assertEquals(node.contents(), other.contents());
        }
    }

    /** What an applier tells. */
    private static final class Told implements Applier.Listener {
        final BlockingQueue<Long> durable = new LinkedBlockingQueue<>();
        final CompletableFuture<Throwable> halted = new CompletableFuture<>();
        final CompletableFuture<ContentSnapshot> snapshot = new CompletableFuture<>();

        @Override
        public void applied(List<EntryOutcome> outcomes, ReplicaPosition position) {}

        @Override
        public void durable(long index) {
            durable.add(index);
        }

        @Override
        public void halted(String why, Throwable cause) {
            halted.complete(cause);
        }

        @Override
        public void outcomesDiffer(long index, long own, long leaders) {}

        @Override
        public void readsToCut(long olderThanMillis) {}

        @Override
        public void statisticsChanged() {}

        @Override
        public void contentSnapshot(ContentSnapshot taken) {
            snapshot.complete(taken);
        }
    }

    private static final long NEVER = TimeUnit.DAYS.toMillis(1);

    private static void add(Applier applier, long index, String sql) {
        EncodedBatch batch = BatchCodec.encodeBatch(
                new SessionId(9, 9), index, 7, List.of(BatchCodec.encodeCommand(command(sql))), false);
        applier.add(index, EntryCodec.encode(1, index, TestNode.TIME, 0, OutcomeDigest.NONE, List.of(batch)));
    }

    @Test
    void theApplierSyncsAfterAWhileAndSoonerIfMuchWasApplied() throws Exception {
        for (ApplierSettings settings : List.of(
                ApplierSettings.syncing(NEVER, 20, Integer.MAX_VALUE, Long.MAX_VALUE),
                ApplierSettings.syncing(NEVER, NEVER, 1, Long.MAX_VALUE),
                ApplierSettings.syncing(NEVER, NEVER, Integer.MAX_VALUE, 1),
                ApplierSettings.syncing(20, NEVER, Integer.MAX_VALUE, Long.MAX_VALUE))) {
            Told told = new Told();
            Applier applier = new Applier(new TestLane(), new TestLane(), node.replica(), settings, told);
            applier.start();
            long index = node.replica().position().applied() + 1;
            add(applier, index, "INSERT INTO t VALUES (2)");
            List<Long> durable = new ArrayList<>();
            while (!durable.contains(index)) {
                durable.add(told.durable.take());
            }
            applier.close().join();
            node.restart();
        }
    }

    @Test
    void aFailedSyncHaltsTheApplierWithItsKind() throws Exception {
        Told told = new Told();
        Applier applier = new Applier(
                new TestLane(), new TestLane(), node.replica(), ApplierSettings.syncing(NEVER, NEVER, 1, 1), told);
        node.replica().wal().close();
        add(applier, 2, "INSERT INTO t VALUES (2)");
        StorageException cause = (StorageException) told.halted.join();
        assertEquals(StorageException.Kind.RETRY, cause.kind());
        assertTrue(told.durable.isEmpty());
        applier.close().join();
    }

    @Test
    void aVerificationInTheLogHandsItsSnapshotToTheListener() {
        Told told = new Told();
        Applier applier = new Applier(new TestLane(), new TestLane(), node.replica(), ApplierSettings.defaults(), told);
        add(applier, 2, VerifyCommand.SQL);
        add(applier, 3, "DELETE FROM t");
        try (ContentSnapshot snapshot = told.snapshot.join()) {
            assertEquals(2, snapshot.index());
        }
        applier.close().join();
        assertFalse(told.halted.isDone());
    }
}
