package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports and trust as this node last saw them: all are read after every connection, then each one that an event names,
 * at most one read a znode being under way. Owned by its lane; what it shows may be looked at from anywhere.
 */
final class ReportView implements Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(ReportView.class);
    private static final long RETRY_MILLIS = 500;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final Lane lane;
    private final Runnable onChange;
    private final Map<String, Report> known = new TreeMap<>();
    private final Set<String> reading = new HashSet<>();
    private final Set<String> changed = new HashSet<>();
    /** What has not been read since the connection; null before it is known what there is. */
    private @Nullable Set<String> unread;

    private volatile List<Report> reports = List.of();
    private volatile @Nullable Trust trusted;
    private volatile boolean current;
    private Lane.@Nullable Timer retry;
    private boolean closed;

    /** @param onChange called on the lane */
    ReportView(ZooKeeperClient client, ClusterPaths paths, Lane lane, Runnable onChange) {
        this.client = client;
        this.paths = paths;
        this.lane = lane;
        this.onChange = onChange;
    }

    List<Report> reports() {
        return reports;
    }

    @Nullable Trust trusted() {
        return trusted;
    }

    boolean current() {
        return current;
    }

    @Override
    public void process(WatchedEvent event) {
        if (event.getType() != EventType.None && !event.getPath().equals(paths.reports())) {
            lane.execute(() -> refresh(event.getPath()));
        }
    }

    /** On the lane. */
    void disconnected() {
        unread = null;
        current = false;
    }

    /** On the lane, at every connection: watches again, since the session may be another, and reads everything. */
    void refreshAll() {
        if (closed) {
            return;
        }
        disconnected();
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        client.watchTree(paths.trust(), this)
                .thenCompose(watching -> client.watchTree(paths.reports(), this))
                .thenCompose(watching -> client.children(paths.reports()))
                .whenComplete((names, failure) -> lane.execute(() -> {
                    if (names != null) {
                        hasListed(names);
                    } else if (ZooKeeperFault.codeOf(failure) == Code.NONODE) {
                        hasListed(List.of()); // the watch will tell when someone makes it
                    } else {
                        retryLater();
                    }
                }));
    }

    private void hasListed(List<String> names) {
        Set<String> there = new HashSet<>();
        names.forEach(name -> there.add(paths.reports() + "/" + name));
        if (known.keySet().retainAll(there)) {
            tell();
        }
        there.add(paths.trust());
        unread = new HashSet<>(there);
        there.forEach(this::refresh);
    }

    private void refresh(String path) {
        if (closed) {
            return;
        }
        if (!reading.add(path)) {
            changed.add(path);
            return;
        }
        client.get(path, null).whenComplete((data, failure) -> lane.execute(() -> hasRead(path, data, failure)));
    }

    private void hasRead(String path, @Nullable NodeData data, @Nullable Throwable failure) {
        reading.remove(path);
        if (changed.remove(path)) {
            refresh(path); // what was read may be older than what the event told of
        } else if (data != null || (failure != null && ZooKeeperFault.codeOf(failure) == Code.NONODE)) {
            boolean other = path.equals(paths.trust()) ? takeTrust(data) : take(path, data);
            boolean becomesCurrent = unread != null && unread.remove(path) && unread.isEmpty();
            current |= becomesCurrent;
            if (other || becomesCurrent) {
                tell();
            }
        } else {
            retryLater();
        }
    }

    private boolean takeTrust(@Nullable NodeData data) {
        Trust before = trusted;
        try {
            trusted = data == null ? null : ReportNode.decodeTrust(data.bytes());
        } catch (IllegalArgumentException e) {
            LOG.warn("{} holds something that this version does not know", paths.trust(), e);
        }
        return !Objects.equals(before, trusted);
    }

    private boolean take(String path, @Nullable NodeData data) {
        Report before = known.remove(path);
        if (data != null) {
            try {
                known.put(path, ReportNode.decode(data.bytes()));
            } catch (IllegalArgumentException e) {
                LOG.warn("{} holds something that this version does not know", path, e);
            }
        }
        return !Objects.equals(before, known.get(path));
    }

    private void tell() {
        reports = List.copyOf(known.values());
        onChange.run();
    }

    private void retryLater() {
        if (!closed && retry == null) {
            retry = lane.schedule(RETRY_MILLIS, this::refreshAll);
        }
    }

    /** On the lane. */
    void close() {
        closed = true;
        current = false;
        if (retry != null) {
            retry.cancel();
        }
    }
}
