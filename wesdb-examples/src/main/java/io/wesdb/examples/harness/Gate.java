package io.wesdb.examples.harness;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** A port of the network, behind which a process listens. For one thread. */
final class Gate {
    /** Instead of a name: each connection tells. */
    static final String SAYS_WHO_IT_IS = "";

    private final Network network;
    private final EventLoopGroup loops;
    private final String from;
    private final String to;
    private final int port;
    private final InetSocketAddress target;
    private @Nullable Channel listener;

    Gate(Network network, EventLoopGroup loops, String from, String to, int port, int targetPort) {
        this.network = network;
        this.loops = loops;
        this.from = from;
        this.to = to;
        this.port = port;
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
    }

    String to() {
        return to;
    }

    int port() {
        return port;
    }

    /** Idempotent. */
    void open() throws IOException {
        if (listener != null) {
            return;
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                // A half-closed connection is closed towards both.
                .childOption(ChannelOption.AUTO_READ, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        new Connection(network, channel, from, to, target).begin();
                    }
                });
        try {
            listener = bootstrap
                    .bind(InetAddress.getLoopbackAddress(), port)
                    .syncUninterruptibly()
                    .channel();
        } catch (RuntimeException e) {
            throw new IOException("the gate to " + to + " at port " + port + " does not open: " + e, e);
        }
    }

    /** Refuses new connections; those there are stay. Idempotent. */
    void close() {
        if (listener != null) {
            try {
                listener.close().syncUninterruptibly();
            } catch (CancellationException e) {
                return; // the network has ended
            }
            listener = null;
        }
    }
}
