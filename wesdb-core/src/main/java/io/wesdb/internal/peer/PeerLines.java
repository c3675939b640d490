package io.wesdb.internal.peer;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.wesdb.internal.write.LeaderLines;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lines over the peer protocol: connections of their own with nothing but heartbeats on them, so that the end of one says
 * something about the other side and never about a batch. Thread safe.
 */
public final class PeerLines implements LeaderLines {
    private final PeerConnector connector;
    private final EventLoopGroup io;
    private final Set<PeerLine> lines = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** The parameters are those of {@link PeerClient}. */
    public PeerLines(
            PeerIdentity identity, PeerSettings settings, EventLoopGroup io, Executor workers, LongSupplier random) {
        this.connector = new PeerConnector(identity, settings, workers, random);
        this.io = io;
    }

    @Override
    public Line connect(String address, String node, Listener listener) {
        EventLoop loop = io.next();
        PeerLine line = new PeerLine(address, node, loop, listener);
        lines.add(line);
        if (closed) {
            line.lost(Loss.SILENT);
        } else {
            line.run(line::connect);
        }
        return line;
    }

    @Override
    public void close() {
        closed = true;
        lines.forEach(PeerLine::close);
    }

    /** Owned by its event loop but for {@link #close}. */
    private final class PeerLine implements Line, PeerHandshake.Listener {
        private final String address;
        private final String node;
        private final EventLoop loop;
        private final Listener listener;
        private @Nullable Channel channel;
        private boolean over;

        PeerLine(String address, String node, EventLoop loop, Listener listener) {
            this.address = address;
            this.node = node;
            this.loop = loop;
            this.listener = listener;
        }

        void run(Runnable work) {
            try {
                loop.execute(work);
            } catch (RejectedExecutionException e) {
                lines.remove(this); // the event loops have ended, and every connection with them
            }
        }

        void connect() {
            connector.resolve(address, loop, this::connect, why -> lost(Loss.SILENT));
        }

        private void connect(InetSocketAddress resolved) {
            if (over) {
                return;
            }
            LineEnd end = new LineEnd();
            ChannelFuture connecting = connector.begin(resolved, address, loop, this, end);
            channel = connecting.channel();
            connecting.addListener(done -> {
                if (done.isSuccess()) {
                    connecting.channel().closeFuture().addListener(gone -> lost(end.how()));
                } else {
                    lost(isRefusal(done.cause()) ? Loss.REFUSED : Loss.SILENT);
                }
            });
        }

        /** Java's type for a refusal is also that for a kernel's timeout, but Netty's own comes long before that. */
        private static boolean isRefusal(@Nullable Throwable cause) {
            return cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
        }

        private void lost(Loss how) {
            if (!over) {
                over = true;
                lines.remove(this);
                listener.lost(how);
            }
        }

        @Override
        public boolean expects(String found) {
            return found.equals(node);
        }

        @Override
        public void ready() {
            listener.opened();
        }

        @Override
        public void writable() {}

        @Override
        public boolean received(Frame frame) {
            return false; // nothing was asked
        }

        @Override
        public void close() {
            run(() -> {
                over = true;
                lines.remove(this);
                if (channel != null) {
                    channel.close();
                }
            });
        }
    }
}
