package io.wesdb.internal.zookeeper;

import io.wesdb.StartException;
import io.wesdb.internal.ExclusiveFile;
import io.wesdb.internal.ExclusiveFile.HeldException;
import io.wesdb.internal.env.Lane;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ZooKeeper server inside this process. It is put together from ZooKeeper's server and its NIO listener rather than
 * with {@code ZooKeeperServerEmbedded}, whose configuration sets system properties: this way there is no admin
 * server to switch off, no global setting is made, and several servers can live in one JVM. Every transaction is synced to
 * disk (ZooKeeper's default), so that {@code COMMITTED} means what it says (I1).
 *
 * <p>Thread safe. Its threads are ZooKeeper's; they are started from the given lane, so they are daemons if the lane is
 * one, and {@link #close()} ends them.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

    /** Sessions expire in steps of it. */
    private static final int TICK_MILLIS = 500;

    private static final int MIN_SESSION_MILLIS = 1_000;
    private static final int MAX_SESSION_MILLIS = 300_000;
    private static final int MAX_CONNECTIONS_PER_HOST = 1_000;
    private static final int SNAPSHOTS_KEPT = 3;
    private static final int PURGE_HOURS = 1;
    private static final long START_SECONDS = 60;
    private static final long CLOSE_SECONDS = 10;

    private final Lane lane;
    private final String host;
    private final ExclusiveFile lockFile;
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable FileTxnSnapLog storage;
    private @Nullable ZooKeeperServer server;
    private @Nullable NIOServerCnxnFactory listener;
    private @Nullable DatadirCleanupManager purger;

    private EmbeddedZooKeeper(Lane lane, String host, ExclusiveFile lockFile) {
        this.lane = lane;
        this.host = host;
        this.lockFile = lockFile;
    }

    /**
     * Starts a server and returns when it serves. Blocks.
     *
     * @param host the one address to listen on
     * @param port 0 picks one
     * @param directory holds the data, and is made if it is not there
     * @param lane starts and stops the server
     * @throws StartException if the address or the directory cannot be used
     */
    public static EmbeddedZooKeeper start(String host, int port, Path directory, Lane lane) {
        InetSocketAddress address = resolve(host, port);
        EmbeddedZooKeeper embedded = new EmbeddedZooKeeper(lane, host, lock(directory));
        try {
            embedded.onLane(() -> embedded.startServer(address, directory), START_SECONDS);
            return embedded;
        } catch (ExecutionException | TimeoutException e) {
            embedded.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new StartException(
                    "cannot start a ZooKeeper server at " + host + ":" + port + " with its data in " + directory + ": "
                            + cause,
                    cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            embedded.close();
            throw new StartException("interrupted while starting a ZooKeeper server", e);
        }
    }

    private static InetSocketAddress resolve(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new StartException("unknown host for the embedded ZooKeeper server: '" + host + "'", e);
        }
    }

    /** Two servers on one directory would destroy each other's log. */
    private static ExclusiveFile lock(Path directory) {
        try {
            Files.createDirectories(directory);
            return ExclusiveFile.open(directory.resolve("lock"));
        } catch (HeldException e) {
            throw new StartException("another ZooKeeper server uses the directory " + directory, e);
        } catch (IOException e) {
            throw new StartException("cannot use the ZooKeeper directory " + directory + ": " + e, e);
        }
    }

    private static void closeQuietly(ExclusiveFile file) {
        try {
            file.close();
        } catch (IOException e) {
            LOG.debug("a lock file was not closed", e);
        }
    }

    private void startServer(InetSocketAddress address, Path directory) throws IOException, InterruptedException {
        FileTxnSnapLog files = new FileTxnSnapLog(directory.toFile(), directory.toFile());
        storage = files;
        // The listener first: a port in use shows before the log is read.
        NIOServerCnxnFactory bound = new NIOServerCnxnFactory();
        bound.configure(address, MAX_CONNECTIONS_PER_HOST, -1, false);
        listener = bound;
        ZooKeeperServer made = new ZooKeeperServer(
                files, TICK_MILLIS, MIN_SESSION_MILLIS, MAX_SESSION_MILLIS, -1, new ZKDatabase(files), "");
        server = made;
        bound.startup(made, true);
        DatadirCleanupManager cleaner =
                new DatadirCleanupManager(directory.toFile(), directory.toFile(), SNAPSHOTS_KEPT, PURGE_HOURS);
        cleaner.start();
        purger = cleaner;
    }

    /** What clients connect to. */
    public String connectString() {
        NIOServerCnxnFactory bound = listener;
        if (bound == null) {
            throw new IllegalStateException("not started");
        }
        InetAddress bindAddress = bound.getLocalAddress().getAddress();
        String reachable = bindAddress.isAnyLocalAddress()
                ? InetAddress.getLoopbackAddress().getHostAddress()
                : host;
        return (reachable.indexOf(':') >= 0 ? "[" + reachable + "]" : reachable) + ":" + bound.getLocalPort();
    }

    public int port() {
        NIOServerCnxnFactory bound = listener;
        return bound == null ? 0 : bound.getLocalPort();
    }

    /** Stops the server; what was acknowledged is on disk. Idempotent, bounded. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            onLane(this::stopServer, CLOSE_SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the ZooKeeper server did not stop tidily", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeQuietly(lockFile);
        }
    }

    private void stopServer() throws IOException {
        if (purger != null) {
            purger.shutdown();
        }
        if (listener != null) {
            listener.shutdown();
        }
        if (server != null) {
            server.shutdown(true);
        }
        if (storage != null) {
            storage.close();
        }
    }

    private void onLane(Step step, long seconds) throws ExecutionException, TimeoutException, InterruptedException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.execute(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                done.completeExceptionally(e);
            }
        });
        done.get(seconds, TimeUnit.SECONDS);
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException, InterruptedException;
    }
}
