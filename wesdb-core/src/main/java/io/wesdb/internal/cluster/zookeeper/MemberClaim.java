package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.jspecify.annotations.Nullable;

/**
 * Makes a node present under its id, in the session there is now. What an earlier session of the same incarnation or the
 * predecessor left is replaced; anyone else's is not touched. Stateless and thread safe.
 */
final class MemberClaim {
    /** What {@link #claim} gives if another node holds the id. */
    static final int TAKEN = -1;

    private static final int MAX_ATTEMPTS = 10;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;

    MemberClaim(ZooKeeperClient client, ClusterPaths paths) {
        this.client = client;
        this.paths = paths;
    }

    /** The member znode's version, or {@link #TAKEN}; then {@code watcher} is called when that changes. */
    CompletableFuture<Integer> claim(Member self, @Nullable String predecessor, @Nullable Watcher watcher) {
        return claim(self, predecessor, watcher, MAX_ATTEMPTS);
    }

    private CompletableFuture<Integer> claim(
            Member self, @Nullable String predecessor, @Nullable Watcher watcher, int attempts) {
        String path = paths.member(self.node());
        return client.get(path, watcher)
                .thenCompose(found -> takeOver(path, self, predecessor, found))
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? client.create(path, MemberNode.encode(self), CreateMode.EPHEMERAL)
                                .thenApply(made -> 0)
                        : CompletableFuture.failedFuture(failure))
                .exceptionallyCompose(failure -> overtaken(failure) && attempts > 1
                        ? claim(self, predecessor, watcher, attempts - 1)
                        : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<Integer> takeOver(
            String path, Member self, @Nullable String predecessor, NodeData found) {
        String incarnation = incarnation(found.bytes());
        if (incarnation.equals(self.incarnation()) && found.ephemeralOwner() == client.sessionId()) {
            return client.set(path, MemberNode.encode(self), found.version());
        } else if (incarnation.equals(self.incarnation()) || incarnation.equals(predecessor)) {
            // It lives with a session that is over or will be: ours must take its place.
            return client.delete(path, found.version())
                    .thenCompose(gone -> client.create(path, MemberNode.encode(self), CreateMode.EPHEMERAL))
                    .thenApply(made -> 0);
        }
        return CompletableFuture.completedFuture(TAKEN);
    }

    private static String incarnation(byte[] bytes) {
        try {
            return MemberNode.decode(bytes).incarnation();
        } catch (IllegalArgumentException e) {
            return ""; // another version's: not ours
        }
    }

    private static boolean overtaken(Throwable failure) {
        Code code = ZooKeeperFault.codeOf(failure);
        return code == Code.NODEEXISTS || code == Code.BADVERSION || code == Code.NONODE;
    }
}
