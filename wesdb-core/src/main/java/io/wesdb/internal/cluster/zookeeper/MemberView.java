package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members as this node last saw them: all are read after every connection, then each one that an event names, at most
 * one read a member being under way. Owned by its lane; {@link #members()} may be called from anywhere.
 */
final class MemberView implements Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(MemberView.class);
    private static final long RETRY_MILLIS = 500;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final Lane lane;
    private final Consumer<String> onGone;
    private final Map<String, Member> known = new TreeMap<>();
    private final Set<String> reading = new HashSet<>();
    private final Set<String> changed = new HashSet<>();
    private volatile List<Member> members = List.of();
    private Lane.@Nullable Timer retry;
    private boolean closed;

    /** @param onGone called on the lane with the id of a node whose member znode was deleted */
    MemberView(ZooKeeperClient client, ClusterPaths paths, Lane lane, Consumer<String> onGone) {
        this.client = client;
        this.paths = paths;
        this.lane = lane;
        this.onGone = onGone;
    }

    List<Member> members() {
        return members;
    }

    @Override
    public void process(WatchedEvent event) {
        String prefix = paths.members() + "/";
        if (event.getType() != EventType.None && event.getPath().startsWith(prefix)) {
            String node = event.getPath().substring(prefix.length());
            lane.execute(() -> {
                if (event.getType() == EventType.NodeDeleted) {
                    onGone.accept(node);
                }
                refresh(node);
            });
        }
    }

    /** On the lane, at every connection: watches again, since the session may be another, and reads everything. */
    void refreshAll() {
        if (closed) {
            return;
        }
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        client.watchTree(paths.members(), this)
                .thenCompose(watching -> client.children(paths.members()))
                .whenComplete((nodes, failure) -> lane.execute(() -> {
                    if (nodes == null) {
                        retryLater();
                    } else {
                        hasListed(nodes);
                    }
                }));
    }

    private void hasListed(Collection<String> nodes) {
        if (known.keySet().retainAll(nodes)) {
            members = List.copyOf(known.values());
        }
        nodes.forEach(this::refresh);
    }

    private void refresh(String node) {
        if (closed) {
            return;
        }
        if (!reading.add(node)) {
            changed.add(node);
            return;
        }
        client.get(paths.member(node), null)
                .whenComplete((data, failure) -> lane.execute(() -> hasRead(node, data, failure)));
    }

    private void hasRead(String node, @Nullable NodeData data, @Nullable Throwable failure) {
        reading.remove(node);
        if (data != null) {
            decode(node, data.bytes());
        } else if (failure != null && ZooKeeperFault.codeOf(failure) == Code.NONODE) {
            known.remove(node);
        } else {
            retryLater();
        }
        members = List.copyOf(known.values());
        if (changed.remove(node)) {
            refresh(node);
        }
    }

    private void decode(String node, byte[] bytes) {
        try {
            known.put(node, MemberNode.decode(bytes));
        } catch (IllegalArgumentException e) {
            LOG.warn("the member {} describes itself in a way that this version does not know", node, e);
            known.remove(node);
        }
    }

    private void retryLater() {
        if (!closed && retry == null) {
            retry = lane.schedule(RETRY_MILLIS, this::refreshAll);
        }
    }

    /** On the lane. */
    void close() {
        closed = true;
        if (retry != null) {
            retry.cancel();
        }
    }
}
