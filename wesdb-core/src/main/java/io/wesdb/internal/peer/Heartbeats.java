package io.wesdb.internal.peer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Shows the other side that this one lives, and closes the connection when the other has been silent for too long. Any
 * byte counts, and so does our own output moving: while a large batch crosses a slow link the other side cannot be heard,
 * but it reads. Owned by its event loop; first in the pipeline.
 */
final class Heartbeats extends ChannelInboundHandlerAdapter {
    private final PeerSettings settings;
    private @Nullable Future<?> ticks;
    private int silentTicks;
    private @Nullable Object writing;
    private long written;

    Heartbeats(PeerSettings settings) {
        this.settings = settings;
    }

    /** Both sides are verified. */
    void start(ChannelHandlerContext context) {
        long nanos = settings.heartbeat().toNanos();
        // Not at a fixed rate: after a pause of this process late ticks must not come in a row, before what has arrived
        // is read.
        ticks = context.executor().scheduleWithFixedDelay(() -> tick(context), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        silentTicks = 0;
        context.fireChannelRead(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (ticks != null) {
            ticks.cancel(false);
        }
    }

    private void tick(ChannelHandlerContext context) {
        ChannelOutboundBuffer output = context.channel().unsafe().outboundBuffer();
        if (output == null) {
            return;
        }
        boolean moved =
                output.current() != null && (output.current() != writing || output.currentProgress() != written);
        writing = output.current();
        written = output.currentProgress();
        silentTicks = moved ? 0 : silentTicks + 1;
        if (silentTicks > settings.missedHeartbeats()) {
            context.close();
        } else if (output.isEmpty()) {
            context.writeAndFlush(Frame.empty(context.alloc(), Frame.HEARTBEAT));
        }
    }
}
