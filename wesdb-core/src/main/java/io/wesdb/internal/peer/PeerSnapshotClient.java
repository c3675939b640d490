package io.wesdb.internal.peer;

import io.netty.channel.EventLoopGroup;
import io.wesdb.internal.snapshot.SnapshotClient;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The way to other nodes' snapshots over the peer protocol, each transfer over a connection of its own. Thread safe;
 * answers come on the event loops.
 */
public final class PeerSnapshotClient implements SnapshotClient {
    private static final long CLOSE_MILLIS = 2_000;

    private final PeerConnector connector;
    private final PeerSettings settings;
    private final EventLoopGroup io;
    private final Set<PeerSnapshotConnection> connections = new HashSet<>();
    private boolean closed;

    /**
     * @param io the event loops; not ended by {@link #close()}, to be ended after it
     * @param workers where host names are looked up, which may block
     * @param random 64 random bits a call, thread safe
     */
    public PeerSnapshotClient(
            PeerIdentity identity, PeerSettings settings, EventLoopGroup io, Executor workers, LongSupplier random) {
        this.connector = new PeerConnector(identity, settings, workers, random);
        this.settings = settings;
        this.io = io;
    }

    @Override
    public CompletableFuture<SnapshotTransfer> connect(String address) {
        PeerSnapshotConnection connection;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new IOException("this node is closing"));
            }
            connection = new PeerSnapshotConnection(address, connector, settings, io.next(), this::ended);
            connections.add(connection);
        }
        return connection.connect();
    }

    private synchronized void ended(PeerSnapshotConnection connection) {
        connections.remove(connection);
    }

    @Override
    public void close() {
        List<PeerSnapshotConnection> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(connections);
        }
        open.forEach(PeerSnapshotConnection::close);
        open.forEach(connection -> connection.awaitEnd(CLOSE_MILLIS, TimeUnit.MILLISECONDS));
    }
}
