package io.wesdb.internal.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connection of a client that takes none of the bytes waiting for it for a whole period. Progress counts, not
 * the time an answer takes: a large answer to a slow client is fine. Owned by the connection's event loop.
 */
final class WriteStallGuard extends ChannelOutboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(WriteStallGuard.class);

    private final long periodNanos;
    private @Nullable Future<?> check;
    private @Nullable Object current;
    private long progress;
    private long pending;

    WriteStallGuard(Duration period) {
        this.periodNanos = period.toNanos();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        context.write(message, promise);
        if (check == null) {
            ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
            if (buffer != null) {
                remember(buffer);
                schedule(context);
            }
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (check != null) {
            check.cancel(false);
            check = null;
        }
    }

    private void schedule(ChannelHandlerContext context) {
        check = context.executor().schedule(() -> look(context), periodNanos, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext context) {
        check = null;
        ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
        if (buffer == null || buffer.isEmpty()) {
            current = null;
            return;
        }
        boolean stalled = buffer.current() == current
                && buffer.currentProgress() == progress
                && buffer.totalPendingWriteBytes() >= pending;
        if (stalled) {
            LOG.debug("{} is closed: the client takes nothing of its answer", context.channel());
            context.close();
        } else {
            remember(buffer);
            schedule(context);
        }
    }

    private void remember(ChannelOutboundBuffer buffer) {
        current = buffer.current();
        progress = buffer.currentProgress();
        pending = buffer.totalPendingWriteBytes();
    }
}
