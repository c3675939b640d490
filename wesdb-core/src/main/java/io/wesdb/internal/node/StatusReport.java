package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import io.wesdb.Role;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts together what a node says of itself: to callers, and regularly to the other members. Thread safe. */
final class StatusReport {
    private static final long ANNOUNCE_MILLIS = 1_000;

    /** What does not change while the node lives. */
    record Identity(
            String cluster,
            String node,
            String incarnation,
            String address,
            @Nullable String httpAddress,
            String sqliteVersion,
            String version) {}

    private final Identity identity;
    private final ClusterConfig config;
    private final Clock clock;
    private final long startedNanos;
    private final Membership membership;
    private final Supplier<ReplicaState> state;

    StatusReport(
            Identity identity, ClusterConfig config, Clock clock, Membership membership, Supplier<ReplicaState> state) {
        this.identity = identity;
        this.config = config;
        this.clock = clock;
        this.startedNanos = clock.nanos();
        this.membership = membership;
        this.state = state;
    }

    NodeStatus status(int pendingWrites, long queries, long headReads) {
        ReplicaState now = state.get();
        Term term = now.term();
        boolean atHead = now.connected() && now.applied() >= now.head();
        return new NodeStatus(
                identity.cluster(),
                config.clusterId(),
                identity.node(),
                now.role(),
                serves(now.role()),
                term == null ? 0 : term.epoch(),
                term == null ? null : new NodeStatus.Leader(term.leader(), term.address()),
                now.head(),
                now.applied(),
                now.durable(),
                now.logFirst(),
                atHead ? 0 : millisSince(now.lastAtHeadNanos()),
                now.connected(),
                identity.address(),
                identity.httpAddress(),
                pendingWrites,
                queries,
                headReads,
                now.fault(),
                now.recovery(),
                now.dispute(),
                members(),
                identity.sqliteVersion(),
                identity.version(),
                millisSince(startedNanos));
    }

    /** Whether a node in that role serves reads. */
    static boolean serves(Role role) {
        return role == Role.LEADER || role == Role.FOLLOWER;
    }

    /** This node as it describes itself to the others. */
    Member self() {
        ReplicaState now = state.get();
        return new Member(
                identity.node(),
                identity.incarnation(),
                identity.address(),
                now.role(),
                now.applied(),
                now.durable(),
                identity.version());
    }

    /** Describes this node to the others once a second, if anything has changed. */
    void announceRegularly(Lane lane) {
        announce(lane, null);
    }

    private void announce(Lane lane, @Nullable Member last) {
        Member self = self();
        if (!self.equals(last)) {
            membership.update(self);
        }
        lane.schedule(ANNOUNCE_MILLIS, () -> announce(lane, self));
    }

    private List<NodeStatus.Member> members() {
        Member self = self();
        return membership.members().stream()
                .map(member -> member.node().equals(self.node()) ? self : member)
                .map(member -> new NodeStatus.Member(
                        member.node(),
                        member.address(),
                        member.role(),
                        member.applied(),
                        member.durable(),
                        member.version()))
                .toList();
    }

    private long millisSince(long nanos) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(clock.nanos() - nanos));
    }
}
