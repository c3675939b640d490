package io.wesdb.internal.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.Statement;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SystemEnvironment;
import io.wesdb.internal.log.memory.InMemoryLogStore;
import io.wesdb.internal.sqlite.ReadLimits;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.ReaderPoolSettings;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.sqlite.StorageException;
import io.wesdb.internal.sqlite.VisibleIndex;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every asynchronous read ends, on the right thread, and gives its turn back; with one reader the next read proves that. */
@Timeout(60)
class ReadGatewayTest {
    private static final Statement ONE = Statement.of("SELECT 1");
    private static final Statement ENDLESS =
            Statement.of("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
    private static final ReadOptions PATIENT = ReadOptions.local().withTimeout(Duration.ofMinutes(10));

    @TempDir
    Path directory;

    private final SystemEnvironment env = new SystemEnvironment("test", null, 5_000);
    private volatile Executor queries = env.queries();
    private Replica replica;
    private ReaderPool pool;
    private ReadGateway gateway;
    private final List<StorageException> faults = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() {
        ReplicaSettings settings = new ReplicaSettings(
                directory.resolve("a.db"), "cluster", "lineage", true, ZoneOffset.UTC, 4096, 1 << 20);
        VisibleIndex visible = new VisibleIndex();
        replica = Replica.open(settings, visible);
        Lane timers = env.newLane("timers");
        pool = ReaderPool.open(
                settings, ReaderPoolSettings.of(1, 1, Duration.ofMinutes(5)), visible, env.clock(), timers);
        Duration timeout = Duration.ofMinutes(10);
        gateway = new ReadGateway(
                new WithQueries(),
                timers,
                pool,
                new AppliedIndex(0),
                new HeadBarrier(new InMemoryLogStore().log("test"), env.clock(), index -> {}),
                () -> {},
                new ReadSettings(timeout, timeout, ReadLimits.NONE, 4096),
                faults::add);
    }

    @AfterEach
    void close() {
        pool.close();
        assertTrue(pool.awaitReleased(30_000), "a reader was not given back");
        replica.close();
        env.close();
    }

    private void assertFit() {
        assertEquals(1, gateway.query(PATIENT, ONE).single().getLong(0));
        assertEquals(1, gateway.queryAsync(PATIENT, ONE).join().single().getLong(0));
    }

    private static NotDoneException failure(CompletableFuture<?> read) {
        CompletionException e = assertThrows(
                CompletionException.class,
                () -> read.orTimeout(30, TimeUnit.SECONDS).join());
        return assertInstanceOf(NotDoneException.class, e.getCause());
    }

    @Test
    void aReadThatNoThreadCanBeMadeForIsToldSoAndGivesItsTurnBack() {
        Executor before = queries;
        queries = work -> {
            throw new OutOfMemoryError("unable to create native thread");
        };
        CompletableFuture<QueryResult> read = gateway.queryAsync(PATIENT, ONE);
        assertEquals(ErrorCode.OVERLOADED, failure(read).code());
        queries = before;
        assertFit();
    }

    /** Or the deadlines of all reads would wait for it. */
    @Test
    void whatACallerHangsOnAReadThatFailsDoesNotRunOnTheTimersLane() {
        ReadOptions soon = ReadOptions.local().withTimeout(Duration.ofMillis(20));
        CompletableFuture<String> notFresh = gateway.queryAsync(soon.withMinIndex(5), ONE)
                .handle((read, failure) -> Thread.currentThread().getName());
        assertTrue(notFresh.join().startsWith("wesdb-test-worker"), notFresh.join());

        CompletableFuture<QueryResult> slow = gateway.queryAsync(PATIENT, ENDLESS);
        CompletableFuture<String> noTurn = gateway.queryAsync(soon, ONE)
                .handle((read, failure) -> Thread.currentThread().getName());
        assertTrue(noTurn.join().startsWith("wesdb-test-worker"), noTurn.join());
        slow.cancel(true);
        assertFit();
    }

    @Test
    void aReadThatItsCallerNoLongerWaitsForIsInterrupted() {
        CompletableFuture<QueryResult> slow = gateway.queryAsync(PATIENT, ENDLESS);
        Awaitility.await().until(ReadGatewayTest::queryIsRunning);
        slow.completeExceptionally(new IllegalStateException("the caller's own timeout"));
        assertFit();
    }

    private static boolean queryIsRunning() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("wesdb-test-query"))
                .flatMap(thread -> Arrays.stream(thread.getValue()))
                .anyMatch(frame -> frame.getClassName().endsWith("NativeDB"));
    }

    /** As many wait as may; an executor that refuses them all must not nest them all in one stack. */
    @Test
    void anExecutorThatTakesNoMoreWorkLosesNoTurn() {
        CompletableFuture<QueryResult> slow = gateway.queryAsync(PATIENT, ENDLESS);
        CompletableFuture<?>[] waiting = new CompletableFuture<?>[4_000];
        for (int i = 0; i < waiting.length; i++) {
            waiting[i] = gateway.queryAsync(PATIENT, ONE);
        }
        Executor before = queries;
        queries = work -> {
            throw new RejectedExecutionException("full");
        };
        slow.cancel(true);
        for (CompletableFuture<?> read : waiting) {
            assertEquals(ErrorCode.OVERLOADED, failure(read).code());
        }
        queries = before;
        assertFit();
    }

    private final class WithQueries implements Environment {
        @Override
        public Clock clock() {
            return env.clock();
        }

        @Override
        public long randomLong() {
            return env.randomLong();
        }

        @Override
        public Lane newLane(String role) {
            return env.newLane(role);
        }

        @Override
        public Executor workers() {
            return env.workers();
        }

        @Override
        public Executor queries() {
            return work -> queries.execute(work);
        }

        @Override
        public void close() {}
    }
}
