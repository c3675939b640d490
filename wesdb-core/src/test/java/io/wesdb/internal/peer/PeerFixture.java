package io.wesdb.internal.peer;

import io.wesdb.internal.http.HttpServer;
import io.wesdb.internal.http.HttpServerSettings;
import io.wesdb.internal.http.IoThreads;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.PeerService;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A leader's listener and a follower's client. */
final class PeerFixture implements AutoCloseable {
    static final byte[] SECRET = "a secret of the cluster's own".getBytes(StandardCharsets.UTF_8);
    static final int MAX_BATCH_BYTES = 32 * 1024 * 1024;
    static final PeerSettings SETTINGS = PeerSettings.of(MAX_BATCH_BYTES, 64L * 1024 * 1024);

    final SecureRandom random = new SecureRandom();
    final IoThreads io = new IoThreads("peers", 2, Duration.ofSeconds(2));
    final ExecutorService workers = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "test-worker");
        thread.setDaemon(true);
        return thread;
    });
    final EntryFeed feed = new EntryFeed();
    final HttpServer server;
    final PeerClient client;

    PeerFixture(PeerService service) {
        this(service, SETTINGS, SECRET, "cluster");
    }

    PeerFixture(PeerService service, PeerSettings settings, byte[] clientSecret, String clientCluster) {
        PeerAcceptor acceptor = new PeerAcceptor(
                new PeerIdentity(SECRET, "cluster", "leader"),
                settings,
                service,
                feed,
                SnapshotService.refusing("a test"),
                random::nextLong);
        server = HttpServer.start(
                HttpServerSettings.of("127.0.0.1", 0, false, 1024), io.group(), workers, workers, acceptor::upgrade);
        client = client(clientSecret, clientCluster, settings);
    }

    PeerClient client(byte[] secret, String cluster, PeerSettings settings) {
        return new PeerClient(
                new PeerIdentity(secret, cluster, "follower"), settings, io.group(), workers, random::nextLong);
    }

    String address() {
        return "127.0.0.1:" + server.boundPort();
    }

    CompletableFuture<ForwardReply> forward(EncodedBatch batch) {
        return forward(client, address(), batch);
    }

    static CompletableFuture<ForwardReply> forward(PeerClient client, String address, EncodedBatch batch) {
        CompletableFuture<ForwardReply> reply = new CompletableFuture<>();
        client.forward(new Term(7, "leader", address), batch, 1234, answer -> {
            if (!reply.complete(answer)) {
                throw new AssertionError("answered twice");
            }
        });
        return reply;
    }

    static EncodedBatch batch(long sequence, int size) {
        byte[] bytes = new byte[size];
        new Random(sequence).nextBytes(bytes);
        return new EncodedBatch(new SessionId(11, -22), sequence, 3, sequence % 2 == 0, bytes);
    }

    @Override
    public void close() {
        client.close();
        server.close();
        io.close();
        workers.shutdownNow();
    }
}
