package io.wesdb.internal.peer;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.wesdb.internal.write.LeaderLines.Loss;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Sees which side ends a connection: what our own handlers close passes here on its way out, what the other side ends
 * does not. First in its pipeline; owned by its event loop.
 */
final class LineEnd extends ChannelDuplexHandler {
    private @Nullable Loss how;

    /** To be asked when the connection has ended. */
    Loss how() {
        return how == null ? Loss.ENDED : how;
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        if (how == null) {
            how = Loss.SILENT; // we heard nothing for too long, or something that we do not understand
        }
        context.close(promise);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (how == null && cause instanceof IOException) {
            how = Loss.ENDED;
        }
        context.fireExceptionCaught(cause);
    }
}
