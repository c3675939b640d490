package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConnection;

/** The write-ahead log cannot grow without end, however others read (I12), and applying goes on. */
@Timeout(60)
class WalReliefTest {
    private static final long NEVER = TimeUnit.DAYS.toMillis(1);
    private static final long BOUND = 1 << 20;
    /** What one entry adds: a blob and some pages around it. */
    private static final long ENTRY = 128 * 1024;

    private static final String WRITE = "UPDATE t SET b = randomblob(100000) WHERE id = ";
    private static final int WRITES = (int) (24 * BOUND / ENTRY);

    @TempDir
    Path directory;

    private TestNode node;
    private Told told;
    private Applier applier;
    private long index;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("a.db"));
        node.must("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
        node.must("INSERT INTO t VALUES (0, NULL), (1, NULL), (2, NULL), (3, NULL)");
        index = node.replica().position().applied();
    }

    @AfterEach
    void close() {
        if (applier != null) {
            applier.close().join();
        }
        node.close();
    }

    /** What an applier tells, and what it is answered. */
    private final class Told implements Applier.Listener {
        final BlockingQueue<Long> applied = new LinkedBlockingQueue<>();
        final List<Long> cuts = new ArrayList<>(); // guarded by itself
        final AtomicLong largest = new AtomicLong();
        final AtomicLong durable = new AtomicLong();
        final CompletableFuture<Throwable> halted = new CompletableFuture<>();
        private final LongConsumer onCut;

        Told(LongConsumer onCut) {
            this.onCut = onCut;
        }

        @Override
        public void applied(List<EntryOutcome> outcomes, ReplicaPosition position) {
            largest.accumulateAndGet(walSize(), Math::max);
            applied.add(position.applied());
        }

        @Override
        public void readsToCut(long olderThanMillis) {
            synchronized (cuts) {
                cuts.add(olderThanMillis);
            }
            onCut.accept(olderThanMillis);
        }

        List<Long> cuts() {
            synchronized (cuts) {
                return List.copyOf(cuts);
            }
        }

        @Override
        public void durable(long durableIndex) {
            durable.set(durableIndex);
        }

        @Override
        public void halted(String why, Throwable cause) {
            halted.complete(cause);
        }

        @Override
        public void outcomesDiffer(long at, long own, long leaders) {}

        @Override
        public void contentSnapshot(ContentSnapshot snapshot) {}

        @Override
        public void statisticsChanged() {}
    }

    private long walSize() {
        try {
            return Files.size(Path.of(node.path + "-wal"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void start(long maxWalBytes, long checkpointMillis, LongConsumer onCut) {
        told = new Told(onCut);
        ApplierSettings settings =
                new ApplierSettings(checkpointMillis, NEVER, Integer.MAX_VALUE, Long.MAX_VALUE, maxWalBytes, 20);
        applier = new Applier(new TestLane(), new TestLane(), node.replica(), settings, told);
        applier.start();
    }

    private static byte[] entry(long at) {
        EncodedBatch batch = BatchCodec.encodeBatch(
                new SessionId(9, 9), at, at, List.of(BatchCodec.encodeCommand(command(WRITE + at % 4))), false);
        return EntryCodec.encode(1, at, TestNode.TIME, 0, OutcomeDigest.NONE, List.of(batch));
    }

    /** One after the other, so that the log can be looked at between. */
    private void write(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            index++;
            applier.add(index, entry(index));
            long applied = 0;
            while (applied < index) {
                applied = told.applied.take();
            }
        }
    }

    /** What was applied is in the file when it is opened again, the same as on a node where nobody read. */
    private void assertContentsRight() {
        assertFalse(told.halted.isDone());
        applier.close().join();
        node.restart();
        assertEquals(index, node.replica().position().applied());
        try (TestNode other = new TestNode(directory.resolve("other.db"))) {
            other.must("CREATE TABLE t(id INTEGER PRIMARY KEY, b)");
            other.must("INSERT INTO t VALUES (0, NULL), (1, NULL), (2, NULL), (3, NULL)");
            for (long at = other.replica().position().applied() + 1; at <= index; at++) {
                other.replica().apply(List.of(decode(at)));
            }
            assertEquals(
                    other.replica().position().digest(),
                    node.replica().position().digest());
            assertEquals(
                    ContentsOf.file(other.path).hashCode(),
                    ContentsOf.file(node.path).hashCode());
        }
    }

    /** Or the checkpoints would end there, unnoticed. */
    @Test
    void aCheckpointThatFailsInAnUnexpectedWayHaltsTheNode() {
        IllegalStateException bug = new IllegalStateException("a bug");
        start(0, 20, age -> {
            throw bug;
        });
        assertEquals(bug, told.halted.orTimeout(30, TimeUnit.SECONDS).join());
    }

    private static io.wesdb.internal.log.Entry decode(long at) {
        return EntryCodec.decode(entry(at), at);
    }

    /** A read that holds a snapshot from {@link #begin} to {@link #end}. Thread safe. */
    private final class Read implements AutoCloseable {
        private final SQLiteConnection connection = Connections.openReader(node.settings);
        private boolean open;

        synchronized Read begin() {
            run("BEGIN");
            run("SELECT count(*) FROM t");
            open = true;
            return this;
        }

        synchronized void end() {
            if (open) {
                open = false;
                run("COMMIT");
            }
        }

        private void run(String sql) {
            try (NativeStatement statement = NativeStatement.prepare(connection, sql)) {
                statement.execute();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public synchronized void close() {
            end();
            Connections.closeQuietly(connection);
        }
    }

    /** Reads of which one is always open, each for a while longer than the applier waits, until they are cut off. */
    private final class OverlappingReads implements AutoCloseable {
        private static final long READ_MILLIS = 250;
        private final Object lock = new Object();
        private final Read[] reads = {new Read(), new Read()};
        private final Thread thread = new Thread(this::run, "overlapping-reads");
        private boolean stopping; // guarded by lock
        private boolean cutting; // guarded by lock

        OverlappingReads start() {
            reads[1].begin();
            thread.start();
            return this;
        }

        private void run() {
            for (int i = 0; await(); i++) {
                reads[i % 2].begin();
                reads[(i + 1) % 2].end();
            }
        }

        /** False when they are to stop. */
        private boolean await() {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READ_MILLIS);
            synchronized (lock) {
                long left = READ_MILLIS;
                while (!stopping && !cutting && left > 0) {
                    try {
                        lock.wait(left);
                    } catch (InterruptedException e) {
                        return false;
                    }
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                }
                cutting = false;
                return !stopping;
            }
        }

        /** Those under way are ended; the next begin at once. */
        void cutAll() {
            synchronized (lock) {
                cutting = true;
                lock.notifyAll();
            }
        }

        @Override
        public void close() throws InterruptedException {
            synchronized (lock) {
                stopping = true;
                lock.notifyAll();
            }
            thread.join();
            for (Read read : reads) {
                read.close();
            }
        }
    }

    @Test
    void anOldReadIsCutOffWhenTheLogReachesItsBound() throws Exception {
        try (Read read = new Read().begin()) {
            start(BOUND, NEVER, olderThanMillis -> read.end());
            write(WRITES);
        }
        assertTrue(told.largest.get() <= BOUND + 2 * ENTRY, "it grew to " + told.largest);
        assertEquals(1_000, told.cuts().get(0));
        assertFalse(told.cuts().contains(0L), "young reads were left alone: " + told.cuts());
        assertContentsRight();
    }

    @Test
    void aYoungReadIsCutOffWhenTheLogReachesTwiceItsBound() throws Exception {
        try (Read read = new Read().begin()) {
            start(BOUND, NEVER, olderThanMillis -> {
                if (olderThanMillis == 0) {
                    read.end();
                }
            });
            write(WRITES);
        }
        assertTrue(told.largest.get() > 2 * BOUND, "the read was not cut off before: " + told.largest);
        assertTrue(told.largest.get() <= 2 * BOUND + 2 * ENTRY, "it grew to " + told.largest);
        assertContentsRight();
    }

    @Test
    void readsThatOverlapLetTheLogGrowWithoutRelief() throws Exception {
        try (OverlappingReads reads = new OverlappingReads().start()) {
            start(Long.MAX_VALUE, 20, olderThanMillis -> reads.cutAll());
            write(WRITES);
        }
        assertTrue(told.largest.get() > 6 * BOUND, "checkpoints alone bounded it: " + told.largest);
        assertEquals(List.of(), told.cuts());
        assertContentsRight();
    }

    @Test
    void readsThatOverlapDoNotKeepTheLogFromBeingBegunAnewWithIt() throws Exception {
        try (OverlappingReads reads = new OverlappingReads().start()) {
            start(BOUND, 20, olderThanMillis -> {
                if (olderThanMillis == 0) {
                    reads.cutAll();
                }
            });
            // How large it gets meanwhile is a matter of how soon a cut takes effect on a busy machine.
            for (int begunAnew = 0; begunAnew < 3; ) {
                long before = walSize();
                write(1);
                begunAnew += walSize() < before ? 1 : 0;
            }
        }
        assertContentsRight();
    }

    @Test
    void whatCannotBeCutOffHoldsUpNothingAndTheLogIsBegunAnewWhenItHasEnded() throws Exception {
        try (Read copy = new Read().begin()) {
            start(BOUND, 20, olderThanMillis -> {});
            write(WRITES);
            assertTrue(told.largest.get() > WRITES * ENTRY / 2);
            assertTrue(
                    told.cuts().size() < WRITES / 2,
                    "it is not tried at every entry: " + told.cuts().size());
            copy.end();
        }
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> walSize() == 0);
        assertEquals(index, told.durable.get());
        assertContentsRight();
    }

    @Test
    void aLogThatWasCutOffHasLeftEverythingInTheFile() throws IOException {
        Replica replica = node.replica();
        node.must(WRITE + 1);
        assertTrue(replica.walBytes() > 100_000);
        assertTrue(replica.truncateWal(100));
        assertEquals(0, replica.walBytes());
        assertEquals(replica.position().applied(), replica.durable());
        assertEquals(replica.position().applied(), replica.sync(), "there is nothing left to sync");
        Path alone = directory.resolve("alone.db");
        Files.copy(node.path, alone);
        assertEquals(node.contents(), ContentsOf.file(alone));

        node.must(WRITE + 2);
        assertTrue(replica.walBytes() > 0);
        assertTrue(replica.durable() < replica.sync(), "the same file is synced as before");
        List<String> contents = node.contents();
        node.restart();
        assertEquals(contents, node.contents());
    }

    @Test
    void aReadPreventsItAndTheWriterWaitsAsLongAsEverForOthersAfterwards() throws SQLException {
        Replica replica = node.replica();
        try (Read read = new Read().begin()) {
            long durable = replica.durable();
            node.must(WRITE + 1);
            assertFalse(replica.truncateWal(10));
            assertTrue(replica.walBytes() > 100_000);
            assertEquals(durable, replica.durable());
            try (NativeStatement timeout = NativeStatement.prepare(replica.sqlite(), "PRAGMA busy_timeout")) {
                timeout.execute();
                assertEquals(Connections.BUSY_TIMEOUT_MILLIS, timeout.integer(0));
            }
            read.end();
            assertTrue(replica.truncateWal(10));
        }
    }
}
