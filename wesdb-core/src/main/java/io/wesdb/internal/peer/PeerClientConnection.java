package io.wesdb.internal.peer;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.ForwardReply.Kind;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one peer, the client's side, and what waits for it. Everything but what {@link PeerClient} calls
 * happens on its event loop.
 */
final class PeerClientConnection implements PeerHandshake.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(PeerClientConnection.class);
    private static final int MAX_UNANSWERED = 65_536;
    private static final long RETRY_MILLIS = 50;

    /** The pause before a leader that cannot be followed at present is tried again. */
    private static final long FOLLOW_AGAIN_MILLIS = 500;

    private final String address;
    private final PeerConnector connector;
    private final PeerSettings settings;
    private final EventLoop loop;

    /** Bytes that the socket has not taken yet. */
    private final AtomicLong queuedBytes = new AtomicLong();

    private final AtomicLong unanswered = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Nothing of these has been handed to the socket. */
    private final Deque<Pending> queue = new ArrayDeque<>();

    /** These may have been received. */
    private final Map<Long, Pending> inFlight = new LinkedHashMap<>();

    private State state = State.IDLE;
    private @Nullable Channel channel;
    private long nextId = 1;
    private long usedAt;
    private boolean closed;
    /** Whether the other side was asked to tell what it commits. */
    private boolean asked;

    private boolean followScheduled;
    /** Who is told that. */
    private EntryFeed.@Nullable Follower follower;

    private enum State {
        IDLE,
        CONNECTING,
        READY
    }

    private record Pending(long epoch, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {}

    PeerClientConnection(String address, PeerConnector connector, PeerSettings settings, EventLoop loop) {
        this.address = address;
        this.connector = connector;
        this.settings = settings;
        this.loop = loop;
    }

    /** Gives the reply only if the batch is refused at once; in the order of calls otherwise. */
    @Nullable ForwardReply forward(long epoch, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        long bytes = batch.bytes().length;
        if (bytes > settings.maxBatchBytes()) {
            return ForwardReply.refused(Kind.OVERLOADED, "a batch is too large to be forwarded", RETRY_MILLIS);
        }
        long before = queuedBytes.getAndAdd(bytes);
        if (before > 0 && before + bytes > settings.maxQueuedBytes()) {
            queuedBytes.addAndGet(-bytes);
            return ForwardReply.refused(Kind.OVERLOADED, "too much waits to be sent to the leader", RETRY_MILLIS);
        } else if (unanswered.incrementAndGet() > MAX_UNANSWERED) {
            queuedBytes.addAndGet(-bytes);
            unanswered.decrementAndGet();
            return ForwardReply.refused(Kind.OVERLOADED, "too much waits for the leader's answer", RETRY_MILLIS);
        }
        try {
            loop.execute(() -> submit(new Pending(epoch, batch, timeoutMillis, reply)));
            return null;
        } catch (RejectedExecutionException e) {
            queuedBytes.addAndGet(-bytes);
            unanswered.decrementAndGet();
            return ForwardReply.refused(Kind.UNREACHABLE, "this node is closing", 0);
        }
    }

    /** Tells {@code told} from now on what the other side commits; nobody if null. */
    void follow(EntryFeed.@Nullable Follower told) {
        try {
            loop.execute(() -> following(told));
        } catch (RejectedExecutionException e) {
            LOG.debug("the event loop has ended, and every connection with it");
        }
    }

    private void following(EntryFeed.@Nullable Follower told) {
        follower = told;
        followAgain();
        if (told != null && state == State.READY) {
            askForEntries();
        }
    }

    private void askForEntries() {
        Channel to = channel;
        if (to != null && !asked) {
            asked = true;
            to.writeAndFlush(Frame.empty(to.alloc(), Frame.FOLLOW), to.voidPromise());
        }
    }

    /** Forwards that are refused come here too, so one timer for all. */
    private void followLater() {
        if (follower != null && !closed && !followScheduled) {
            followScheduled = true;
            loop.schedule(
                    () -> {
                        followScheduled = false;
                        followAgain();
                    },
                    FOLLOW_AGAIN_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void followAgain() {
        if (follower != null && !closed && state == State.IDLE) {
            connect();
        }
    }

    /** Answers everything that is not answered yet. */
    void close() {
        try {
            loop.execute(this::end);
        } catch (RejectedExecutionException e) {
            end(); // the event loop has ended, so nobody else is here
        }
    }

    boolean awaitClosed(long time, TimeUnit unit) {
        if (loop.inEventLoop()) {
            return false;
        }
        try {
            return ended.await(time, unit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void end() {
        closed = true;
        if (channel != null) {
            channel.close();
        }
        lost("this node is closing", 0);
        ended.countDown();
    }

    private void submit(Pending pending) {
        usedAt = loop.ticker().nanoTime();
        queue.add(pending);
        if (closed) {
            lost("this node is closing", 0);
        } else if (state == State.IDLE) {
            connect();
        } else {
            pump();
        }
    }

    private void connect() {
        state = State.CONNECTING;
        connector.resolve(address, loop, this::connect, why -> lost(why, RETRY_MILLIS));
    }

    private void connect(InetSocketAddress resolved) {
        if (closed) {
            return; // and what waited has been answered
        }
        Channel connecting = connector.connect(resolved, address, loop, this);
        channel = connecting;
        connecting.closeFuture().addListener(gone -> {
            if (channel == connecting) {
                lost("the connection to " + address + " ended", RETRY_MILLIS);
            }
        });
    }

    /** Both sides are verified. */
    @Override
    public void ready() {
        state = State.READY;
        watchIdle();
        if (follower != null) {
            askForEntries();
        }
        pump();
    }

    @Override
    public void writable() {
        pump();
    }

    @Override
    public boolean received(Frame frame) {
        if (frame instanceof Frame.Entry entry && asked) {
            if (follower != null) {
                follower.entry(entry.index(), entry.bytes());
            }
            return true;
        }
        if (!(frame instanceof Frame.Reply reply)) {
            return false;
        }
        Pending pending = inFlight.remove(reply.id());
        if (pending != null) {
            answer(pending, reply.reply());
        }
        return true;
    }

    /** Hands on what the socket takes. */
    private void pump() {
        Channel to = channel;
        if (state != State.READY || to == null) {
            return;
        }
        boolean some = false;
        while (to.isActive() && to.isWritable() && !queue.isEmpty()) {
            Pending pending = queue.remove();
            long id = nextId++;
            inFlight.put(id, pending); // from here on it may have been sent
            int bytes = pending.batch().bytes().length;
            to.write(Frame.forward(
                            to.alloc(),
                            new Frame.Forward(id, pending.epoch(), pending.timeoutMillis(), pending.batch())))
                    .addListener(done -> queuedBytes.addAndGet(-bytes));
            some = true;
        }
        if (some) {
            to.flush();
        }
    }

    /** There is no connection, or none any more. */
    private void lost(String why, long retryMillis) {
        state = State.IDLE;
        channel = null;
        asked = false;
        followLater();
        List<Pending> sent = new ArrayList<>(inFlight.values());
        List<Pending> unsent = new ArrayList<>(queue);
        inFlight.clear();
        queue.clear();
        for (Pending pending : unsent) {
            queuedBytes.addAndGet(-pending.batch().bytes().length);
        }
        sent.forEach(pending -> answer(pending, ForwardReply.refused(Kind.UNKNOWN, why, retryMillis)));
        unsent.forEach(pending -> answer(pending, ForwardReply.refused(Kind.UNREACHABLE, why, retryMillis)));
    }

    private void answer(Pending pending, ForwardReply reply) {
        unanswered.decrementAndGet();
        try {
            pending.reply().accept(reply);
        } catch (RuntimeException e) {
            LOG.error("a reply could not be handled", e);
        }
    }

    private void watchIdle() {
        Channel watched = channel;
        long idleNanos = settings.idleTimeout().toNanos();
        loop.schedule(
                () -> {
                    if (watched == null || watched != channel) {
                        return;
                    }
                    boolean unused = loop.ticker().nanoTime() - usedAt >= idleNanos;
                    if (unused && follower == null && inFlight.isEmpty() && queue.isEmpty()) {
                        watched.close();
                    } else {
                        watchIdle();
                    }
                },
                idleNanos,
                TimeUnit.NANOSECONDS);
    }
}
