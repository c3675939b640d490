package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Tells the connection of bytes before the decoder holds them back, so that half a header counts as a request begun. */
final class InboundMeter extends ChannelInboundHandlerAdapter {
    private final HttpConnection connection;

    InboundMeter(HttpConnection connection) {
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes) {
            connection.bytesArrived(bytes.readableBytes());
        }
        context.fireChannelRead(message);
    }
}
