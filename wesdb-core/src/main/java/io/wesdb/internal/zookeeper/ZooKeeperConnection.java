package io.wesdb.internal.zookeeper;

import io.wesdb.StartException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.SessionConnectionStateErrorPolicy;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * A node's connection to ZooKeeper. Curator keeps the session (it makes a new one when one has expired) and runs the
 * latch; everything else goes straight to the ZooKeeper handle that Curator holds, which is caught as it is made.
 *
 * <p>Thread safe. Its threads are those of Curator and ZooKeeper (daemons), and {@link #close()} ends them.
 */
public final class ZooKeeperConnection implements ZooKeeperSession {
    /** Bounds {@link #close()} where ZooKeeper does not answer. */
    private static final int CLOSE_MILLIS = 3_000;

    private final CuratorFramework curator;
    private final List<ConnectionListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Object handleLock = new Object();
    private volatile @Nullable ZooKeeper handle;
    private volatile @Nullable HandleWatcher current;
    private volatile boolean connected;

    private ZooKeeperConnection(String connectString, Duration sessionTimeout, Duration connectTimeout) {
        ZKClientConfig clientConfig = new ZKClientConfig();
        // Only for calls that wait, and closing is one: without it a server that is silent holds close() for long.
        clientConfig.setProperty(ZKClientConfig.ZOOKEEPER_REQUEST_TIMEOUT, Integer.toString(CLOSE_MILLIS));
        this.curator = CuratorFrameworkFactory.builder()
                .connectString(connectString)
                .ensembleTracker(false)
                .sessionTimeoutMs(Math.toIntExact(sessionTimeout.toMillis()))
                .connectionTimeoutMs(Math.toIntExact(Math.min(sessionTimeout.toMillis(), connectTimeout.toMillis())))
                .retryPolicy(new BoundedExponentialBackoffRetry(50, 1_000, 20))
                // A short disconnection is no loss of leadership: the fence keeps a leader safe, and its term can go
                // on.
                .connectionStateErrorPolicy(new SessionConnectionStateErrorPolicy())
                .zkClientConfig(clientConfig)
                .zookeeperFactory(new HandleFactory())
                .waitForShutdownTimeoutMs(CLOSE_MILLIS)
                .maxCloseWaitMs(CLOSE_MILLIS)
                .build();
    }

    /**
     * Connects; blocks, at most for {@code connectTimeout}.
     *
     * @throws StartException if no server answered
     */
    public static ZooKeeperConnection open(String connectString, Duration sessionTimeout, Duration connectTimeout) {
        ZooKeeperConnection connection;
        try {
            connection = new ZooKeeperConnection(connectString, sessionTimeout, connectTimeout);
        } catch (IllegalArgumentException e) {
            throw new StartException("not a ZooKeeper connect string: '" + connectString + "'", e);
        }
        try {
            connection.curator.start();
            if (connection.curator.blockUntilConnected(
                    Math.toIntExact(connectTimeout.toMillis()), TimeUnit.MILLISECONDS)) {
                return connection;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connection.close();
            throw new StartException("interrupted while connecting to ZooKeeper at '" + connectString + "'", e);
        } catch (RuntimeException e) {
            connection.close();
            throw new StartException("cannot connect to ZooKeeper at '" + connectString + "': " + e.getMessage(), e);
        }
        connection.close();
        throw new StartException(
                "no ZooKeeper server of '" + connectString + "' answered within " + connectTimeout.toMillis() + " ms");
    }

    /** For tests that break it. */
    public CuratorFramework curator() {
        return curator;
    }

    @Override
    public boolean awaitConnected(long timeoutMillis) throws InterruptedException {
        return curator.blockUntilConnected(Math.toIntExact(timeoutMillis), TimeUnit.MILLISECONDS);
    }

    @Override
    public ElectionLatch latch(String path, String participant, ElectionLatch.Listener listener) {
        return new CuratorLatch(curator, path, participant, listener);
    }

    @Override
    public CompletableFuture<Void> multi(List<Op> operations) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(operations.get(0).getPath());
        }
        zooKeeper.multi(
                operations,
                (code, path, context, results) -> {
                    if (code == Code.OK.intValue()) {
                        future.complete(null);
                    } else {
                        int failed = failedOperation(results);
                        String where = operations.get(Math.max(failed, 0)).getPath();
                        future.completeExceptionally(new ZooKeeperFault(codeOf(code), where, failed));
                    }
                },
                null);
        return future;
    }

    /** A failed multi answers OK for the operations before the culprit and RUNTIMEINCONSISTENCY for those after it. */
    private static int failedOperation(@Nullable List<OpResult> results) {
        if (results != null) {
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) instanceof OpResult.ErrorResult error && error.getErr() != Code.OK.intValue()) {
                    return i;
                }
            }
        }
        return -1;
    }

    @Override
    public CompletableFuture<Void> create(String path, byte[] data, CreateMode mode) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.create(
                path,
                data,
                Ids.OPEN_ACL_UNSAFE,
                mode,
                (code, where, context, name) -> settle(future, code, path),
                null);
        return future;
    }

    @Override
    public CompletableFuture<NodeData> get(String path, @Nullable Watcher watcher) {
        CompletableFuture<NodeData> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.getData(
                path,
                watcher,
                (code, where, context, data, stat) -> settle(future, code, path, () -> nodeData(data, stat)),
                null);
        return future;
    }

    private static NodeData nodeData(byte @Nullable [] data, Stat stat) {
        return new NodeData(data == null ? new byte[0] : data, stat.getVersion(), stat.getEphemeralOwner());
    }

    @Override
    public CompletableFuture<Integer> set(String path, byte[] data, int version) {
        CompletableFuture<Integer> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.setData(
                path,
                data,
                version,
                (code, where, context, stat) -> settle(future, code, path, () -> stat.getVersion()),
                null);
        return future;
    }

    @Override
    public CompletableFuture<Void> delete(String path, int version) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.delete(path, version, (code, where, context) -> settle(future, code, path), null);
        return future;
    }

    @Override
    public CompletableFuture<List<String>> children(String path) {
        CompletableFuture<List<String>> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.getChildren(
                path,
                false,
                (int code, String where, Object context, List<String> children) ->
                        settle(future, code, path, () -> children),
                null);
        return future;
    }

    @Override
    public CompletableFuture<Void> watchTree(String path, Watcher watcher) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.addWatch(
                path,
                watcher,
                AddWatchMode.PERSISTENT_RECURSIVE,
                (code, where, context) -> settle(future, code, path),
                null);
        return future;
    }

    @Override
    public CompletableFuture<Void> sync(String path) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        ZooKeeper zooKeeper = handle;
        if (zooKeeper == null) {
            return lost(path);
        }
        zooKeeper.sync(path, (code, where, context) -> settle(future, code, path), null);
        return future;
    }

    private static <T> CompletableFuture<T> lost(String path) {
        return CompletableFuture.failedFuture(new ZooKeeperFault(Code.CONNECTIONLOSS, path, -1));
    }

    private static void settle(CompletableFuture<Void> future, int code, String path) {
        if (code == Code.OK.intValue()) {
            future.complete(null);
        } else {
            future.completeExceptionally(new ZooKeeperFault(codeOf(code), path, -1));
        }
    }

    private static <T> void settle(CompletableFuture<T> future, int code, String path, Supplier<T> value) {
        if (code == Code.OK.intValue()) {
            future.complete(value.get());
        } else {
            future.completeExceptionally(new ZooKeeperFault(codeOf(code), path, -1));
        }
    }

    private static Code codeOf(int number) {
        Code code = Code.get(number);
        return code == null ? Code.SYSTEMERROR : code;
    }

    @Override
    public boolean connected() {
        return connected;
    }

    @Override
    public long sessionId() {
        ZooKeeper zooKeeper = handle;
        return zooKeeper == null ? 0 : zooKeeper.getSessionId();
    }

    @Override
    public void addListener(ConnectionListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(ConnectionListener listener) {
        listeners.remove(listener);
    }

    private void tell(boolean nowConnected) {
        if (connected != nowConnected) {
            connected = nowConnected;
            listeners.forEach(listener -> listener.connectionChanged(nowConnected));
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            curator.close();
            tell(false);
        }
    }

    /** Catches the handles that Curator asks for. Curator calls the method with a configuration, whose default ignores the other. */
    private final class HandleFactory implements ZookeeperFactory {
        @Override
        public ZooKeeper newZooKeeper(
                String connectString, int sessionTimeoutMillis, Watcher watcher, boolean canBeReadOnly)
                throws Exception {
            return newZooKeeper(connectString, sessionTimeoutMillis, watcher, canBeReadOnly, new ZKClientConfig());
        }

        @Override
        public ZooKeeper newZooKeeper(
                String connectString,
                int sessionTimeoutMillis,
                Watcher watcher,
                boolean canBeReadOnly,
                ZKClientConfig config)
                throws Exception {
            HandleWatcher handleWatcher = new HandleWatcher(watcher);
            // The first event may come before the constructor returns; it waits here until the handle is known.
            synchronized (handleLock) {
                current = handleWatcher;
                ZooKeeper made =
                        new ZooKeeper(connectString, sessionTimeoutMillis, handleWatcher, canBeReadOnly, config);
                handle = made;
                return made;
            }
        }
    }

    /** Sees the events of one handle, and passes all of them on to Curator. */
    private final class HandleWatcher implements Watcher {
        private final Watcher curatorWatcher;

        HandleWatcher(Watcher curatorWatcher) {
            this.curatorWatcher = curatorWatcher;
        }

        @Override
        public void process(WatchedEvent event) {
            // Before Curator hears of it: on expiry it makes the next handle, whose events must come after this one,
            // and on a connection it lets open() return, which must find this connected.
            if (event.getType() == EventType.None) {
                // Looked at and told in one step: or a loss of the last handle could be told after the next one's
                // connection.
                synchronized (handleLock) {
                    if (current == this) {
                        tell(event.getState() == KeeperState.SyncConnected);
                    }
                }
            }
            curatorWatcher.process(event);
        }
    }
}
