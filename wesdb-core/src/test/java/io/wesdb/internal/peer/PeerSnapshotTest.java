package io.wesdb.internal.peer;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.http.HttpServer;
import io.wesdb.internal.http.HttpServerSettings;
import io.wesdb.internal.http.IoThreads;
import io.wesdb.internal.http.Leaks;
import io.wesdb.internal.snapshot.FetchSettings;
import io.wesdb.internal.snapshot.GivingFile;
import io.wesdb.internal.snapshot.MemorySink;
import io.wesdb.internal.snapshot.SnapshotFetch;
import io.wesdb.internal.snapshot.SnapshotFetch.Fetched;
import io.wesdb.internal.snapshot.SnapshotFetch.Source;
import io.wesdb.internal.snapshot.SnapshotGiver;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotRefusedException;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.snapshot.SnapshotSettings;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.zookeeper.LiveEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots over real sockets, from a real file. */
@Timeout(120)
class PeerSnapshotTest {
    private static final PeerSettings PEERS = PeerFixture.SETTINGS;
    private static final int MEGA = 1024 * 1024;

    @TempDir
    Path directory;

    private final LiveEnvironment env = new LiveEnvironment("snapper");
    private final IoThreads io = new IoThreads("snapper", 2, Duration.ofSeconds(2));
    private final PeerSnapshotClient client = client(PEERS);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final MemorySink sink = new MemorySink();
    private @Nullable GivingFile file;

