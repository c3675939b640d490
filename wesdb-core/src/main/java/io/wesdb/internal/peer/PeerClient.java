package io.wesdb.internal.peer;

import io.netty.channel.EventLoopGroup;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.ForwardReply.Kind;
import io.wesdb.internal.write.LeaderClient;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to the leader over the peer protocol: one connection an address, made when it is needed and kept. Thread safe;
 * replies come on the event loops, refusals for want of room on the caller's thread.
 *
 * <p>A batch counts as sent, and its loss as {@link Kind#UNKNOWN}, from the moment its first byte is handed to the socket;
 * until then it waits here, and its loss is {@link Kind#UNREACHABLE} (I6).
 */
public final class PeerClient implements LeaderClient {
    private static final long CLOSE_MILLIS = 2_000;

    /** One leads at a time; the others are leaders of the past, and beyond this many the oldest is forgotten. */
    private static final int MAX_PEERS = 16;

    private final PeerConnector connector;
    private final PeerSettings settings;
    private final EventLoopGroup io;
    private final Map<String, PeerClientConnection> connections = new LinkedHashMap<>();
    private @Nullable PeerClientConnection followed;
    private boolean closed;

    /**
     * @param io the event loops; not ended by {@link #close()}, to be ended after it
     * @param workers where host names are looked up, which may block
     * @param random 64 random bits a call, thread safe
     */
    public PeerClient(
            PeerIdentity identity, PeerSettings settings, EventLoopGroup io, Executor workers, LongSupplier random) {
        this.connector = new PeerConnector(identity, settings, workers, random);
        this.settings = settings;
        this.io = io;
    }

    @Override
    public void forward(Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        ForwardReply refusal = submit(term, batch, timeoutMillis, reply);
        if (refusal != null) {
            reply.accept(refusal); // not under the lock
        }
    }

    private synchronized @Nullable ForwardReply submit(
            Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        if (closed) {
            return ForwardReply.refused(Kind.UNREACHABLE, "this node is closing", 0);
        }
        return connection(term).forward(term.epoch(), batch, timeoutMillis, reply);
    }

    private PeerClientConnection connection(Term term) {
        PeerClientConnection connection = connections.get(term.address());
        if (connection == null) {
            forgetOldest();
            connection = new PeerClientConnection(term.address(), connector, settings, io.next());
            connections.put(term.address(), connection);
        }
        return connection;
    }

    @Override
    public synchronized void follow(Term term, EntryFeed.Follower follower) {
        unfollow();
        if (!closed) {
            followed = connection(term);
            followed.follow(follower);
        }
    }

    @Override
    public synchronized void unfollow() {
        if (followed != null) {
            followed.follow(null);
            followed = null;
        }
    }

    private void forgetOldest() {
        if (connections.size() >= MAX_PEERS) {
            Iterator<PeerClientConnection> oldest = connections.values().iterator();
            oldest.next().close();
            oldest.remove();
        }
    }

    @Override
    public void close() {
        List<PeerClientConnection> open;
        synchronized (this) {
            closed = true;
            open = new ArrayList<>(connections.values());
            connections.clear();
        }
        open.forEach(PeerClientConnection::close);
        open.forEach(connection -> connection.awaitClosed(CLOSE_MILLIS, TimeUnit.MILLISECONDS));
    }
}
