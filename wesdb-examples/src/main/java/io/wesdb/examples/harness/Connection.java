package io.wesdb.examples.harness;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.wesdb.examples.harness.Network.Direction;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a process to another: a socket to each of them, and a {@link Flow} for each direction. Owned by the event loop of both
 * sockets; the methods without another word may be called by any thread.
 */
final class Connection {
    private static final int MAX_GREETING_BYTES = 8 * 1024;

    /** In the handshake of wesdb's nodes. */
    private static final Pattern NODE = Pattern.compile("(?im)^wesdb-node:\\s*(\\S+)\\s*$");

    private final Network network;
    private final Channel near;
    private final String to;
    private final InetSocketAddress target;
    private volatile Direction there;
    private volatile Direction back;
    private final Flow going;
    private final Flow coming;
    private ByteBuf greeting = Unpooled.EMPTY_BUFFER;
    private @Nullable Channel far;
    private boolean reset;

    Connection(Network network, Channel near, String from, String to, InetSocketAddress target) {
        this.network = network;
        this.near = near;
        this.to = to;
        this.target = target;
        this.there = new Direction(from, to);
        this.back = new Direction(to, from);
        this.going = new Flow(this, () -> network.rule(there));
        this.coming = new Flow(this, () -> network.rule(back));
    }

    Direction there() {
        return there;
    }

    Direction back() {
        return back;
    }

    /** On the loop, before anything has come. */
    void begin() {
        network.add(this);
        near.closeFuture().addListener(closed -> forgetIfClosed());
        if (there.from().equals(Gate.SAYS_WHO_IT_IS)) {
            near.pipeline().addLast(new Greeting());
        } else {
            connect();
        }
    }

    private void connect() {
        if (network.rule(there).refusing() || network.rule(back).refusing()) {
            reset();
            return;
        }
        near.pipeline().addLast(going.source(near));
        if (greeting.isReadable()) {
            going.add(greeting);
            greeting = Unpooled.EMPTY_BUFFER;
        }
        ChannelFuture connecting = new Bootstrap()
                .group(near.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(target);
        Channel channel = connecting.channel();
        far = channel;
        channel.closeFuture().addListener(closed -> forgetIfClosed());
        connecting.addListener(connected -> {
            if (!connected.isSuccess()) {
                reset();
                return;
            }
            if (reset) {
                Flow.reset(channel);
                return;
            }
            channel.pipeline().addLast(coming.source(channel));
            going.sink(channel);
            coming.sink(near);
        });
    }

    /** Only then: one that has ended may not have heard of it yet. */
    private void forgetIfClosed() {
        if (!near.isOpen() && (far == null || !far.isOpen())) {
            network.remove(this);
            // Nobody takes what is still held, and no change of a rule reaches it any more.
            going.end();
            coming.end();
        }
    }

    /** What was held may go on, or the connection must end. */
    void ruleChanged() {
        near.eventLoop().execute(() -> {
            if (network.rule(there).refusing() || network.rule(back).refusing()) {
                reset();
            } else {
                going.pump();
                coming.pump();
            }
        });
    }

    /** On the loop: one of the sockets takes bytes again. */
    void writable() {
        going.pump();
        coming.pump();
    }

    void resetIfHeld() {
        // Looked at before the rule is lifted, for which the caller's thread goes on: else what was held would be gone.
        near.eventLoop()
                .submit(() -> {
                    if (going.isHeld() || coming.isHeld()) {
                        reset();
                    }
                })
                .syncUninterruptibly();
    }

    /** On the loop: both processes see a reset. */
    void reset() {
        reset = true;
        greeting.release();
        greeting = Unpooled.EMPTY_BUFFER;
        going.end();
        coming.end();
        Flow.reset(near);
    }

    /** Waits until the node has said who it is. */
    private final class Greeting extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            greeting = Unpooled.wrappedBuffer(greeting, (ByteBuf) message);
            String text = greeting.toString(StandardCharsets.US_ASCII);
            if (!text.contains("\r\n\r\n") && greeting.readableBytes() < MAX_GREETING_BYTES) {
                return;
            }
            Matcher node = NODE.matcher(text);
            String from = node.find() ? node.group(1) : "somebody";
            there = new Direction(from, to);
            back = new Direction(to, from);
            context.pipeline().remove(this);
            connect();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            reset();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            reset();
        }
    }
}
