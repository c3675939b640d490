package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.wesdb.internal.peer.PeerIdentity.Handshake;
import io.wesdb.internal.peer.PeerIdentity.Side;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.PeerService;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The server's side: takes over connections that ask for the peer protocol, and hands what members forward to the {@link
 * PeerService}, and what they ask of snapshots to the {@link SnapshotService}; tells those who follow what the {@link EntryFeed} has. Thread safe. Its connections belong to the listener and end with it.
 */
public final class PeerAcceptor {
    /** How many connections may be half-way through proving themselves (I12). */
    private static final int MAX_UNVERIFIED = 64;

    private final PeerIdentity identity;
    private final PeerSettings settings;
    private final PeerService service;
    private final EntryFeed feed;
    private final SnapshotService snapshots;
    private final LongSupplier random;
    private final AtomicInteger unverified = new AtomicInteger();

    /**
     * @param feed what members are told that follow this node
     * @param random 64 random bits a call, thread safe
     */
    public PeerAcceptor(
            PeerIdentity identity,
            PeerSettings settings,
            PeerService service,
            EntryFeed feed,
            SnapshotService snapshots,
            LongSupplier random) {
        this.identity = identity;
        this.settings = settings;
        this.service = service;
        this.feed = feed;
        this.snapshots = snapshots;
        this.random = random;
    }

    /** Takes the connection over, or refuses it; called on its event loop, with everything of HTTP that writes removed. */
    public void upgrade(ChannelPipeline pipeline, HttpRequest request) {
        HttpHeaders headers = request.headers();
        String node = headers.get(PeerHeaders.NODE);
        String nonce = headers.get(PeerHeaders.NONCE);
        Channel channel = pipeline.channel();
        if (!PeerHeaders.PROTOCOL.equals(headers.get("Upgrade"))) {
            refuse(channel, "426 Upgrade Required", "Upgrade: " + PeerHeaders.PROTOCOL + "\r\n");
        } else if (node == null || node.isEmpty() || nonce == null || !PeerIdentity.isNonce(nonce)) {
            refuse(channel, "400 Bad Request", "");
        } else if (!identity.clusterId().equals(headers.get(PeerHeaders.CLUSTER))) {
            refuse(channel, "403 Forbidden", "");
        } else if (unverified.incrementAndGet() > MAX_UNVERIFIED) {
            unverified.decrementAndGet();
            refuse(channel, "503 Service Unavailable", "Retry-After: 1\r\n");
        } else {
            accept(pipeline, node, nonce);
        }
    }

    private void accept(ChannelPipeline pipeline, String clientNode, String clientNonce) {
        String serverNonce = PeerIdentity.nonce(random);
        Handshake handshake =
                new Handshake(identity.clusterId(), clientNonce, serverNonce, clientNode, identity.nodeId());
        FrameDecoder decoder = new FrameDecoder(settings.maxBatchBytes());
        Heartbeats heartbeats = new Heartbeats(settings);
        pipeline.addLast("heartbeats", heartbeats)
                .addLast("frames", decoder)
                .addLast(
                        "peer",
                        new PeerServerConnection(
                                identity,
                                settings,
                                service,
                                feed,
                                snapshots,
                                handshake,
                                decoder,
                                heartbeats,
                                unverified::decrementAndGet));
        String proof = HexFormat.of().formatHex(identity.proof(Side.SERVER, handshake));
        pipeline.channel()
                .writeAndFlush(head(
                        "101 Switching Protocols",
                        "Connection: Upgrade\r\nUpgrade: " + PeerHeaders.PROTOCOL + "\r\n"
                                + PeerHeaders.NODE + ": " + identity.nodeId() + "\r\n"
                                + PeerHeaders.NONCE + ": " + serverNonce + "\r\n"
                                + PeerHeaders.PROOF + ": " + proof + "\r\n"));
    }

    private static void refuse(Channel channel, String status, String headers) {
        channel.writeAndFlush(head(status, headers + "Content-Length: 0\r\nConnection: close\r\n"))
                .addListener(ChannelFutureListener.CLOSE);
    }

    private static ByteBuf head(String status, @Nullable String headers) {
        return Unpooled.copiedBuffer("HTTP/1.1 " + status + "\r\n" + headers + "\r\n", StandardCharsets.US_ASCII);
    }
}
