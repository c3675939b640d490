package io.wesdb.examples.harness;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one connection in one direction: taken from a socket, held for as long as the rule says, and given to the other. The end of
 * the connection is under way like a byte. Owned by the event loop of both.
 */
final class Flow {
    /** Past it the sender's socket is not read any more, so that he notices as he would if nobody acknowledged. */
    private static final int MAX_HELD_BYTES = 1024 * 1024;

    /** Under way; the end of the connection if there are no bytes. */
    private record Piece(@Nullable ByteBuf bytes, long dueNanos) {}

    private final Connection connection;
    private final Supplier<Rule> rule;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private int heldBytes;
    private long lastDueNanos = System.nanoTime();
    private long freeNanos = System.nanoTime();
    private boolean scheduled;
    private boolean ended;
    private @Nullable Channel source;
    private @Nullable Channel sink;

    Flow(Connection connection, Supplier<Rule> rule) {
        this.connection = connection;
        this.rule = rule;
    }

    /** What takes the bytes from that socket. */
    ChannelInboundHandlerAdapter source(Channel channel) {
        source = channel;
        return new Source();
    }

    /** Where they go from now on. */
    void sink(Channel channel) {
        sink = channel;
        pump();
    }

    void add(ByteBuf bytes) {
        heldBytes += bytes.readableBytes();
        put(bytes);
        if (heldBytes > MAX_HELD_BYTES && source != null) {
            source.config().setAutoRead(false);
        }
    }

    private void put(@Nullable ByteBuf bytes) {
        if (ended) {
            if (bytes != null) {
                bytes.release();
            }
            return;
        }
        Rule now = rule.get();
        long jitter = now.jitterMillis() == 0 ? 0 : ThreadLocalRandom.current().nextInt(now.jitterMillis());
        long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(now.delayMillis() + jitter);
        // TCP keeps the order: what is late makes late what comes after it.
        lastDueNanos = Math.max(lastDueNanos, due);
        pieces.add(new Piece(bytes, lastDueNanos));
        pump();
    }

    /** Whether something is kept back that would have gone on long ago. */
    boolean isHeld() {
        return !pieces.isEmpty() && rule.get().hole();
    }

    void pump() {
        Channel out = sink;
        while (out != null && !ended && !pieces.isEmpty() && out.isWritable()) {
            Rule now = rule.get();
            if (now.hole()) {
                return; // told when the rule changes
            }
            long wait = Math.max(pieces.peek().dueNanos(), freeNanos) - System.nanoTime();
            if (wait > 0) {
                pumpLater(out, wait);
                return;
            }
            send(out, pieces.remove(), now);
        }
        // With a sink that takes nothing more, its writability changes; with one that has closed, this ends.
        if (out != null && !out.isActive()) {
            end();
        }
    }

    private void send(Channel out, Piece piece, Rule now) {
        ByteBuf bytes = piece.bytes();
        if (bytes == null) {
            ended = true;
            out.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        int size = bytes.readableBytes();
        heldBytes -= size;
        if (now.bytesPerSecond() > 0) {
            freeNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(size) / now.bytesPerSecond();
        }
        out.writeAndFlush(bytes);
        if (heldBytes <= MAX_HELD_BYTES && source != null) {
            source.config().setAutoRead(true);
        }
    }

    private void pumpLater(Channel out, long nanos) {
        if (!scheduled) {
            scheduled = true;
            out.eventLoop()
                    .schedule(
                            () -> {
                                scheduled = false;
                                pump();
                            },
                            nanos,
                            TimeUnit.NANOSECONDS);
        }
    }

    /** Nothing goes any more. Resets the sink, unless it is closed already. */
    void end() {
        if (!ended) {
            ended = true;
            pieces.forEach(piece -> {
                if (piece.bytes() != null) {
                    piece.bytes().release();
                }
            });
            pieces.clear();
            if (sink != null) {
                reset(sink);
            }
        }
    }

    static void reset(Channel channel) {
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
        }
    }

    private final class Source extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            double chance = rule.get().resetChance();
            add((ByteBuf) message);
            if (chance > 0 && ThreadLocalRandom.current().nextDouble() < chance) {
                connection.reset();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            put(null);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            // This socket is the other direction's sink.
            connection.writable();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // and its end is under way
        }
    }
}
