package io.wesdb.examples.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a node's HTTP interface, each with one request under way. As little work as can be, so that the client is not what is
 * measured: one thread, requests of which only the row changes, and of an answer only the status and the length are looked at.
 */
final class HttpLoad {
    private static final int STATUS_AT = "HTTP/1.1 ".length();
    private static final String LENGTH = "content-length:";
    private static final int OK = 200;
    private static final int OVERLOADED = 429;
    private static final long RETRY_MILLIS = 20;

    private HttpLoad() {}

    static Map<String, ?> run(Fields details, RowIds ids) throws Exception {
        String[] address = details.text("address").split(":", 2);
        int count = details.number("callers", 1);
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            Bootstrap bootstrap = new Bootstrap()
                    .group(loops)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                            channel.pipeline().addLast(new Connection());
                        }
                    });
            List<Connection> connections = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Channel channel = bootstrap
                        .connect(address[0], Integer.parseInt(address[1]))
                        .sync()
                        .channel();
                connections.add(channel.pipeline().get(Connection.class));
            }
            Request request = new Request(details.text("address"));
            return AsyncLoad.run(
                            count,
                            details.number("millis"),
                            details.real("rate"),
                            caller -> connections.get(caller).send(request.with(ids.next())))
                    .toMap();
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    /** Written once, but for the row. */
    private static final class Request {
        private final byte[] bytes;
        private final int idAt;
        private final int idLength;
        private final int textAt;

        Request(String address) {
            String before = "{\"sql\":\"" + RowIds.INSERT + "\",\"params\":[";
            String id = String.valueOf(new RowIds(0).next());
            String after = ",\"" + RowIds.text(0) + "\"]}";
            String head = "POST /execute HTTP/1.1\r\nHost: " + address
                    + "\r\nContent-Type: application/json\r\nContent-Length: "
                    + (before.length() + id.length() + after.length()) + "\r\n\r\n";
            bytes = (head + before + id + after).getBytes(StandardCharsets.US_ASCII);
            idAt = head.length() + before.length();
            idLength = id.length();
            textAt = idAt + idLength + ",\"".length();
        }

        ByteBuf with(long id) {
            byte[] written = bytes.clone();
            long rest = id;
            for (int at = idAt + idLength - 1; at >= idAt; at--) {
                written[at] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
            byte[] text = RowIds.text(id).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, written, textAt, text.length);
            return Unpooled.wrappedBuffer(written);
        }
    }

    private static final class Connection extends ByteToMessageDecoder {
        private volatile @Nullable ChannelHandlerContext context;
        private volatile @Nullable CompletableFuture<String> pending;

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        CompletableFuture<String> send(ByteBuf request) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            pending = answer;
            ChannelHandlerContext open = context;
            if (open == null || !open.channel().isActive()) {
                request.release();
                answer.completeExceptionally(new IOException("the connection is closed"));
            } else {
                open.writeAndFlush(request);
            }
            return answer;
        }

        @Override
        protected void decode(ChannelHandlerContext ignored, ByteBuf in, List<Object> out) throws IOException {
            String text = in.toString(StandardCharsets.US_ASCII);
            int headEnd = text.indexOf("\r\n\r\n");
            if (headEnd < 0) {
                return;
            }
            int whole = headEnd + 4 + length(text.substring(0, headEnd));
            if (text.length() < whole) {
                return;
            }
            in.skipBytes(whole);
            CompletableFuture<String> answered = pending;
            if (answered == null) {
                throw new IOException("an answer that nobody asked for: " + text);
            }
            int status = Integer.parseInt(text.substring(STATUS_AT, STATUS_AT + 3));
            if (status == OK) {
                answered.complete("");
            } else if (status == OVERLOADED) {
                answered.completeExceptionally(new Refused(RETRY_MILLIS));
            } else {
                answered.completeExceptionally(new IOException(text));
            }
        }

        private static int length(String head) throws IOException {
            String lower = head.toLowerCase(Locale.ROOT);
            int at = lower.indexOf(LENGTH);
            if (at < 0) {
                throw new IOException("an answer without a length: " + head);
            }
            int end = lower.indexOf('\r', at);
            return Integer.parseInt(lower.substring(at + LENGTH.length(), end < 0 ? lower.length() : end)
                    .strip());
        }

        @Override
        public void channelInactive(ChannelHandlerContext closed) throws Exception {
            fail(new IOException("the connection was closed"));
            super.channelInactive(closed);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
            fail(cause);
            failed.close();
        }

        private void fail(Throwable cause) {
            CompletableFuture<String> waiting = pending;
            if (waiting != null) {
                waiting.completeExceptionally(cause);
            }
        }
    }
}
