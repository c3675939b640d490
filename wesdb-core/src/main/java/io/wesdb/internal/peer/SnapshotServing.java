package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.CorruptedFrameException;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotRefusedException;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection of a peer asks of this node's snapshots. A peer pulls; how much may be under way, waiting for the disk
 * or for the peer to read it, is bounded, and who asks for more breaks the protocol (I12). Owned by its event loop; answers
 * come from any thread.
 */
final class SnapshotServing {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotServing.class);
    static final int MAX_REQUESTS = 64;
    static final long MAX_BYTES = 8L * 1024 * 1024;

    private final SnapshotService service;
    private final String node;
    private @Nullable SnapshotTransfer transfer;
    private int requests;
    private long bytes;

    SnapshotServing(SnapshotService service, String node) {
        this.service = service;
        this.node = node;
    }

    void offer(ChannelHandlerContext context, Frame.OfferRequest request) {
        admit(0);
        transfer()
                .offer(request.minIndex(), request.resumeId())
                .whenComplete((SnapshotOffer offer, Throwable failure) -> {
                    ByteBuf answer = failure == null
                            ? Frame.offer(context.alloc(), request.id(), offer)
                            : Frame.refusal(context.alloc(), request.id(), refusal(failure));
                    answer(context, answer, 0);
                });
    }

    void chunk(ChannelHandlerContext context, Frame.ChunkRequest request) {
        admit(request.length());
        transfer()
                .chunk(request.snapshotId(), request.offset(), request.length())
                .whenComplete((byte[] chunk, Throwable failure) -> {
                    ByteBuf answer = failure == null
                            ? Frame.chunk(context.alloc(), request.id(), chunk)
                            : Frame.refusal(context.alloc(), request.id(), refusal(failure));
                    answer(context, answer, request.length());
                });
    }

    /** The connection has ended. */
    void close() {
        if (transfer != null) {
            transfer.close();
        }
    }

    private SnapshotTransfer transfer() {
        SnapshotTransfer begun = transfer;
        if (begun == null) {
            begun = service.begin(node);
            transfer = begun;
        }
        return begun;
    }

    private void admit(int length) {
        if (requests + 1 > MAX_REQUESTS || bytes + length > MAX_BYTES) {
            throw new CorruptedFrameException("a peer asks for too much of a snapshot at a time");
        }
        requests++;
        bytes += length;
    }

    /** Under way until the socket has taken it. */
    private void answer(ChannelHandlerContext context, ByteBuf frame, int length) {
        context.writeAndFlush(frame).addListener(done -> {
            requests--;
            bytes -= length;
        });
    }

    private static SnapshotRefusedException refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof SnapshotRefusedException refused) {
            return refused;
        }
        LOG.error("a request for a snapshot failed", cause);
        return new SnapshotRefusedException(Reason.FAILED, "unexpected failure", 0);
    }
}
