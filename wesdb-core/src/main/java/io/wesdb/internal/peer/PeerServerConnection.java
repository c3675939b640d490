package io.wesdb.internal.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CorruptedFrameException;
import io.wesdb.internal.peer.PeerIdentity.Handshake;
import io.wesdb.internal.peer.PeerIdentity.Side;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.PeerService;
import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One peer's connection, the server's side. Owned by its event loop; replies may come from any thread. */
final class PeerServerConnection extends SimpleChannelInboundHandler<Frame> {
    private static final Logger LOG = LoggerFactory.getLogger(PeerServerConnection.class);

    private final PeerIdentity identity;
    private final PeerSettings settings;
    private final PeerService service;
    private final EntryFeed feed;
    private final SnapshotServing snapshots;
    private final Handshake handshake;
    private final FrameDecoder decoder;
    private final Heartbeats heartbeats;
    private final Runnable decided;
    private boolean verified;
    private boolean undecided = true;
    private @Nullable Future<?> timeout;
    private EntryFeed.@Nullable Follower follower;

    /** @param decided told once when the client has proved itself or is gone */
    PeerServerConnection(
            PeerIdentity identity,
            PeerSettings settings,
            PeerService service,
            EntryFeed feed,
            SnapshotService snapshots,
            Handshake handshake,
            FrameDecoder decoder,
            Heartbeats heartbeats,
            Runnable decided) {
        this.identity = identity;
        this.settings = settings;
        this.service = service;
        this.feed = feed;
        this.snapshots = new SnapshotServing(snapshots, handshake.clientNode());
        this.handshake = handshake;
        this.decoder = decoder;
        this.heartbeats = heartbeats;
        this.decided = decided;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        timeout = context.executor()
                .schedule(() -> context.close(), settings.handshakeTimeout().toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        decide();
        snapshots.close();
        unfollow();
    }

    private void decide() {
        if (undecided) {
            undecided = false;
            decided.run();
        }
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Frame frame) {
        if (!verified) {
            verify(context, frame);
        } else if (frame instanceof Frame.Forward forward) {
            serve(context, forward);
        } else if (frame instanceof Frame.OfferRequest request) {
            snapshots.offer(context, request);
        } else if (frame instanceof Frame.ChunkRequest request) {
            snapshots.chunk(context, request);
        } else if (frame instanceof Frame.Follow && follower == null) {
            follow(context);
        } else if (!(frame instanceof Frame.Heartbeat)) {
            throw new CorruptedFrameException("a client does not send this frame");
        }
    }

    private void verify(ChannelHandlerContext context, Frame frame) {
        if (!(frame instanceof Frame.Proof proof) || !identity.proves(proof.proof(), Side.CLIENT, handshake)) {
            LOG.warn(
                    "a connection from {} could not prove that it belongs to the cluster",
                    context.channel().remoteAddress());
            context.close();
            return;
        }
        verified = true;
        decide();
        decoder.verified();
        heartbeats.start(context.pipeline().context(heartbeats));
        context.writeAndFlush(Frame.empty(context.alloc(), Frame.READY));
    }

    private void serve(ChannelHandlerContext context, Frame.Forward forward) {
        AtomicBoolean replied = new AtomicBoolean();
        service.forwarded(forward.epoch(), forward.batch(), forward.timeoutMillis(), reply -> {
            if (replied.compareAndSet(false, true)) {
                reply(context, forward.id(), reply);
            }
        });
    }

    /** Entries that the peer does not read must not pile up; it finds in the log what it is not sent. */
    private void follow(ChannelHandlerContext context) {
        Channel channel = context.channel();
        EntryFeed.Follower following = (index, entry) -> {
            if (channel.isWritable()) {
                context.writeAndFlush(Frame.entry(context.alloc(), index, entry), context.voidPromise());
            }
        };
        follower = following;
        feed.add(following);
    }

    private void unfollow() {
        if (follower != null) {
            feed.remove(follower);
        }
    }

    private static void reply(ChannelHandlerContext context, long id, ForwardReply reply) {
        context.writeAndFlush(Frame.reply(context.alloc(), id, reply), context.voidPromise());
    }

    /** Replies that a peer does not read must not pile up: it gets no more until it does. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        context.channel().config().setAutoRead(context.channel().isWritable());
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.warn("the connection of peer {} is closed: {}", handshake.clientNode(), cause.toString());
        }
        context.close();
    }
}
