package io.wesdb.internal.peer;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds peers' addresses and begins connections to them. Immutable and thread safe. */
final class PeerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnector.class);
    private static final int LOW_WATER = 64 * 1024;
    private static final int HIGH_WATER = 256 * 1024;

    private final PeerIdentity identity;
    private final PeerSettings settings;
    private final Executor workers;
    private final LongSupplier random;

    PeerConnector(PeerIdentity identity, PeerSettings settings, Executor workers, LongSupplier random) {
        this.identity = identity;
        this.settings = settings;
        this.workers = workers;
        this.random = random;
    }

    /** Tells on the loop, on which this is called, one of the two. */
    void resolve(String address, EventLoop loop, Consumer<InetSocketAddress> found, Consumer<String> failed) {
        if (isNumeric(address)) {
            tell(address, lookUp(address), found, failed);
            return;
        }
        try {
            // Looking up a host's name may block.
            workers.execute(() -> {
                InetSocketAddress resolved = lookUp(address);
                try {
                    loop.execute(() -> tell(address, resolved, found, failed));
                } catch (RejectedExecutionException e) {
                    LOG.debug("the event loop has ended, and close() has answered what waited");
                }
            });
        } catch (RejectedExecutionException e) {
            failed.accept("no thread is free to connect to " + address);
        }
    }

    private static void tell(
            String address,
            @Nullable InetSocketAddress resolved,
            Consumer<InetSocketAddress> found,
            Consumer<String> failed) {
        if (resolved == null) {
            failed.accept("cannot find " + address);
        } else {
            found.accept(resolved);
        }
    }

    /** Whether the host is an address, which needs no looking up. */
    private static boolean isNumeric(String address) {
        String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    private static @Nullable InetSocketAddress lookUp(String address) {
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            return null;
        }
        try {
            String host = address.substring(0, colon).replace("[", "").replace("]", "");
            InetSocketAddress resolved = new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
            return resolved.isUnresolved() ? null : resolved;
        } catch (IllegalArgumentException e) {
            return null; // no number, or none that a port can have
        }
    }

    /** The connection is being made; when it cannot be, its channel closes. */
    Channel connect(InetSocketAddress resolved, String address, EventLoop loop, PeerHandshake.Listener listener) {
        return begin(resolved, address, loop, listener, null).channel();
    }

    /** As {@link #connect}; the future tells why a connection was not made. @param first in the pipeline, if given */
    ChannelFuture begin(
            InetSocketAddress resolved,
            String address,
            EventLoop loop,
            PeerHandshake.Listener listener,
            @Nullable ChannelHandler first) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        settings.connectTimeout().toMillis())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(LOW_WATER, HIGH_WATER))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel made) {
                        if (first != null) {
                            made.pipeline().addLast(first);
                        }
                        PeerHandshake.begin(made.pipeline(), address, identity, settings, random, listener);
                    }
                });
        return bootstrap.connect(resolved);
    }
}
