package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Election.Candidate;
import io.wesdb.internal.cluster.Election.Wish;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.jspecify.annotations.Nullable;

/**
 * The latches' znodes as others than Curator use them. A latch that loses its znode makes another by itself: the one
 * that the next in the queue watches does at once, and every other when it is looked at again.
 *
 * <p>Curator gives each znode a name with a UUID and a number in it, so what is removed by name is never a newer one.
 * Stateless and thread safe.
 */
final class ElectionQueue {
    private static final int MAX_ATTEMPTS = 10;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;

    ElectionQueue(ZooKeeperClient client, ClusterPaths paths) {
        this.client = client;
        this.paths = paths;
    }

    /** What a latch says whose it is. */
    static String participant(String node, String incarnation) {
        return node + "/" + incarnation;
    }

    /** ZooKeeper ends the name with ten digits. */
    static String sequence(String name) {
        return name.substring(Math.max(0, name.length() - 10));
    }

    CompletableFuture<List<Candidate>> candidates() {
        return translated(client.sync(paths.election())
                .thenCompose(synced -> client.children(paths.election()))
                .thenCompose(names -> {
                    List<CompletableFuture<Optional<Candidate>>> reads = names.stream()
                            .sorted(Comparator.comparing(ElectionQueue::sequence))
                            .map(this::read)
                            .toList();
                    return CompletableFuture.allOf(reads.toArray(CompletableFuture<?>[]::new))
                            .thenApply(all -> reads.stream()
                                    .map(CompletableFuture::join)
                                    .flatMap(Optional::stream)
                                    .toList());
                }));
    }

    private CompletableFuture<Optional<Candidate>> read(String name) {
        return client.get(path(name), null)
                .thenApply(data -> Optional.of(decode(name, data.bytes())))
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(Optional.empty()) // it has just left
                        : CompletableFuture.failedFuture(failure));
    }

    private static Candidate decode(String name, byte[] bytes) {
        String participant = new String(bytes, StandardCharsets.UTF_8);
        int slash = participant.indexOf('/');
        return slash < 0
                ? new Candidate(name, participant, "")
                : new Candidate(name, participant.substring(0, slash), participant.substring(slash + 1));
    }

    /** Removes everyone before {@code successor}, in one step; false if it is not there, or a newer term began. */
    CompletableFuture<Boolean> bringForward(Candidate successor, long epoch) {
        return translated(during(epoch)
                .thenCompose(term -> term.isEmpty()
                        ? CompletableFuture.completedFuture(false)
                        : bringForward(successor, term.get(), MAX_ATTEMPTS)));
    }

    private CompletableFuture<Boolean> bringForward(Candidate successor, Op term, int attempts) {
        return client.children(paths.election()).thenCompose(names -> {
            List<String> sorted = names.stream()
                    .sorted(Comparator.comparing(ElectionQueue::sequence))
                    .toList();
            int place = sorted.indexOf(successor.place());
            if (place < 0) {
                return CompletableFuture.completedFuture(false);
            }
            List<Op> operations = new ArrayList<>();
            operations.add(term);
            operations.add(Op.check(path(successor.place()), -1));
            sorted.subList(0, place).forEach(name -> operations.add(Op.delete(path(name), -1)));
            return client.multi(operations)
                    .thenApply(done -> true)
                    .exceptionallyCompose(failure -> switch (ZooKeeperFault.codeOf(failure)) {
                        case BADVERSION -> CompletableFuture.completedFuture(false);
                        case NONODE ->
                            attempts > 1
                                    ? bringForward(successor, term, attempts - 1) // somebody has left meanwhile
                                    : CompletableFuture.failedFuture(failure);
                        default -> CompletableFuture.failedFuture(failure);
                    });
        });
    }

    CompletableFuture<Void> remove(Candidate dead, long epoch) {
        return translated(during(epoch)
                .thenCompose(term -> term.isEmpty()
                        ? CompletableFuture.<Void>completedFuture(null)
                        : client.multi(List.of(term.get(), Op.delete(path(dead.place()), -1)))
                                .exceptionallyCompose(failure -> switch (ZooKeeperFault.codeOf(failure)) {
                                    case NONODE, BADVERSION -> CompletableFuture.<Void>completedFuture(null);
                                    default -> CompletableFuture.failedFuture(failure);
                                })));
    }

    /** What holds as long as no newer term has begun; empty if one has. */
    private CompletableFuture<Optional<Op>> during(long epoch) {
        return client.get(paths.epoch(), null)
                .thenApply(data -> FlatJson.parse(data.bytes()).number("epoch") > epoch
                        ? Optional.empty()
                        : Optional.of(Op.check(paths.epoch(), data.version())));
    }

    /** Is kept in the data of the znode above the latches, so that whoever leads is told, however it can be reached. */
    CompletableFuture<Void> ask(Wish wish) {
        String text = wish.epoch() + " " + (wish.successor() == null ? "" : wish.successor());
        return translated(client.set(paths.election(), text.getBytes(StandardCharsets.UTF_8), -1)
                .<Void>thenApply(version -> null));
    }

    /** Leaves a newer wish as it is. */
    CompletableFuture<Void> settle(Wish wish) {
        return translated(client.set(paths.election(), new byte[0], wish.number())
                .<Void>thenApply(version -> null)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.BADVERSION
                        ? CompletableFuture.<Void>completedFuture(null)
                        : CompletableFuture.failedFuture(failure)));
    }

    /** The last wish; null if there was none or it is settled. */
    static @Nullable Wish wish(NodeData data) {
        String text = new String(data.bytes(), StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        try {
            return space < 0
                    ? null
                    : new Wish(
                            Long.parseLong(text.substring(0, space)),
                            space + 1 == text.length() ? null : text.substring(space + 1),
                            data.version());
        } catch (NumberFormatException e) {
            return null; // another version's
        }
    }

    private String path(String name) {
        return paths.election() + "/" + name;
    }

    private static <T> CompletableFuture<T> translated(CompletableFuture<T> answer) {
        return answer.exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                new LogUnavailableException("the election cannot be reached: " + failure.getMessage(), failure)));
    }
}
