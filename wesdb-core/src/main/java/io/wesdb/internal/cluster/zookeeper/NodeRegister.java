package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Membership.NodePresentException;
import io.wesdb.internal.cluster.Membership.UnknownNodeException;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code nodes} znodes, as others than the node itself use them. Stateless and thread safe. */
final class NodeRegister {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRegister.class);
    /** How many are read at once. */
    private static final int WINDOW = 32;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;

    NodeRegister(ZooKeeperClient client, ClusterPaths paths) {
        this.client = client;
        this.paths = paths;
    }

    CompletableFuture<List<RegisteredNode>> registered() {
        return translated(client.sync(paths.nodes())
                .thenCompose(synced -> client.children(paths.nodes()))
                .thenCompose(names -> read(names.stream().sorted().toList(), 0, new ArrayList<>())));
    }

    private CompletableFuture<List<RegisteredNode>> read(List<String> names, int from, List<RegisteredNode> found) {
        if (from >= names.size()) {
            return CompletableFuture.completedFuture(List.copyOf(found));
        }
        int to = Math.min(from + WINDOW, names.size());
        List<CompletableFuture<List<RegisteredNode>>> reads =
                names.subList(from, to).stream().map(this::read).toList();
        return CompletableFuture.allOf(reads.toArray(CompletableFuture<?>[]::new))
                .thenCompose(all -> {
                    reads.forEach(each -> found.addAll(each.join()));
                    return read(names, to, found);
                });
    }

    /** Empty if it was removed meanwhile. */
    private CompletableFuture<List<RegisteredNode>> read(String name) {
        return client.get(paths.node(name), null)
                .thenApply(data -> List.of(decode(name, data.bytes())))
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(List.of())
                        : CompletableFuture.failedFuture(failure));
    }

    /** What another version wrote must not be taken for something durable. */
    private static RegisteredNode decode(String node, byte[] bytes) {
        try {
            return RegisterNode.decode(node, bytes);
        } catch (IllegalArgumentException e) {
            LOG.debug("the register has {} in a way that this version does not know", node, e);
            return RegisteredNode.present(node, 0);
        }
    }

    CompletableFuture<Boolean> mark(RegisteredNode seen, RegisteredNode marked) {
        String path = paths.node(seen.node());
        return translated(client.get(path, null)
                .thenCompose(data -> decode(seen.node(), data.bytes()).equals(seen)
                        ? client.set(path, RegisterNode.encode(marked), data.version())
                                .thenApply(version -> true)
                        : CompletableFuture.completedFuture(false))
                .exceptionallyCompose(failure -> {
                    Code code = ZooKeeperFault.codeOf(failure);
                    return code == Code.BADVERSION || code == Code.NONODE
                            ? CompletableFuture.completedFuture(false)
                            : CompletableFuture.failedFuture(failure);
                }));
    }

    CompletableFuture<Void> remove(String node) {
        return translated(client.sync(paths.members())
                .thenCompose(synced -> client.get(paths.member(node), null))
                .thenApply(present -> true)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(false)
                        : CompletableFuture.failedFuture(failure))
                .thenCompose(present ->
                        present ? CompletableFuture.failedFuture(new NodePresentException(node)) : delete(node)));
    }

    private CompletableFuture<Void> delete(String node) {
        return client.delete(paths.node(node), -1)
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        ZooKeeperFault.codeOf(failure) == Code.NONODE ? new UnknownNodeException(node) : failure));
    }

    private static <T> CompletableFuture<T> translated(CompletableFuture<T> future) {
        return future.exceptionallyCompose(failure -> {
            ZooKeeperFault fault = ZooKeeperFault.of(failure);
            return CompletableFuture.failedFuture(
                    fault == null
                            ? ZooKeeperFault.unwrap(failure)
                            : new LogUnavailableException(
                                    "the register does not answer: " + fault.getMessage(), fault));
        });
    }
}
