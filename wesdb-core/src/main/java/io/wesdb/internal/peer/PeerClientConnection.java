package io.wesdb.internal.peer;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import io.wesdb.internal.log.EncodedBatch;
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
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one peer, the client's side, and what waits for it. Everything but {@link #forward} and {@link #close}
 * happens on its event loop.
 */
final class PeerClientConnection implements PeerHandshake.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(PeerClientConnection.class);
    private static final int MAX_UNANSWERED = 65_536;
    private static final int LOW_WATER = 64 * 1024;
    private static final int HIGH_WATER = 256 * 1024;
    private static final long RETRY_MILLIS = 50;

    private final String address;
    private final PeerIdentity identity;
    private final PeerSettings settings;
    private final EventLoop loop;
    private final Executor workers;
    private final LongSupplier random;

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

    private enum State {
        IDLE,
        CONNECTING,
        READY
    }

    private record Pending(long epoch, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {}

    PeerClientConnection(
            String address,
            PeerIdentity identity,
            PeerSettings settings,
            EventLoop loop,
            Executor workers,
            LongSupplier random) {
        this.address = address;
        this.identity = identity;
        this.settings = settings;
        this.loop = loop;
        this.workers = workers;
        this.random = random;
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
        if (isNumeric()) {
            connect(resolve());
            return;
        }
        try {
            // Looking up a host's name may block.
            workers.execute(() -> {
                InetSocketAddress resolved = resolve();
                try {
                    loop.execute(() -> connect(resolved));
                } catch (RejectedExecutionException e) {
                    LOG.debug("the event loop has ended, and close() has answered what waited");
                }
            });
        } catch (RejectedExecutionException e) {
            lost("no thread is free to connect to " + address, RETRY_MILLIS);
        }
    }

    /** Whether the host is an address, which needs no looking up. */
    private boolean isNumeric() {
        String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    private @Nullable InetSocketAddress resolve() {
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            return null;
        }
        try {
            String host = address.substring(0, colon).replace("[", "").replace("]", "");
            InetSocketAddress resolved = new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
            return resolved.isUnresolved() ? null : resolved;
        } catch (IllegalArgumentException e) {
            return null; // no number, or none that a port can have
        }
    }

    private void connect(@Nullable InetSocketAddress resolved) {
        if (closed || resolved == null) {
            lost("cannot find " + address, RETRY_MILLIS);
            return;
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        settings.connectTimeout().toMillis())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(LOW_WATER, HIGH_WATER))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel made) {
                        PeerHandshake.begin(
                                made.pipeline(), address, identity, settings, random, PeerClientConnection.this);
                    }
                });
        Channel connecting = bootstrap.connect(resolved).channel();
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
        pump();
    }

    @Override
    public void writable() {
        pump();
    }

    @Override
    public void replied(long id, ForwardReply reply) {
        Pending pending = inFlight.remove(id);
        if (pending != null) {
            answer(pending, reply);
        }
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
                    if (unused && inFlight.isEmpty() && queue.isEmpty()) {
                        watched.close();
                    } else {
                        watchIdle();
                    }
                },
                idleNanos,
                TimeUnit.NANOSECONDS);
    }
}
