package io.wesdb.internal.peer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.http.Leaks;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.peer.PeerIdentity.Handshake;
import io.wesdb.internal.peer.PeerIdentity.Side;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.ForwardReply.Kind;
import io.wesdb.internal.write.PeerService;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The peer protocol over real sockets: who is let in, and what becomes of each forwarded batch. */
@Timeout(60)
class PeerProtocolTest {
    private static final String NONCE = "ab".repeat(32);
    private static final PeerService COMMITS =
            (epoch, batch, timeout, reply) -> reply.accept(ForwardReply.committed(batch.sequence()));

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

    @Test
    void aBatchArrivesAsItWasSentAndItsReplyComesBack() throws Exception {
        List<Object> seen = new ArrayList<>();
        PeerService service = (epoch, batch, timeout, reply) -> {
            seen.addAll(List.of(epoch, timeout, batch));
            reply.accept(ForwardReply.refused(Kind.OVERLOADED, "full: ü", 42));
        };
        try (PeerFixture peers = new PeerFixture(service)) {
            EncodedBatch sent = PeerFixture.batch(4, 100_000);
            ForwardReply reply = peers.forward(sent).get(10, TimeUnit.SECONDS);
            assertEquals(ForwardReply.refused(Kind.OVERLOADED, "full: ü", 42), reply);
            assertEquals(7L, seen.get(0));
            assertEquals(1234L, seen.get(1));
            EncodedBatch got = (EncodedBatch) seen.get(2);
            assertEquals(sent.session(), got.session());
            assertEquals(sent.sequence(), got.sequence());
            assertEquals(sent.commandCount(), got.commandCount());
            assertEquals(sent.alone(), got.alone());
            assertArrayEquals(sent.bytes(), got.bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 70_000, PeerFixture.MAX_BATCH_BYTES})
    void batchesOfAnySizeUpToTheBoundPass(int size) throws Exception {
        try (PeerFixture peers = new PeerFixture((epoch, batch, timeout, reply) ->
                reply.accept(ForwardReply.committed(Arrays.hashCode(batch.bytes()))))) {
            EncodedBatch sent = PeerFixture.batch(1, size);
            assertEquals(
                    ForwardReply.committed(Arrays.hashCode(sent.bytes())),
                    peers.forward(sent).get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aBatchBeyondTheBoundIsNotSent() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            EncodedBatch large = PeerFixture.batch(1, PeerFixture.MAX_BATCH_BYTES + 1);
            assertEquals(Kind.OVERLOADED, peers.forward(large).get().kind());
        }
    }

    @Test
    void everyForwardOfManyThreadsIsAnsweredOnceAndInAnyOrder() throws Exception {
        ScheduledExecutorService late = Executors.newScheduledThreadPool(2);
        Random random = new Random(1);
        PeerService service = (epoch, batch, timeout, reply) -> late.schedule(
                () -> {
                    reply.accept(ForwardReply.committed(batch.sequence()));
                    reply.accept(ForwardReply.committed(-1)); // a service's mistake must not reach the other side
                },
                random.nextInt(5),
                TimeUnit.MILLISECONDS);
        try (PeerFixture peers = new PeerFixture(service)) {
            List<CompletableFuture<ForwardReply>> replies = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int first = t * 1_250;
                Thread thread = new Thread(() -> {
                    for (int i = first; i < first + 1_250; i++) {
                        int sequence = i;
                        replies.add(peers.forward(PeerFixture.batch(sequence, i % 300))
                                .thenApply(reply -> {
                                    assertEquals(ForwardReply.committed(sequence), reply);
                                    return reply;
                                }));
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(10_000, replies.size());
            CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
        } finally {
            late.shutdownNow();
        }
    }

    @Test
    void batchesArriveInTheOrderInWhichTheyWereGiven() throws Exception {
        ConcurrentLinkedQueue<Long> seen = new ConcurrentLinkedQueue<>();
        PeerService service = (epoch, batch, timeout, reply) -> {
            seen.add(batch.sequence());
            reply.accept(ForwardReply.committed(1));
        };
        try (PeerFixture peers = new PeerFixture(service)) {
            CompletableFuture<ForwardReply> last = null;
            for (int i = 0; i < 3_000; i++) {
                last = peers.forward(PeerFixture.batch(i, i % 7 == 0 ? 20_000 : 10));
            }
            last.get(20, TimeUnit.SECONDS);
            long expected = 0;
            for (long sequence : seen) {
                assertEquals(expected++, sequence);
            }
            assertEquals(3_000, expected);
        }
    }

    @Test
    void anotherSecretIsFoundOutByBothSides() throws Exception {
        AtomicInteger served = new AtomicInteger();
        byte[] wrong = "another secret".getBytes(StandardCharsets.UTF_8);
        try (PeerFixture peers = new PeerFixture(counting(served), PeerFixture.SETTINGS, wrong, "cluster")) {
            assertEquals(
                    Kind.UNREACHABLE,
                    peers.forward(PeerFixture.batch(1, 10))
                            .get(10, TimeUnit.SECONDS)
                            .kind());
            // A client that does not mind whom it talks to is thrown out by the server.
            try (RawPeer raw = new RawPeer(peers.server.boundPort())) {
                raw.upgrade("cluster", NONCE);
                raw.prove(wrong);
                assertTrue(raw.isClosed());
            }
            assertEquals(0, served.get());
        }
    }

    private static PeerService counting(AtomicInteger served) {
        return (epoch, batch, timeout, reply) -> served.incrementAndGet();
    }

    @Test
    void anotherClusterIsRefused() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS, PeerFixture.SETTINGS, PeerFixture.SECRET, "other")) {
            assertEquals(
                    Kind.UNREACHABLE,
                    peers.forward(PeerFixture.batch(1, 10))
                            .get(10, TimeUnit.SECONDS)
                            .kind());
            try (RawPeer raw = new RawPeer(peers.server.boundPort())) {
                assertTrue(raw.upgrade("other", NONCE).startsWith("HTTP/1.1 403"));
                assertTrue(raw.isClosed());
            }
        }
    }

    @Test
    void anotherVersionIsToldWhichOneIsSpoken() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS);
                RawPeer raw = new RawPeer(peers.server.boundPort())) {
            assertTrue(raw.request("wesdb-peer/0", "cluster", NONCE).startsWith("HTTP/1.1 426"));
            assertEquals("wesdb-peer/3", raw.headers.get("upgrade"));
            assertTrue(raw.isClosed());
        }
    }

    @Test
    void aProofIsWorthNothingOnAnotherConnectionNorFromTheOtherSide() throws Exception {
        AtomicInteger served = new AtomicInteger();
        try (PeerFixture peers = new PeerFixture(counting(served))) {
            byte[] recorded;
            try (RawPeer raw = new RawPeer(peers.server.boundPort())) {
                raw.upgrade("cluster", NONCE);
                recorded = raw.prove(PeerFixture.SECRET);
                assertEquals(Frame.READY, raw.readFrame()[0]);
            }
            try (RawPeer replaying = new RawPeer(peers.server.boundPort())) {
                replaying.upgrade("cluster", NONCE);
                replaying.send(Frame.PROOF, recorded);
                assertTrue(replaying.isClosed());
            }
            try (RawPeer reflecting = new RawPeer(peers.server.boundPort())) {
                reflecting.upgrade("cluster", NONCE);
                reflecting.send(Frame.PROOF, HexFormat.of().parseHex(reflecting.headers.get("wesdb-proof")));
                assertTrue(reflecting.isClosed());
            }
            assertEquals(0, served.get());
        }
    }

    @Test
    void nothingIsProcessedBeforeTheProof() throws Exception {
        AtomicInteger served = new AtomicInteger();
        try (PeerFixture peers = new PeerFixture(counting(served))) {
            byte[] forward = new byte[Frame.FORWARD_HEADER_BYTES - 1 + 5];
            for (byte[] garbage : List.of(forward, new byte[0], new byte[100_000])) {
                try (RawPeer raw = new RawPeer(peers.server.boundPort())) {
                    raw.upgrade("cluster", NONCE);
                    raw.send(garbage.length == 0 ? Frame.HEARTBEAT : Frame.FORWARD, garbage);
                    assertTrue(raw.isClosed());
                } catch (IOException reset) {
                    // closed while we were sending: as good
                }
            }
            for (long seed = 1; seed <= 5; seed++) {
                try (RawPeer raw = new RawPeer(peers.server.boundPort())) {
                    raw.upgrade("cluster", NONCE);
                    byte[] garbage = new byte[10_000];
                    new Random(seed).nextBytes(garbage);
                    raw.out.write(garbage);
                    assertTrue(raw.isClosed(), "seed " + seed);
                } catch (IOException reset) {
                    // closed while we were sending: as good
                }
            }
            assertEquals(0, served.get());
            assertEquals(0, served.get());
        }
    }

    @Test
    void whoDoesNotProveItselfIsCutOffSoon() throws Exception {
        PeerSettings hasty = PeerFixture.SETTINGS.withHandshakeTimeout(Duration.ofMillis(200));
        try (PeerFixture peers = new PeerFixture(COMMITS, hasty, PeerFixture.SECRET, "cluster");
                RawPeer raw = new RawPeer(peers.server.boundPort())) {
            raw.upgrade("cluster", NONCE);
            assertTrue(raw.isClosed());
        }
    }

    @Test
    void whoProvesItselfAndThenTalksNonsenseIsCutOff() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            for (int type : List.of(0, 99, Frame.PROOF, Frame.READY, Frame.REPLY)) {
                try (RawPeer raw = new RawPeer(peers.server.boundPort())) {
                    raw.upgrade("cluster", NONCE);
                    raw.prove(PeerFixture.SECRET);
                    assertEquals(Frame.READY, raw.readFrame()[0]);
                    raw.send(type, new byte[type == Frame.READY ? 0 : PeerIdentity.PROOF_BYTES]);
                    assertTrue(raw.isClosed());
                }
            }
        }
    }

    @Test
    void nobodyListeningIsUnreachable() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            int port;
            try (ServerSocket unused = new ServerSocket(0)) {
                port = unused.getLocalPort();
            }
            for (String address :
                    List.of("127.0.0.1:" + port, "nonsense", "127.0.0.1:99999", "no.such.host.invalid:1")) {
                assertEquals(
                        Kind.UNREACHABLE,
                        PeerFixture.forward(peers.client, address, PeerFixture.batch(1, 1))
                                .get(20, TimeUnit.SECONDS)
                                .kind());
            }
        }
    }

    /** Where a stand-in for the leader leaves. */
    enum Cut {
        ON_CONNECT,
        AFTER_REQUEST,
        AFTER_UPGRADE,
        AFTER_PROOF,
        AFTER_READY
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.EnumSource(Cut.class)
    void aConnectionCutBeforeABatchWasSentIsUnreachableAndAfterwardsUnknown(Cut cut) throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS);
                ServerSocket listener = new ServerSocket(0)) {
            Thread leader = new Thread(() -> standIn(listener, cut, socket -> {}));
            leader.start();
            ForwardReply reply = PeerFixture.forward(
                            peers.client, "127.0.0.1:" + listener.getLocalPort(), PeerFixture.batch(1, 1_000))
                    .get(20, TimeUnit.SECONDS);
            assertEquals(cut == Cut.AFTER_READY ? Kind.UNKNOWN : Kind.UNREACHABLE, reply.kind());
            leader.join();
        }
    }

    @Test
    void whatTheSocketNeverTookIsUnreachableWhenTheConnectionEnds() throws Exception {
        CountDownLatch cut = new CountDownLatch(1);
        try (PeerFixture peers = new PeerFixture(COMMITS);
                ServerSocket listener = new ServerSocket(0)) {
            listener.setReceiveBufferSize(16 * 1024);
            Thread leader = new Thread(() -> standIn(listener, Cut.AFTER_READY, socket -> await(cut)));
            leader.start();
            String address = "127.0.0.1:" + listener.getLocalPort();
            List<CompletableFuture<ForwardReply>> replies = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                replies.add(PeerFixture.forward(peers.client, address, PeerFixture.batch(i, 1024 * 1024)));
            }
            cut.countDown();
            List<Kind> kinds = new ArrayList<>();
            for (CompletableFuture<ForwardReply> reply : replies) {
                kinds.add(reply.get(20, TimeUnit.SECONDS).kind());
            }
            assertEquals(Kind.UNKNOWN, kinds.get(0));
            assertEquals(Kind.UNREACHABLE, kinds.get(29));
            assertEquals(kinds.lastIndexOf(Kind.UNKNOWN) + 1, kinds.indexOf(Kind.UNREACHABLE), kinds.toString());
            leader.join();
        }
    }

    @Test
    void whatWaitsForThePeerIsBounded() throws Exception {
        PeerSettings small = PeerSettings.of(PeerFixture.MAX_BATCH_BYTES, 2_000_000);
        CountDownLatch cut = new CountDownLatch(1);
        try (PeerFixture peers = new PeerFixture(COMMITS, small, PeerFixture.SECRET, "cluster");
                ServerSocket listener = new ServerSocket(0)) {
            Thread leader = new Thread(() -> standIn(listener, Cut.ON_CONNECT, socket -> await(cut)));
            leader.start();
            String address = "127.0.0.1:" + listener.getLocalPort();
            List<CompletableFuture<ForwardReply>> replies = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                replies.add(PeerFixture.forward(peers.client, address, PeerFixture.batch(i, 500_000)));
            }
            assertEquals(
                    26,
                    replies.stream()
                            .filter(r -> r.isDone() && r.join().kind() == Kind.OVERLOADED)
                            .count());
            cut.countDown();
            for (CompletableFuture<ForwardReply> reply : replies) {
                reply.get(20, TimeUnit.SECONDS);
            }
            leader.join();
        }
    }

    @Test
    void aPeerThatFallsSilentIsFoundOut() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        PeerSettings brisk = PeerFixture.SETTINGS.withHeartbeat(Duration.ofMillis(100));
        try (PeerFixture peers = new PeerFixture(COMMITS, brisk, PeerFixture.SECRET, "cluster");
                ServerSocket listener = new ServerSocket(0)) {
            Thread leader = new Thread(() -> standIn(listener, Cut.AFTER_READY, socket -> await(done)));
            leader.start();
            String address = "127.0.0.1:" + listener.getLocalPort();
            assertEquals(
                    Kind.UNKNOWN,
                    PeerFixture.forward(peers.client, address, PeerFixture.batch(1, 10))
                            .get(10, TimeUnit.SECONDS)
                            .kind());
            done.countDown();
            leader.join();
            try (RawPeer silent = new RawPeer(peers.server.boundPort())) {
                silent.upgrade("cluster", NONCE);
                silent.prove(PeerFixture.SECRET);
                assertEquals(Frame.READY, silent.readFrame()[0]);
                int heartbeats = 0;
                try {
                    while (silent.readFrame()[0] == Frame.HEARTBEAT) {
                        heartbeats++;
                    }
                } catch (IOException cut) {
                    assertTrue(heartbeats > 0, "the server shows that it lives, until it gives up");
                }
            }
        }
    }

    @Test
    void heartbeatsKeepAQuietConnection() throws Exception {
        PeerSettings brisk = PeerFixture.SETTINGS.withHeartbeat(Duration.ofMillis(250));
        List<Consumer<ForwardReply>> held = Collections.synchronizedList(new ArrayList<>());
        try (PeerFixture peers = new PeerFixture(
                (epoch, batch, timeout, reply) -> held.add(reply), brisk, PeerFixture.SECRET, "cluster")) {
            CompletableFuture<ForwardReply> reply = peers.forward(PeerFixture.batch(1, 10));
            await().until(() -> held.size() == 1);
            long start = System.nanoTime();
            await().pollInterval(Duration.ofMillis(50)).until(() -> System.nanoTime() - start > 2_000_000_000L);
            assertFalse(reply.isDone());
            held.get(0).accept(ForwardReply.committed(5));
            assertEquals(ForwardReply.committed(5), reply.get(5, TimeUnit.SECONDS));
        }
    }

    @Test
    void aLostConnectionIsMadeAgain() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS)) {
            String address = peers.address();
            assertEquals(
                    Kind.COMMITTED,
                    peers.forward(PeerFixture.batch(1, 10))
                            .get(10, TimeUnit.SECONDS)
                            .kind());
            int port = peers.server.boundPort();
            peers.server.close();
            await().until(() -> PeerFixture.forward(peers.client, address, PeerFixture.batch(2, 10))
                            .get(10, TimeUnit.SECONDS)
                            .kind()
                    == Kind.UNREACHABLE);
            PeerAcceptor acceptor = new PeerAcceptor(
                    new PeerIdentity(PeerFixture.SECRET, "cluster", "leader"),
                    PeerFixture.SETTINGS,
                    COMMITS,
                    peers.feed,
                    io.wesdb.internal.snapshot.SnapshotService.refusing("a test"),
                    peers.random::nextLong);
            try (io.wesdb.internal.http.HttpServer again = io.wesdb.internal.http.HttpServer.start(
                    io.wesdb.internal.http.HttpServerSettings.of("127.0.0.1", port, false, 1024),
                    peers.io.group(),
                    peers.workers,
                    peers.workers,
                    acceptor::upgrade)) {
                assertEquals(
                        Kind.COMMITTED,
                        PeerFixture.forward(peers.client, address, PeerFixture.batch(3, 10))
                                .get(10, TimeUnit.SECONDS)
                                .kind());
            }
        }
    }

    private static RawPeer following(PeerFixture peers) throws IOException {
        RawPeer raw = new RawPeer(peers.server.boundPort());
        raw.upgrade("cluster", NONCE);
        raw.prove(PeerFixture.SECRET);
        assertEquals(Frame.READY, raw.readFrame()[0]);
        raw.send(Frame.FOLLOW, new byte[0]);
        return raw;
    }

    /** What it does not read must not pile up at the leader (I12); it finds in the log what it was not sent. */
    @Test
    void aFollowerThatDoesNotReadIsSentNoMore() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS);
                RawPeer raw = following(peers)) {
            await().until(() -> peers.feed.followers() == 1);
            byte[] entry = new byte[100_000];
            for (int i = 1; i <= 2_000; i++) {
                peers.feed.committed(i, entry);
            }
            long last = 0;
            int read = 0;
            for (boolean again = true; again; ) {
                byte[] frame = raw.readFrame();
                if (frame[0] == Frame.ENTRY) {
                    last = java.nio.ByteBuffer.wrap(frame, 1, Long.BYTES).getLong();
                    read++;
                    assertEquals(Frame.ENTRY_HEADER_BYTES + entry.length, frame.length);
                }
                if (read == 1 || last < 100_000) {
                    peers.feed.committed(100_000, entry); // sent once there is room
                }
                again = last < 100_000;
            }
            assertTrue(read < 1_000, read + " of 2,000 were sent");
        }
    }

    @Test
    void whoAsksTwiceForEntriesIsCutOff() throws Exception {
        try (PeerFixture peers = new PeerFixture(COMMITS);
                RawPeer raw = following(peers)) {
            raw.send(Frame.FOLLOW, new byte[0]);
            assertTrue(raw.isClosed());
            await().until(() -> peers.feed.followers() == 0);
        }
    }

    @Test
    void closingAnswersEverythingAndWhatComesLater() throws Exception {
        PeerService silent = (epoch, batch, timeout, reply) -> {};
        try (PeerFixture peers = new PeerFixture(silent)) {
            List<CompletableFuture<ForwardReply>> replies = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                replies.add(peers.forward(PeerFixture.batch(i, 1_000)));
            }
            peers.client.close();
            peers.client.close();
            for (CompletableFuture<ForwardReply> reply : replies) {
                assertTrue(reply.isDone());
                assertTrue(reply.join().kind() == Kind.UNKNOWN || reply.join().kind() == Kind.UNREACHABLE);
            }
            assertEquals(
                    Kind.UNREACHABLE,
                    peers.forward(PeerFixture.batch(1, 1)).get().kind());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static org.awaitility.core.ConditionFactory await() {
        return org.awaitility.Awaitility.await();
    }

    /** Plays the leader as far as {@code cut}, then does {@code last}, then leaves. */
    private static void standIn(ServerSocket listener, Cut cut, Consumer<Socket> last) {
        try (Socket socket = listener.accept()) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            if (cut.compareTo(Cut.AFTER_REQUEST) >= 0) {
                Map<String, String> request = RawPeer.readHead(in);
                if (cut.compareTo(Cut.AFTER_UPGRADE) >= 0) {
                    String nonce = "cd".repeat(32);
                    byte[] proof = new PeerIdentity(PeerFixture.SECRET, "cluster", "leader")
                            .proof(
                                    Side.SERVER,
                                    new Handshake("cluster", request.get("wesdb-nonce"), nonce, "follower", "leader"));
                    out.write(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: wesdb-peer/3\r\n"
                                    + "Wesdb-Node: leader\r\nWesdb-Nonce: " + nonce + "\r\nWesdb-Proof: "
                                    + HexFormat.of().formatHex(proof) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                }
                if (cut.compareTo(Cut.AFTER_PROOF) >= 0) {
                    in.readNBytes(Frame.LENGTH_BYTES + 1 + PeerIdentity.PROOF_BYTES);
                }
                if (cut.compareTo(Cut.AFTER_READY) >= 0) {
                    out.writeInt(1);
                    out.writeByte(Frame.READY);
                    in.readNBytes(Frame.LENGTH_BYTES + Frame.FORWARD_HEADER_BYTES);
                }
            }
            last.accept(socket);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client of the peer protocol without manners. */
    private static final class RawPeer implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;
        private Map<String, String> headers = Map.of();

        RawPeer(int port) throws IOException {
            socket = new Socket("127.0.0.1", port);
            socket.setSoTimeout(15_000);
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
        }

        String upgrade(String cluster, String nonce) throws IOException {
            return request("wesdb-peer/3", cluster, nonce);
        }

        String request(String protocol, String cluster, String nonce) throws IOException {
            out.write(("GET /peer/v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + protocol
                            + "\r\nWesdb-Cluster: " + cluster + "\r\nWesdb-Node: follower\r\nWesdb-Nonce: " + nonce
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            headers = readHead(in);
            return headers.get("");
        }

        byte[] prove(byte[] secret) throws IOException {
            byte[] proof = new PeerIdentity(secret, "cluster", "follower")
                    .proof(
                            Side.CLIENT,
                            new Handshake(
                                    "cluster",
                                    NONCE,
                                    headers.get("wesdb-nonce"),
                                    "follower",
                                    headers.get("wesdb-node")));
            send(Frame.PROOF, proof);
            return proof;
        }

        void send(int type, byte[] payload) throws IOException {
            out.writeInt(1 + payload.length);
            out.writeByte(type);
            out.write(payload);
        }

        byte[] readFrame() throws IOException {
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            return frame;
        }

        boolean isClosed() {
            try {
                return in.read() < 0;
            } catch (java.net.SocketTimeoutException e) {
                return false;
            } catch (IOException reset) {
                return true;
            }
        }

        static Map<String, String> readHead(DataInputStream in) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            Map<String, String> lines = new TreeMap<>();
            for (String line : head.toString().strip().split("\r\n")) {
                int colon = line.indexOf(": ");
                lines.put(
                        colon < 0 ? "" : line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
                        colon < 0 ? line : line.substring(colon + 2));
            }
            return lines;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
