package io.wesdb.internal.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A node's event loop threads, {@code wesdb-<node>-io-<n>}, daemons, shared by the listener and the peers' client.
 * Thread safe. To be closed after everything that uses them.
 */
public final class IoThreads implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup group;
    private final Duration closeTimeout;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    /**
     * @param count 1 or 2 suffice: they only move bytes
     * @param closeTimeout how long {@link #close()} may take
     */
    public IoThreads(String node, int count, Duration closeTimeout) {
        this.closeTimeout = closeTimeout;
        ThreadFactory factory = work -> {
            Thread thread = new FastThreadLocalThread(work, "wesdb-" + node + "-io-" + (threads.size() + 1));
            thread.setDaemon(true);
            threads.add(thread);
            return thread;
        };
        this.group = new MultiThreadIoEventLoopGroup(count, factory, NioIoHandler.newFactory());
    }

    public EventLoopGroup group() {
        return group;
    }

    /** Ends the threads, and with them every connection left. Idempotent. Not to be called on one of them. */
    @Override
    public void close() {
        long millis = closeTimeout.toMillis();
        group.shutdownGracefully(0, millis, TimeUnit.MILLISECONDS);
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, millis));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
