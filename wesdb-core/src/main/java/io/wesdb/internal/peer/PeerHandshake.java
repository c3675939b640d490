package io.wesdb.internal.peer;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.wesdb.internal.peer.PeerIdentity.Handshake;
import io.wesdb.internal.peer.PeerIdentity.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side of a connection in the pipeline: the upgrade, the proofs, and then the frames. Whatever is not as
 * expected closes the connection. Owned by its event loop.
 */
final class PeerHandshake extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(PeerHandshake.class);
    private static final int MAX_LINE_BYTES = 1024;
    private static final int MAX_HEADER_BYTES = 4 * 1024;
    private static final int MAX_PIECE_BYTES = 1024;

    /** Told on the event loop what comes. */
    interface Listener {
        /** Whether {@code node}, which has proved that it is that node of the cluster, is the one to be spoken to. */
        default boolean expects(String node) {
            return true;
        }

        void ready();

        void writable();

        /** False if such a frame is not expected, which ends the connection. */
        boolean received(Frame frame);
    }

    private final String address;
    private final PeerIdentity identity;
    private final PeerSettings settings;
    private final Listener listener;
    private final String nonce;
    private final FrameDecoder frames;
    private final Heartbeats heartbeats;
    private @Nullable Handshake handshake;
    private @Nullable Future<?> timeout;
    private boolean ready;

    private PeerHandshake(
            String address, PeerIdentity identity, PeerSettings settings, LongSupplier random, Listener listener) {
        this.address = address;
        this.identity = identity;
        this.settings = settings;
        this.listener = listener;
        this.nonce = PeerIdentity.nonce(random);
        this.frames = new FrameDecoder(settings.maxBatchBytes());
        this.heartbeats = new Heartbeats(settings);
    }

    static void begin(
            ChannelPipeline pipeline,
            String address,
            PeerIdentity identity,
            PeerSettings settings,
            LongSupplier random,
            Listener listener) {
        PeerHandshake peer = new PeerHandshake(address, identity, settings, random, listener);
        pipeline.addLast("http", new HttpResponseDecoder(MAX_LINE_BYTES, MAX_HEADER_BYTES, MAX_PIECE_BYTES))
                .addLast("peer", peer);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        timeout = context.executor()
                .schedule(() -> context.close(), settings.handshakeTimeout().toNanos(), TimeUnit.NANOSECONDS);
        String request = "GET " + PeerHeaders.PATH + " HTTP/1.1\r\nHost: " + address
                + "\r\nConnection: Upgrade\r\nUpgrade: " + PeerHeaders.PROTOCOL
                + "\r\n" + PeerHeaders.CLUSTER + ": " + identity.clusterId()
                + "\r\n" + PeerHeaders.NODE + ": " + identity.nodeId()
                + "\r\n" + PeerHeaders.NONCE + ": " + nonce + "\r\n\r\n";
        context.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpResponse response) {
                handshake = verify(response);
                if (handshake == null) {
                    context.close();
                    return;
                }
            }
            if (message instanceof LastHttpContent && handshake != null) {
                upgrade(context, handshake);
            } else if (message instanceof Frame frame) {
                received(context, frame);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** What both sides prove, if the server has; else null. */
    private @Nullable Handshake verify(HttpResponse response) {
        HttpHeaders headers = response.headers();
        String node = headers.get(PeerHeaders.NODE, "");
        String serverNonce = headers.get(PeerHeaders.NONCE, "");
        String proof = headers.get(PeerHeaders.PROOF, "");
        if (response.decoderResult().isFailure()
                || !response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)
                || !PeerIdentity.isNonce(serverNonce)
                || !PeerIdentity.isNonce(proof)) {
            LOG.warn("{} does not take this node for a peer: {}", address, response.status());
            return null;
        }
        Handshake offered = new Handshake(identity.clusterId(), nonce, serverNonce, identity.nodeId(), node);
        if (!identity.proves(HexFormat.of().parseHex(proof), Side.SERVER, offered)) {
            LOG.warn("{} could not prove that it belongs to the cluster", address);
            return null;
        } else if (!listener.expects(node)) {
            LOG.warn("{} is another node than expected: {}", address, node);
            return null;
        }
        return offered;
    }

    private void upgrade(ChannelHandlerContext context, Handshake agreed) {
        ChannelPipeline pipeline = context.pipeline();
        pipeline.addAfter("http", "frames", frames);
        pipeline.addAfter("http", "heartbeats", heartbeats);
        pipeline.remove("http");
        frames.verified();
        context.writeAndFlush(Frame.proof(context.alloc(), identity.proof(Side.CLIENT, agreed)));
    }

    private void received(ChannelHandlerContext context, Frame frame) {
        if (frame instanceof Frame.Ready && !ready) {
            ready = true;
            if (timeout != null) {
                timeout.cancel(false);
            }
            heartbeats.start(context.pipeline().context(heartbeats));
            listener.ready();
        } else if (!(frame instanceof Frame.Heartbeat) && (!ready || !listener.received(frame))) {
            LOG.warn("{} sent a frame out of turn", address);
            context.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            listener.writable();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.warn("the connection to {} is closed: {}", address, cause.toString());
        }
        context.close();
    }
}
