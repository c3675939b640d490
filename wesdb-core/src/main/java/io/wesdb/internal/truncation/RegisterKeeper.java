package io.wesdb.internal.truncation;

import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.env.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's part in the register: since when a node is missing, which one the log has left behind, and which one is
 * forgotten. Marks only tell people and spare the next leader the wait; what leaves the log is decided without them.
 *
 * <p>Owned by the truncator's lane.
 */
final class RegisterKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(RegisterKeeper.class);
    private static final int ABSENT_INTERVALS = 2;
    private static final int BEHIND_INTERVALS = 3;

    private final Membership membership;
    private final Clock clock;
    private final TruncationPolicy policy;
    private final Patience missing;
    private final Patience behind;
    private final Set<String> warned = new HashSet<>();

    RegisterKeeper(Membership membership, Clock clock, TruncationPolicy policy, long intervalMillis) {
        this.membership = membership;
        this.clock = clock;
        this.policy = policy;
        this.missing = new Patience(ABSENT_INTERVALS * intervalMillis);
        this.behind = new Patience(BEHIND_INTERVALS * intervalMillis);
    }

    /** A new term: what an earlier one saw says nothing. */
    void begin() {
        missing.clear();
        behind.clear();
        warned.clear();
    }

    /** @param viewIsSound whether the members seen are to be believed */
    void keep(List<RegisteredNode> others, Map<String, Member> present, boolean viewIsSound, long first) {
        Set<String> ids = others.stream().map(RegisteredNode::node).collect(Collectors.toSet());
        missing.retain(ids);
        behind.retain(ids);
        warned.retainAll(ids);
        for (RegisteredNode node : others) {
            Member member = present.get(node.node());
            boolean gone = missing.lasts(node.node(), viewIsSound && member == null, clock.nanos());
            boolean left = TruncationPolicy.isBehind(node, member, first);
            boolean leftForLong = behind.lasts(node.node(), left, clock.nanos());
            if (!left) {
                warned.remove(node.node());
            }
            if (gone && policy.isForgotten(node, clock.wallMillis())) {
                forget(node);
            } else {
                mark(node, gone, left && (gone || leftForLong), first);
            }
        }
    }

    private void mark(RegisteredNode node, boolean gone, boolean left, long first) {
        RegisteredNode marked = node;
        if (gone && node.absentSinceMillis() == 0) {
            marked = marked.absentSince(clock.wallMillis());
        }
        if (left) {
            marked = marked.needingSnapshot();
        }
        if (marked.equals(node)) {
            return;
        }
        if (left && !node.needsSnapshot() && warned.add(node.node())) {
            LOG.warn(
                    "the node '{}' is left behind: it has synced up to entry {}, and the log begins with {} now;"
                            + " it will come back through a snapshot",
                    node.node(),
                    node.durable(),
                    first);
        }
        settle(membership.mark(node, marked), node);
    }

    private void forget(RegisteredNode node) {
        Duration away = Duration.ofMillis(clock.wallMillis() - node.absentSinceMillis());
        LOG.info("the node '{}' has been away for {} and is taken off the register", node.node(), away);
        settle(membership.remove(node.node()), node);
    }

    /** What fails is tried again the next time. */
    private static void settle(CompletableFuture<?> change, RegisteredNode node) {
        change.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.debug("the register was not changed for {}", node.node(), failure);
            }
        });
    }
}
