package io.wesdb.internal.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.flow.FlowControlHandler;
import io.wesdb.StartException;
import io.wesdb.WesDb;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A node's one listener: the client routes, if they are wanted, and the peers' upgrade. It can be bound before the
 * database is there; until {@link #attach} the client routes answer that the node is not ready. Thread safe.
 */
public final class HttpServer implements AutoCloseable {
    static final String METER = "meter";
    static final String DECODER = "decoder";
    static final String ENCODER = "encoder";
    static final String STALL_GUARD = "stallGuard";
    static final String FLOW = "flow";
    private static final String CONNECTION = "connection";

    private static final int MAX_LINE_BYTES = 8 * 1024;
    private static final int MAX_HEADER_BYTES = 64 * 1024;
    private static final int MAX_PIECE_BYTES = 64 * 1024;
    private static final int LOW_WATER = 64 * 1024;
    private static final int HIGH_WATER = 256 * 1024;
    private static final int BACKLOG = 1024;
    private static final int BODIES_AT_ONCE = 4;
    private static final long GRACE_MILLIS = 500;

    /** Connections beyond the bound on clients, for peers: clients must not be able to cut the cluster off. */
    private static final int RESERVED_FOR_PEERS = 64;

    private final HttpServerSettings settings;
    private final Executor workers;
    private final Executor queries;
    private final PeerUpgrade peers;
    private final Json json = new Json();
    private final JsonAnswers answers = new JsonAnswers(json, PooledByteBufAllocator.DEFAULT);
    private final BodyBudget budget;
    private final Routes routes;
    private final ChannelGroup connections;
    private final AtomicInteger occupied = new AtomicInteger();
    private volatile @Nullable WesDb database;
    private volatile boolean closing;
    private volatile @Nullable Channel listener;

    private HttpServer(
            HttpServerSettings settings, EventLoopGroup io, Executor workers, Executor queries, PeerUpgrade peers) {
        this.settings = settings;
        this.workers = workers;
        this.queries = queries;
        this.peers = peers;
        this.budget = new BodyBudget((long) BODIES_AT_ONCE * settings.maxBodyBytes());
        this.routes = new Routes(() -> database, workers, queries, json, answers);
        this.connections = new DefaultChannelGroup(io.next(), true);
    }

    /**
     * Binds and serves.
     *
     * @param io the event loops; not ended by {@link #close()}
     * @param workers where large bodies are parsed
     * @param queries where streamed rows are fetched, which may take long
     * @throws StartException if the address cannot be listened on
     */
    public static HttpServer start(
            HttpServerSettings settings, EventLoopGroup io, Executor workers, Executor queries, PeerUpgrade peers) {
        HttpServer server = new HttpServer(settings, io, workers, queries, peers);
        ChannelFuture bound = new ServerBootstrap()
                .group(io)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(LOW_WATER, HIGH_WATER))
                .childHandler(server.new Initializer())
                .bind(settings.host(), settings.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new StartException(
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        server.listener = bound.channel();
        return server;
    }

    /** From now on the client routes are served by {@code db}. */
    public void attach(WesDb db) {
        database = db;
    }

    public int boundPort() {
        Channel channel = listener;
        if (channel == null || !(channel.localAddress() instanceof InetSocketAddress address)) {
            throw new IllegalStateException("not bound");
        }
        return address.getPort();
    }

    /**
     * Stops listening, gives the answers that are ready a moment to leave, and closes every connection, those of peers
     * included. What is still under way is given up. Bounded; idempotent; not to be called on an event loop.
     */
    @Override
    public void close() {
        closing = true;
        Channel channel = listener;
        if (channel == null) {
            return;
        }
        channel.close().awaitUninterruptibly(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        for (Channel connection : connections) {
            connection.eventLoop().execute(() -> leave(connection));
        }
        if (!connections.newCloseFuture().awaitUninterruptibly(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
            connections.close().awaitUninterruptibly(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static void leave(Channel channel) {
        if (channel.pipeline().get(CONNECTION) instanceof HttpConnection connection) {
            connection.leave();
        } else {
            channel.close();
        }
    }

    HttpServerSettings settings() {
        return settings;
    }

    Executor workers() {
        return workers;
    }

    Executor queries() {
        return queries;
    }

    Routes routes() {
        return routes;
    }

    Json json() {
        return json;
    }

    JsonAnswers answers() {
        return answers;
    }

    BodyBudget budget() {
        return budget;
    }

    /** How many connections count among the clients' now. */
    int connectionCount() {
        return occupied.get();
    }

    boolean isClosing() {
        return closing;
    }

    @Nullable HttpFault check(HttpRequest request, RequestTarget target) {
        return settings.serveClients()
                ? routes.check(request, target)
                : new HttpFault(HttpResponseStatus.NOT_FOUND, "NOT_FOUND", "the HTTP interface is off");
    }

    void upgrade(ChannelPipeline pipeline, HttpRequest request) {
        peers.upgrade(pipeline, request);
    }

    void shutdownOutput(Channel channel) {
        if (channel instanceof SocketChannel socket) {
            socket.shutdownOutput();
        }
    }

    /** A connection's place among the clients; given back once. */
    final class Slot implements AutoCloseable {
        private final int number = occupied.incrementAndGet();
        private final AtomicBoolean closed = new AtomicBoolean();

        /** Whether the bound on clients is reached, so that only a peer is welcome. */
        boolean isSurplus() {
            return number > settings.maxConnections();
        }

        boolean isRefused() {
            return number > settings.maxConnections() + RESERVED_FOR_PEERS;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                occupied.decrementAndGet();
            }
        }
    }

    private final class Initializer extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            Slot slot = new Slot();
            channel.closeFuture().addListener(closed -> slot.close());
            if (closing || slot.isRefused()) {
                channel.close();
                return;
            }
            connections.add(channel);
            HttpConnection connection = new HttpConnection(HttpServer.this, slot);
            HttpDecoderConfig config = new HttpDecoderConfig()
                    .setMaxInitialLineLength(MAX_LINE_BYTES)
                    .setMaxHeaderSize(MAX_HEADER_BYTES)
                    .setMaxChunkSize(MAX_PIECE_BYTES)
                    .setAllowDuplicateContentLengths(false)
                    .setStrictLineParsing(true)
                    .setUseRfc9112TransferEncoding(true);
            channel.pipeline()
                    .addLast(METER, new InboundMeter(connection))
                    .addLast(STALL_GUARD, new WriteStallGuard(settings.writeTimeout()))
                    .addLast(DECODER, new HttpRequestDecoder(config))
                    .addLast(ENCODER, new HttpResponseEncoder())
                    .addLast(FLOW, new FlowControlHandler())
                    .addLast(CONNECTION, connection);
        }
    }
}
