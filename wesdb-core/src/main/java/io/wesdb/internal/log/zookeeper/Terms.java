package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * The {@code epoch} and {@code head} znodes. The version of {@code epoch} is the fence (I4): it is bumped once a term,
 * so unlike the version of {@code head} it never wraps. Thread safe.
 */
final class Terms {
    /** How often a bump that another one overtook is tried again before the caller is asked whether it still wants it. */
    private static final int MAX_BUMPS = 5;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private volatile @Nullable Fence latest;

    /** A term that this node has begun, and the version of {@code epoch} that stands as long as it lasts. */
    record Fence(Term term, int version) {}

    Terms(ZooKeeperClient client, ClusterPaths paths) {
        this.client = client;
        this.paths = paths;
    }

    static byte[] encode(Term term) {
        return FlatJson.write("epoch", term.epoch(), "leader", term.leader(), "address", term.address());
    }

    static byte[] encode(Head head) {
        return FlatJson.write("index", head.index(), "epoch", head.epoch());
    }

    static Head decodeHead(byte[] bytes) {
        FlatJson json = FlatJson.parse(bytes);
        return new Head(json.number("index"), json.number("epoch"));
    }

    /** Null before the first term of a cluster, whose terms may begin after a base: the base has no leader. */
    static @Nullable Term decodeTerm(byte[] bytes) {
        FlatJson json = FlatJson.parse(bytes);
        String leader = json.text("leader");
        return leader.isEmpty() ? null : new Term(json.number("epoch"), leader, json.text("address"));
    }

    /** The last term that this node has begun, whether or not it is over. */
    @Nullable Fence latest() {
        return latest;
    }

    /** Raises the fence, and only then reads the head: from the bump on no entry of an older term can appear. */
    CompletableFuture<BegunTerm> begin(String leader, String address) {
        return bump(leader, address, MAX_BUMPS)
                .thenCompose(fence -> head().thenApply(head -> new BegunTerm(fence.term(), head)));
    }

    private CompletableFuture<Fence> bump(String leader, String address, int attempts) {
        return client.get(paths.epoch(), null).thenCompose(data -> {
            Term term = new Term(epochIn(data) + 1, leader, address);
            return client.set(paths.epoch(), encode(term), data.version())
                    .thenApply(version -> remember(new Fence(term, version)))
                    .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.BADVERSION && attempts > 1
                            ? bump(leader, address, attempts - 1)
                            : CompletableFuture.failedFuture(failure));
        });
    }

    private static long epochIn(NodeData data) {
        return FlatJson.parse(data.bytes()).number("epoch");
    }

    private synchronized Fence remember(Fence fence) {
        Fence known = latest;
        if (known == null || known.term().epoch() < fence.term().epoch()) {
            latest = fence;
        }
        return fence;
    }

    CompletableFuture<Head> head() {
        return fresh(paths.head()).thenApply(data -> decodeHead(data.bytes()));
    }

    CompletableFuture<@Nullable Term> current() {
        return fresh(paths.epoch()).thenApply(data -> decodeTerm(data.bytes()));
    }

    /** The read is sent right behind the sync: a session's requests keep their order, so one round trip is enough. */
    private CompletableFuture<NodeData> fresh(String path) {
        CompletableFuture<Void> sync = client.sync(path);
        return sync.thenCombine(client.get(path, null), (synced, data) -> data);
    }
}
