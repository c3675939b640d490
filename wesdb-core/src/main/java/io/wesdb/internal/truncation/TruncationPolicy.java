package io.wesdb.internal.truncation;

import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.RegisteredNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides what leaves the log (I11). What the leader itself has not synced stays in any case; for the rest there are
 * three steps, each with less patience:
 *
 * <ol>
 *   <li>What every registered node has synced goes, but for the last few entries. Nodes that are left behind already do
 *       not count; but as long as one of them is present it is probably fetching a snapshot, and will want what comes
 *       after that, so nothing goes by this rule.
 *   <li>Past the bound, what most of the registered nodes have synced goes, down to the bound.
 *   <li>Past one and a half times the bound, the leader having synced it is enough: no write waits for another node (I8).
 * </ol>
 *
 * Pure and stateless.
 */
final class TruncationPolicy {
    private final TruncationSettings settings;

    TruncationPolicy(TruncationSettings settings) {
        this.settings = settings;
    }

    /**
     * The log as it is.
     *
     * @param first its first index
     * @param head its last one
     * @param withinBytes the lowest index at which it can begin to be within the bound in bytes
     * @param withinUtmostBytes likewise for one and a half times the bound
     */
    record Extent(long first, long head, long withinBytes, long withinUtmostBytes) {
        /** One whose size in bytes is not known. */
        static Extent unbounded(long first, long head) {
            return new Extent(first, head, first, first);
        }
    }

    /**
     * What to do.
     *
     * @param first where the log is to begin; where it does already, if nothing is to go
     * @param leaderAlone whether something goes that most nodes have not synced
     * @param heldBack whether the log stays past its bound because the leader itself has not synced
     * @param withinBound whether it is within its bound already
     */
    record Cut(long first, boolean leaderAlone, boolean heldBack, boolean withinBound) {}

    static long utmost(long bound) {
        return bound + bound / 2;
    }

    /** @param others the registered nodes without this one; {@code present} may lag behind */
    Cut cut(Extent log, long ownDurable, List<RegisteredNode> others, Map<String, Member> present) {
        long bound = Math.max(log.withinBytes(), log.head() - settings.maxEntries() + 1);
        long utmost = Math.max(log.withinUtmostBytes(), log.head() - utmost(settings.maxEntries()) + 1);
        long everyone =
                Math.min(durableOnAll(log, ownDurable, others, present) + 1, log.head() - settings.keepEntries() + 1);
        long most = Math.min(durableOnMost(ownDurable, others) + 1, bound);
        long patient = Math.max(everyone, most);
        long allowed = Math.min(ownDurable + 1, log.head());
        long first = Math.max(log.first(), Math.min(allowed, Math.max(patient, utmost)));
        boolean heldBack = bound > log.first() && allowed < bound && allowed < log.head();
        return new Cut(first, first > Math.max(patient, log.first()), heldBack, bound <= log.first());
    }

    /** What all nodes that count have synced; nothing of the log as long as one may be fetching a snapshot. */
    private static long durableOnAll(
            Extent log, long ownDurable, List<RegisteredNode> others, Map<String, Member> present) {
        long durable = ownDurable;
        for (RegisteredNode node : others) {
            Member member = present.get(node.node());
            boolean behind = isBehind(node, member, log.first());
            if (behind && member != null) {
                return log.first() - 1;
            } else if (!behind && !node.needsSnapshot()) {
                durable = Math.min(durable, node.durable());
            }
        }
        return durable;
    }

    private static long durableOnMost(long ownDurable, List<RegisteredNode> others) {
        List<Long> durable = new ArrayList<>();
        durable.add(ownDurable);
        others.forEach(node -> durable.add(node.durable()));
        durable.sort(Comparator.reverseOrder());
        return durable.get(durable.size() / 2);
    }

    /**
     * Whether the next entry that the node needs is not in a log that begins at {@code first}. One that is present and
     * has not synced what it has applied is not behind.
     */
    static boolean isBehind(RegisteredNode node, @Nullable Member member, long first) {
        long reached = member == null
                ? node.durable()
                : Math.max(node.durable(), Math.max(member.durable(), member.applied()));
        return reached + 1 < first;
    }

    /** Whether a node that is missing has been so for too long; not by a clock that went back. */
    boolean isForgotten(RegisteredNode node, long wallMillis) {
        return !settings.forgetAfter().isZero()
                && node.absentSinceMillis() > 0
                && wallMillis - node.absentSinceMillis()
                        >= settings.forgetAfter().toMillis();
    }
}
