package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.ConnectionListener;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/** One persistent znode for a node's report of each kind, and one for trust. Thread safe: what changes is owned by the lane. */
final class ZooKeeperReports implements Reports {
    private final Lane lane;
    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final ReportView view;
    private final ReportPublisher publisher;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final ConnectionListener connectionListener;

    ZooKeeperReports(ZooKeeperClient client, ClusterPaths paths, Lane lane) {
        this.client = client;
        this.paths = paths;
        this.lane = lane;
        this.view = new ReportView(client, paths, lane, () -> listeners.forEach(Runnable::run));
        this.publisher = new ReportPublisher(client, paths, lane);
        this.connectionListener =
                connected -> lane.execute(connected ? ZooKeeperReports.this::connected : view::disconnected);
        client.addListener(connectionListener);
        lane.execute(view::refreshAll);
    }

    private void connected() {
        view.refreshAll();
        publisher.writeNext();
    }

    @Override
    public void publish(Report report) {
        byte[] data = ReportNode.encode(report);
        lane.execute(() -> publisher.put(path(report.node(), report.kind()), data));
    }

    @Override
    public void withdraw(String node) {
        lane.execute(() -> {
            for (Kind kind : Kind.values()) {
                publisher.remove(path(node, kind));
            }
        });
    }

    private String path(String node, Kind kind) {
        return paths.report(node, ReportNode.name(kind));
    }

    @Override
    public List<Report> reports() {
        return view.reports();
    }

    @Override
    public boolean current() {
        return view.current();
    }

    @Override
    public void listen(Runnable onChange) {
        listeners.add(onChange);
    }

    @Override
    public CompletableFuture<Void> trust(Trust trust) {
        byte[] data = ReportNode.encode(trust);
        return client.set(paths.trust(), data, -1)
                .<Void>thenApply(version -> null)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? client.create(paths.trust(), data, CreateMode.PERSISTENT)
                        : CompletableFuture.failedFuture(failure))
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(new LogUnavailableException(
                        "ZooKeeper did not take down which node is trusted", ZooKeeperFault.unwrap(failure))));
    }

    @Override
    public @Nullable Trust trusted() {
        return view.trusted();
    }

    @Override
    public void close() {
        client.removeListener(connectionListener);
        lane.execute(() -> {
            view.close();
            publisher.close();
        });
    }
}
