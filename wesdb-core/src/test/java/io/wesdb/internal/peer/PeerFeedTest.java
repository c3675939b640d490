package io.wesdb.internal.peer;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.http.HttpServer;
import io.wesdb.internal.http.HttpServerSettings;
import io.wesdb.internal.http.Leaks;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.ForwardReply.Kind;
import io.wesdb.internal.write.PeerService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a leader tells those who follow it, over real sockets. */
@Timeout(60)
class PeerFeedTest {
    private static final PeerService COMMITS =
            (epoch, batch, timeout, reply) -> reply.accept(ForwardReply.committed(batch.sequence()));

    private final List<Long> told = Collections.synchronizedList(new ArrayList<>());
    private final EntryFeed.Follower follower = (index, entry) -> told.add(index);

    @BeforeAll
    static void watchLeaks() {
        Leaks.watch();
    }

    @AfterEach
    void nothingIsLeft() {
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().startsWith("wesdb-peers-")));
        Leaks.assertNone();
    }

    private static Term term(PeerFixture peers) {
        return new Term(7, "leader", peers.address());
    }

    private static byte[] entry(long index, int bytes) {
        byte[] entry = new byte[bytes];
        new Random(index).nextBytes(entry);
        return entry;
    }

    private void follow(PeerFixture peers) {
        peers.client.follow(term(peers), follower);
        await().until(() -> peers.feed.followers() == 1);
    }

    @Test
    void whoFollowsIsToldEachEntryInOrder() throws Exception {
        List<byte[]> bytes = Collections.synchronizedList(new ArrayList<>());
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            peers.client.follow(term(peers), (index, entry) -> {
                told.add(index);
                bytes.add(entry);
            });
            await().until(() -> peers.feed.followers() == 1);
            for (int i = 1; i <= 50; i++) {
                int before = i - 1;
                await().until(() -> told.size() == before);
                peers.feed.committed(i, entry(i, i * 1_000));
            }
            await().until(() -> told.size() == 50);
            assertEquals(LongStream.rangeClosed(1, 50).boxed().toList(), told);
            for (int i = 1; i <= 50; i++) {
                assertArrayEquals(entry(i, i * 1_000), bytes.get(i - 1));
            }
        }
    }

    /** Or whoever forwards would look for the entry in the log, though it is about to come. */
    @Test
    void anEntryIsToldBeforeTheReplyToWhatIsInIt() throws Exception {
        EntryFeed[] feed = {null};
        PeerService service = (epoch, batch, timeout, reply) -> {
            feed[0].committed(batch.sequence(), entry(batch.sequence(), 5_000));
            reply.accept(ForwardReply.committed(batch.sequence()));
        };
        try (PeerFixture peers = new PeerFixture(service)) {
            feed[0] = peers.feed;
            follow(peers);
            for (int i = 1; i <= 200; i++) {
                long sequence = i;
                boolean first = PeerFixture.forward(peers.client, peers.address(), PeerFixture.batch(i, 100))
                        .thenApply(reply -> told.contains(sequence))
                        .get(10, TimeUnit.SECONDS);
                assertTrue(first, "entry " + i);
            }
        }
    }

    @Test
    void whoDoesNotFollowOrNoMoreIsToldNothing() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            assertEquals(
                    Kind.COMMITTED,
                    peers.forward(PeerFixture.batch(1, 10))
                            .get(10, TimeUnit.SECONDS)
                            .kind());
            assertEquals(0, peers.feed.followers());
            follow(peers);
            peers.client.unfollow();
            peers.forward(PeerFixture.batch(2, 10)).get(10, TimeUnit.SECONDS); // the event loop has heard of it
            peers.feed.committed(1, entry(1, 10));
            peers.forward(PeerFixture.batch(3, 10)).get(10, TimeUnit.SECONDS);
            assertEquals(List.of(), told);
        }
    }

    @Test
    void largeEntriesAreLeftToTheLog() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            follow(peers);
            peers.feed.committed(1, entry(1, EntryFeed.MAX_ENTRY_BYTES + 1));
            peers.feed.committed(2, entry(2, EntryFeed.MAX_ENTRY_BYTES));
            await().until(() -> !told.isEmpty());
            assertEquals(List.of(2L), told);
        }
    }

    /** While nobody can be reached each write that is refused would otherwise begin its own series of attempts to follow. */
    @Test
    void howeverOftenWritesAreRefusedThereIsOneAttemptToFollowAtATime() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        try (PeerFixture peers = new PeerFixture(COMMITS);
                ServerSocket hangsUp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread accepting = new Thread(() -> {
                try {
                    while (true) {
                        hangsUp.accept().close();
                        attempts.incrementAndGet();
                    }
                } catch (IOException e) {
                    // the test is over
                }
            });
            accepting.setDaemon(true);
            accepting.start();
            String address = "127.0.0.1:" + hangsUp.getLocalPort();
            peers.client.follow(new Term(7, "leader", address), follower);
            for (int i = 1; i <= 50; i++) {
                assertEquals(
                        Kind.UNREACHABLE,
                        PeerFixture.forward(peers.client, address, PeerFixture.batch(i, 10))
                                .get(10, TimeUnit.SECONDS)
                                .kind());
            }
            int before = attempts.get();
            long begun = System.nanoTime();
            await().until(() -> attempts.get() >= before + 4);
            assertTrue(System.nanoTime() - begun >= TimeUnit.MILLISECONDS.toNanos(900), "they come in a row");
        }
    }

    @Test
    void aConnectionThatIsLostIsMadeAnew() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            follow(peers);
            int port = peers.server.boundPort();
            peers.server.close();
            await().until(() -> peers.feed.followers() == 0);
            peers.feed.committed(1, entry(1, 10));
            PeerAcceptor acceptor = new PeerAcceptor(
                    new PeerIdentity(PeerFixture.SECRET, "cluster", "leader"),
                    PeerFixture.SETTINGS,
                    COMMITS,
                    peers.feed,
                    SnapshotService.refusing("a test"),
                    peers.random::nextLong);
            try (HttpServer again = HttpServer.start(
                    HttpServerSettings.of("127.0.0.1", port, false, 1024),
                    peers.io.group(),
                    peers.workers,
                    peers.workers,
                    acceptor::upgrade)) {
                await().until(() -> peers.feed.followers() == 1);
                peers.feed.committed(2, entry(2, 10));
                await().until(() -> told.equals(List.of(2L)));
                assertTrue(again.boundPort() == port);
            }
        }
    }
}