    @BeforeAll
    static void watchLeaks() {
        Leaks.watch();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        client.close();
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        io.close();
        env.close();
        if (file != null) {
            assertEquals(List.of(), file.filesBeside());
            file.close();
        }
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().startsWith("wesdb-snapper-")));
        Leaks.assertNone();
    }

    private PeerSnapshotClient client(PeerSettings settings) {
        return new PeerSnapshotClient(
                new PeerIdentity(PeerFixture.SECRET, "cluster", "newcomer"),
                settings,
                io.group(),
                Runnable::run,
                env::randomLong);
    }

    private GivingFile file(int megabytes) {
        GivingFile made = new GivingFile(directory.resolve("db"), megabytes);
        file = made;
        return made;
    }

    private SnapshotGiver giver(SnapshotSettings settings) {
        assertNotNull(file);
        return opened(new SnapshotGiver(file.path, file.mainFile, settings, env, () -> null));
    }

    private <T extends AutoCloseable> T opened(T it) {
        opened.add(it);
        return it;
    }

    private HttpServer serve(SnapshotService service) {
        PeerAcceptor acceptor = new PeerAcceptor(
                new PeerIdentity(PeerFixture.SECRET, "cluster", "giver"),
                PEERS,
                (epoch, batch, timeout, reply) -> {},
                new EntryFeed(),
                service,
                env::randomLong);
        return opened(HttpServer.start(
                HttpServerSettings.of("127.0.0.1", 0, false, 1024),
                io.group(),
                Runnable::run,
                Runnable::run,
                acceptor::upgrade));
    }

    private static String address(HttpServer server) {
        return "127.0.0.1:" + server.boundPort();
    }

    private SnapshotFetch fetch(long minIndex, Source... sources) {
        return opened(new SnapshotFetch(
                env.newLane("fetch"),
                env.clock(),
                client,
                () -> List.of(sources),
                sink,
                minIndex,
                new FetchSettings(256 * 1024, 16, 20, 1_000, 5)));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    /** A service that counts what is asked of it. */
    private static final class Counting implements SnapshotService {
        private final SnapshotService service;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicInteger resumed = new AtomicInteger();
        private final AtomicInteger begun = new AtomicInteger();

        Counting(SnapshotService service) {
            this.service = service;
        }

        @Override
        public SnapshotTransfer begin(String forNode) {
            SnapshotTransfer to = service.begin(forNode);
            return new SnapshotTransfer() {
                @Override
                public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
                    (resumeId == null ? begun : resumed).incrementAndGet();
                    return to.offer(minIndex, resumeId);
                }

                @Override
                public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
                    bytes.addAndGet(length);
                    return to.chunk(snapshotId, offset, length);
                }

                @Override
                public void close() {
                    to.close();
                }
            };
        }
    }

    @Test
    void aFileIsFetchedByteForByteWhileItIsWrittenAndTheWriterIsNotHeldUp() throws Exception {
        GivingFile db = file(50);
        long first = db.index();
        // At this pace it takes some seconds.
        HttpServer server = serve(giver(SnapshotSettings.defaults().withMaxBytesPerSecond(15_000_000)));
        CompletableFuture<Fetched> result =
                fetch(first, new Source("giver", address(server))).start();
        long begun = System.nanoTime();
        long longest = 0;
        int writes = 0;
        byte[] copy = null;
        while (!result.isDone()) {
            long start = System.nanoTime();
            db.write();
            writes++;
            longest = Math.max(longest, System.nanoTime() - start);
            if (copy == null && sink.begun.size() == 1) {
                copy = Files.readAllBytes(directory.resolve(db.filesBeside().get(0)));
            }
        }
        Fetched fetched = get(result);
        long all = System.nanoTime() - begun;
        assertTrue(writes > 2, writes + " commits");
        assertTrue(longest < all / 2, "a commit took " + longest / 1_000_000 + " of " + all / 1_000_000 + " ms");
        assertTrue(sink.isWhole());
        if (copy == null) {
            copy = Files.readAllBytes(directory.resolve(db.filesBeside().get(0)));
        }
        assertTrue(copy.length > 50_000_000);
        assertArrayEquals(copy, sink.bytes());
        Path got = Files.write(directory.resolve("got"), sink.bytes());
        assertEquals("ok", GivingFile.value(got, "PRAGMA integrity_check"));
        assertEquals(fetched.offer().index(), Long.parseLong(GivingFile.value(got, "SELECT applied FROM wesdb_meta")));
        assertTrue(fetched.offer().index() >= first && fetched.offer().index() <= first + writes);
        assertTrue(db.index() > fetched.offer().index(), "commits went on");
    }

    @Test
    void aBrokenConnectionIsMadeAgainAndTheTransferGoesOnWhereItWas() throws Exception {
        file(12);
        Counting counting = new Counting(giver(SnapshotSettings.defaults()));
        long[] cuts = {500, 100_000, 3 * MEGA, 3 * MEGA + 17, 5 * MEGA};
        try (TcpProxy proxy = new TcpProxy(
                serve(counting).boundPort(),
                (connection, offset, bytes, length) ->
                        connection > cuts.length || offset + length < cuts[connection - 1])) {
            Fetched fetched = get(fetch(0, new Source("giver", proxy.address())).start());
            assertTrue(sink.isWhole());
            assertEquals(1, sink.begun.size(), "begun once");
            assertEquals(cuts.length + 1, proxy.connections.get());
            assertTrue(counting.resumed.get() >= cuts.length - 1);
            long lost = (long) cuts.length * 16 * 256 * 1024;
            assertTrue(counting.bytes.get() <= fetched.offer().lengthBytes() + lost, counting.bytes + " bytes");
        }
    }

    @Test
    void aChunkDamagedOnTheWayIsNoticedAndFetchedAgain() throws Exception {
        file(8); // at most three are through when the third connection begins, which must get to its fourth
        AtomicInteger damaged = new AtomicInteger();
        try (TcpProxy proxy = new TcpProxy(
                serve(giver(SnapshotSettings.defaults())).boundPort(), (connection, offset, bytes, length) -> {
                    if (connection <= 3 && offset + length > connection * MEGA && offset <= connection * MEGA) {
                        bytes[length / 2] ^= 1;
                        damaged.incrementAndGet();
                    }
                    return true;
                })) {
            get(fetch(0, new Source("giver", proxy.address())).start());
            assertTrue(sink.isWhole());
            assertEquals(3, damaged.get());
            assertEquals(4, proxy.connections.get());
        }
    }

    @Test
    void garbageFromTheServerEndsTheConnection() throws Exception {
        file(2);
        Random random = new Random(5);
        try (TcpProxy proxy = new TcpProxy(
                serve(giver(SnapshotSettings.defaults())).boundPort(), (connection, offset, bytes, length) -> {
                    if (connection <= 5 && offset > 1_000) {
                        for (int i = 0; i < length; i++) {
                            bytes[i] = (byte) random.nextInt();
                        }
                    }
                    return true;
                })) {
            get(fetch(0, new Source("giver", proxy.address())).start());
            assertTrue(sink.isWhole());
        }
    }

    @Test
    void aBusyGiverSaysSoAndWhenToAskAgain() throws Exception {
        file(1);
        HttpServer server = serve(giver(SnapshotSettings.defaults().withMaxTransfers(1)));
        try (PeerSnapshotClient other = new PeerSnapshotClient(
                new PeerIdentity(PeerFixture.SECRET, "cluster", "other"),
                PEERS,
                io.group(),
                Runnable::run,
                env::randomLong)) {
            SnapshotTransfer first = get(other.connect(address(server)));
            SnapshotOffer offer = get(first.offer(0, null));
            SnapshotTransfer second = get(client.connect(address(server)));
            SnapshotRefusedException busy = refusal(second.offer(0, null));
            assertEquals(Reason.BUSY, busy.reason());
            assertEquals(1_000, busy.retryAfterMillis());
            assertEquals(Reason.GONE, refusal(second.chunk("another", 0, 10)).reason());
            first.close();
            await().until(() -> {
                try {
                    return second.offer(0, null).get(5, TimeUnit.SECONDS).equals(offer);
                } catch (ExecutionException stillBusy) {
                    return false;
                }
            });
            assertEquals(100, get(second.chunk(offer.id(), 5, 100)).length);
        }
    }

    private static SnapshotRefusedException refusal(CompletableFuture<?> answer) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(answer));
        return assertInstanceOf(SnapshotRefusedException.class, failure.getCause());
    }

    @Test
    void aGiverThatClosesInTheMiddleIsReplacedByAnother() throws Exception {
        file(8);
        SnapshotGiver slow = giver(SnapshotSettings.defaults().withMaxBytesPerSecond(4 * MEGA));
        HttpServer closing = serve(slow);
        Path other = directory.resolve("other");
        Files.createDirectory(other);
        try (GivingFile second = new GivingFile(other.resolve("db"), 3);
                SnapshotGiver ready =
                        new SnapshotGiver(second.path, second.mainFile, SnapshotSettings.defaults(), env, () -> null)) {
            CompletableFuture<Fetched> result = fetch(
                            0, new Source("closing", address(closing)), new Source("ready", address(serve(ready))))
                    .start();
            await().until(() -> sink.bytes().length > MEGA);
            slow.close();
            closing.close();
            assertEquals("ready", get(result).sourceNode());
            assertTrue(sink.isWhole());
            assertEquals(List.of("closing", "ready"), sink.begun);
        }
    }

    @Test
    void whoAsksForMoreThanTheServerWillHoldForItIsCutOff() throws Exception {
        AtomicLong asked = new AtomicLong();
        List<CompletableFuture<byte[]>> held = new ArrayList<>();
        SnapshotService holding = new SnapshotService() {
            @Override
            public SnapshotTransfer begin(String forNode) {
                return new SnapshotTransfer() {
                    @Override
                    public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
                        return new CompletableFuture<>();
                    }

                    @Override
                    public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
                        asked.addAndGet(length);
                        CompletableFuture<byte[]> answer = new CompletableFuture<>();
                        held.add(answer);
                        return answer;
                    }

                    @Override
                    public void close() {}
                };
            }
        };
        SnapshotTransfer greedy = get(client.connect(address(serve(holding))));
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(greedy.chunk("x", 0, MEGA));
        }
        for (CompletableFuture<byte[]> answer : answers) {
            assertInstanceOf(
                    IOException.class,
                    assertThrows(ExecutionException.class, () -> get(answer)).getCause());
        }
        assertEquals(8 * MEGA, asked.get());
        held.forEach(answer -> answer.complete(new byte[MEGA])); // and answers for nobody are thrown away
    }

    @Test
    void aClientThatDoesNotReadMakesTheServerHoldNoMoreThanItsWindow() throws Exception {
        file(20);
        Counting counting = new Counting(giver(SnapshotSettings.defaults()));
        CountDownLatch goOn = new CountDownLatch(1);
        try (TcpProxy proxy = new TcpProxy(serve(counting).boundPort(), (connection, offset, bytes, length) -> {
            return offset < MEGA || awaited(goOn);
        })) {
            CompletableFuture<Fetched> result =
                    fetch(0, new Source("giver", proxy.address())).start();
            await().until(() -> sink.bytes().length > MEGA / 2);
            await().during(Duration.ofSeconds(1)).until(() -> counting.bytes.get() <= 6 * MEGA);
            goOn.countDown();
            get(result);
            assertTrue(sink.isWhole());
        }
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    @Test
    void aServerThatLivesButDoesNotAnswerIsGivenUp() throws Exception {
        HttpServer silent = serve(forNode -> new SnapshotTransfer() {
            @Override
            public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
                return new CompletableFuture<>();
            }

            @Override
            public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
                return new CompletableFuture<>();
            }

            @Override
            public void close() {}
        });
        try (PeerSnapshotClient hasty = client(PEERS.withChunkTimeout(Duration.ofMillis(200)))) {
            SnapshotTransfer transfer = get(hasty.connect(address(silent)));
            CompletableFuture<SnapshotOffer> offer = transfer.offer(0, null);
            CompletableFuture<byte[]> chunk = transfer.chunk("x", 0, 10);
            assertThrows(ExecutionException.class, () -> get(chunk));
            assertThrows(ExecutionException.class, () -> get(offer));
            assertThrows(ExecutionException.class, () -> get(transfer.chunk("x", 0, 10)));
        }
    }

    @Test
    void aConnectionThatEndsGivesItsPlaceBack() throws Exception {
        AtomicInteger open = new AtomicInteger();
        HttpServer server = serve(forNode -> {
            open.incrementAndGet();
            SnapshotTransfer refusing = SnapshotService.refusing("a test").begin(forNode);
            return new SnapshotTransfer() {
                @Override
                public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
                    return refusing.offer(minIndex, resumeId);
                }

                @Override
                public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
                    return refusing.chunk(snapshotId, offset, length);
                }

                @Override
                public void close() {
                    open.decrementAndGet();
                }
            };
        });
        SnapshotTransfer transfer = get(client.connect(address(server)));
        assertEquals(0, open.get(), "nothing is held for who asks nothing");
        assertEquals(Reason.NOT_SERVING, refusal(transfer.offer(0, null)).reason());
        assertEquals(1, open.get());
        transfer.close();
        await().until(() -> open.get() == 0);
    }

    @Test
    void whoCannotBeReachedOrBelongsToAnotherClusterFails() throws Exception {
        HttpServer server = serve(SnapshotService.refusing("a test"));
        try (PeerSnapshotClient stranger = new PeerSnapshotClient(
                new PeerIdentity(PeerFixture.SECRET, "elsewhere", "stranger"),
                PEERS,
                io.group(),
                Runnable::run,
                env::randomLong)) {
            assertThrows(ExecutionException.class, () -> get(stranger.connect(address(server))));
        }
        for (String address : List.of("127.0.0.1:1", "nonsense", "no.such.host.invalid:1")) {
            assertThrows(ExecutionException.class, () -> get(client.connect(address)));
        }
        SnapshotTransfer transfer = get(client.connect(address(server)));
        client.close();
        client.close();
        assertThrows(ExecutionException.class, () -> get(transfer.offer(0, null)));
        assertThrows(ExecutionException.class, () -> get(client.connect(address(server))));
        assertFalse(client.connect(address(server)).isCancelled());
    }
}
