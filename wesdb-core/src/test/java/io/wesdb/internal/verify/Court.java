package io.wesdb.internal.verify;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.cluster.memory.InMemoryReports;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.env.SimulatedWorld.SimulatedEnvironment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;

/**
 * Juries of several nodes in one simulated world. A log's digest at an index is that index; a node that diverged at some
 * index has another one from there on.
 */
final class Court {
    static final Duration CONTENT_LIMIT = Duration.ofMinutes(10);

    final SimulatedWorld world;
    final InMemoryReports store;
    final Map<String, Peer> peers = new TreeMap<>();
    final Map<String, Role> present = new TreeMap<>();

    Court(long seed, String... names) {
        world = new SimulatedWorld(seed);
        store = new InMemoryReports(world.lane("zookeeper"));
        for (String name : names) {
            present.put(name, Role.FOLLOWER);
            peers.put(name, new Peer(name, 0));
        }
    }

    Peer peer(String name) {
        return peers.get(name);
    }

    private List<Member> members() {
        List<Member> members = new ArrayList<>();
        present.forEach((node, role) -> members.add(new Member(node, "1", node + ":1", role, 0, 0, "0.1")));
        return members;
    }

    /** A new life of the node, with the file it had. */
    Peer restart(String name) {
        Peer before = peers.get(name);
        before.env.crash();
        before.reports.close();
        Peer after = new Peer(name, before.applied);
        after.divergedAt = before.divergedAt;
        after.variant = before.variant;
        peers.put(name, after);
        return after;
    }

    /** All nodes that are not stopped apply so far, meeting the digests of {@code leader} on the way. */
    void applyAll(String leader, long upTo) {
        for (Peer peer : peers.values()) {
            if (!peer.stopped && present.containsKey(peer.name)) {
                peer.apply(peer(leader), upTo);
            }
        }
    }

    final class Peer implements Jury.Listener {
        final String name;
        final SimulatedEnvironment env;
        final Reports reports;
        final Jury jury;
        final List<String> heard = new ArrayList<>();
        Set<String> healthy = Set.of();
        String why = "";
        long knowsFrom;
        long applied;
        long divergedAt = Long.MAX_VALUE;
        long variant = 1;
        private final Lane lane;
        private final Queue<Runnable> held = new ArrayDeque<>();
        boolean stopped;

        Peer(String name, long applied) {
            this.name = name;
            this.applied = applied;
            this.knowsFrom = applied;
            env = world.environment(name);
            lane = env.newLane("replicator");
            reports = store.connect(name);
            Lane stoppable = new Lane() {
                @Override
                public void execute(Runnable work) {
                    lane.execute(() -> hold(work));
                }

                @Override
                public Timer scheduleNanos(long delayNanos, Runnable work) {
                    return lane.scheduleNanos(delayNanos, () -> hold(work));
                }
            };
            jury = new Jury(
                    stoppable,
                    env.clock(),
                    reports,
                    Court.this::members,
                    name,
                    this::digestAt,
                    CONTENT_LIMIT,
                    applied,
                    this);
            jury.start();
        }

        private void hold(Runnable work) {
            if (stopped) {
                held.add(work);
            } else {
                work.run();
            }
        }

        /** SIGSTOP. */
        void stop() {
            stopped = true;
        }

        /** SIGCONT: first what it had to do. */
        void go() {
            stopped = false;
            while (!held.isEmpty()) {
                lane.execute(held.remove());
            }
        }

        long digest(long index) {
            return index >= divergedAt ? index + 1_000_000 * variant : index;
        }

        OptionalLong digestAt(long index) {
            return index >= knowsFrom && index <= applied ? OptionalLong.of(digest(index)) : OptionalLong.empty();
        }

        /** Applies entries, each of which carries the leader's digest after the one before it. */
        void apply(Peer leader, long upTo) {
            lane.execute(() -> hold(() -> {
                while (applied < upTo) {
                    applied++;
                    jury.applied(applied);
                    meet(leader, applied - 1);
                }
            }));
        }

        /** Meets one entry. */
        void meet(Peer leader, long index) {
            if (digest(index) != leader.digest(index)) {
                jury.outcomesDiffer(index, digest(index), leader.digest(index));
            }
        }

        void hashed(long index, long total, Map<String, Long> tables) {
            lane.execute(() -> hold(() -> jury.contentHashed(new ContentHash(index, total, new TreeMap<>(tables)))));
        }

        /** Its file is replaced by {@code other}'s as it was at {@code index}. */
        void heal(Peer other, long index) {
            lane.execute(() -> {
                divergedAt = other.divergedAt;
                applied = index;
                knowsFrom = index;
                jury.replaced(index);
                present.put(name, Role.FOLLOWER);
            });
        }

        void close() {
            lane.execute(jury::close);
        }

        boolean quarantined() {
            return heard.contains("quarantine");
        }

        @Override
        public void quarantine(String newWhy, Set<String> healthyNodes) {
            heard.add("quarantine");
            why = newWhy;
            healthy = healthyNodes;
            present.put(name, Role.QUARANTINED);
        }

        @Override
        public void disputed(String newWhy) {
            heard.add("disputed");
            why = newWhy;
        }

        @Override
        public void settled() {
            heard.add("settled");
        }
    }
}
