package io.wesdb.internal.truncation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.cluster.memory.InMemoryClusterStore;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.env.SimulatedWorld.SimulatedEnvironment;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** In simulated time, against the log and the register in memory. An entry without batches has 64 bytes. */
class TruncatorTest {
    private static final int ENTRY_BYTES = 64;
    private static final ClusterConfig CONFIG =
            new ClusterConfig("id", "lineage", 0, ClusterConfig.FORMAT_VERSION, true, "UTC", 4096, 1, "00");
    private static final TruncationSettings SETTINGS =
            new TruncationSettings(500, 1 << 30, Duration.ofDays(7), 50, 1_000);

    private final SimulatedWorld world = new SimulatedWorld(1);
    private InMemoryClusterStore store = new InMemoryClusterStore(NewCluster.empty(CONFIG), world.lane("zookeeper"));

    /** A node that is in the cluster, and leads when it is told to. */
    private final class Node {
        final String name;
        final SimulatedEnvironment environment;
        final Cluster cluster;
        final Lane lane;
        final Truncator truncator;
        Term term;
        long head;
        long applied;
        long durable;
        int askedToSync;
        boolean syncsWhenAsked;

        Node(String name, TruncationSettings settings) {
            this.name = name;
            this.environment = world.environment(name);
            this.cluster = store.cluster(name);
            this.lane = environment.newLane("replicator");
            this.truncator = new Truncator(
                    lane, environment.clock(), cluster.log(), cluster.membership(), name, settings, this::sync);
            cluster.membership().join(self(), null, Duration.ZERO);
        }

        private void sync() {
            askedToSync++;
            if (syncsWhenAsked) {
                lane.execute(() -> truncator.durable(head));
            }
        }

        Member self() {
            return new Member(name, name + "-1", name + ":1", Role.FOLLOWER, applied, durable, "0.1");
        }

        void says(long nowApplied, long nowDurable) {
            applied = nowApplied;
            durable = nowDurable;
            cluster.membership().update(self());
            on(truncator -> truncator.durable(nowDurable));
        }

        void on(Consumer<Truncator> work) {
            lane.execute(() -> work.accept(truncator));
        }

        void lead() {
            var begun = get(cluster.log().beginTerm(name, name + ":1"));
            term = begun.term();
            head = begun.head().index();
            on(truncator -> truncator.lead(begun.term()));
        }

        void append(int count) {
            for (int i = 0; i < count; i++) {
                long index = ++head;
                byte[] entry = EntryCodec.encode(
                        term.epoch(), index, 0, (index - 1) * ENTRY_BYTES, new OutcomeDigest(0, 0), List.of());
                assertEquals(ENTRY_BYTES, entry.length);
                cluster.log().append(term, index, entry);
                on(truncator -> truncator.committed(index, index * ENTRY_BYTES));
            }
        }
    }

    private Node node(String name) {
        return new Node(name, SETTINGS);
    }

    private <T> T get(CompletableFuture<T> future) {
        world.runUntil("an answer", 10_000, future::isDone);
        return future.join();
    }

    private long first(Node node) {
        return get(node.cluster.log().first());
    }

    private void becomes(Node node, long first) {
        world.runUntil("first is " + first + ", not " + first(node), 5_000, () -> first(node) == first);
    }

    private RegisteredNode registered(Node by, String name) {
        return get(by.cluster.membership().registered()).stream()
                .filter(each -> each.node().equals(name))
                .findFirst()
                .orElse(null);
    }

    @Test
    void whatEveryNodeHasSyncedLeavesTheLogAndTheLastFewStay() {
        Node a = node("a");
        Node b = node("b");
        a.lead();
        a.append(300);
        world.run(3_000);
        assertEquals(1, first(a));
        a.says(300, 290);
        b.says(300, 100);
        becomes(a, 101);
        b.says(300, 280);
        becomes(a, 251);
        assertEquals(50, get(store.logs().size()));
    }

    @Test
    void nothingHappensOnANodeThatDoesNotLead() {
        Node a = node("a");
        a.lead();
        a.append(300);
        a.says(300, 300);
        a.on(Truncator::stop);
        a.on(Truncator::stop);
        world.run(10_000);
        long first = first(a);
        a.append(1_000);
        a.says(1_300, 1_300);
        world.run(10_000);
        assertEquals(first, first(a));
    }

    @Test
    void theLogIsWithinItsBoundAtOnceNotOnlyAtTheNextLook() {
        Node a = node("a");
        Node b = node("b");
        node("c"); // which never syncs
        a.lead();
        world.run(100);
        for (int i = 0; i < 50; i++) {
            a.append(100);
            a.says(a.head, a.head);
            b.says(a.head, a.head);
            world.run(1);
            assertTrue(get(store.logs().size()) <= 500 + 100 + 25, "after " + a.head);
        }
        becomes(a, 4_501);
    }

    @Test
    void aBoundInBytesIsKeptToo() {
        Node a = new Node("a", new TruncationSettings(100_000, 200 * ENTRY_BYTES, Duration.ZERO, 50, 1_000));
        Node b = node("b");
        node("c");
        a.lead();
        world.run(100);
        for (int i = 0; i < 20; i++) {
            a.append(50);
            a.says(a.head, a.head);
            b.says(a.head, a.head);
            world.run(5);
            assertTrue(
                    get(store.logs().size()) <= 300,
                    "after " + a.head + ": " + get(store.logs().size()));
        }
        world.run(1_500);
        assertTrue(get(store.logs().size()) <= 200);
        assertTrue(get(store.logs().size()) >= 198);
    }

    @Test
    void aNewLeaderFindsTheSizeOfALogThatItHasNotSeen() {
        Node old = node("a");
        old.lead();
        old.on(Truncator::stop);
        old.append(1_000);
        Node a = new Node("b", new TruncationSettings(10_000, 200 * ENTRY_BYTES, Duration.ZERO, 50, 1_000));
        Node c = node("c");
        a.says(1_000, 1_000);
        c.says(1_000, 1_000);
        a.lead();
        world.run(1_500);
        long first = first(a);
        assertTrue(first >= 801 && first <= 802, "first " + first);
    }

    @Test
    void anUnreadableEntryLeavesTheBoundInEntries() {
        Node a = node("a");
        a.lead();
        world.run(100);
        for (int i = 0; i < 700; i++) {
            a.cluster.log().append(a.term, ++a.head, new byte[] {1, 2, 3});
        }
        a.says(700, 700);
        a.on(Truncator::stop);
        world.run(100);
        a.lead();
        becomes(a, 651);
    }

    @Test
    void aStragglerIsLeftBehindMarkedAndCountsAgainWhenItIsBack() {
        Node a = node("a");
        Node b = node("b");
        Node c = node("c");
        a.lead();
        a.append(1_000);
        c.says(60, 50);
        store.expire("c");
        a.says(1_000, 1_000);
        b.says(1_000, 1_000);
        becomes(a, 951); // its entries having left, nothing is kept for it any more
        world.runUntil("marked", 10_000, () -> registered(a, "c").needsSnapshot());
        assertEquals(50, registered(a, "c").durable());
        assertTrue(registered(a, "c").absentSinceMillis() > 0);

        // It is there again, and fetches a snapshot: what comes after that must stay.
        c.cluster.membership().join(c.self(), "c-1", Duration.ZERO);
        assertEquals(RegisteredNode.present("c", 50), registered(a, "c"));
        a.append(300);
        a.says(1_300, 1_300);
        b.says(1_300, 1_300);
        world.run(10_000);
        assertEquals(951, first(a));
        assertTrue(registered(a, "c").needsSnapshot());
        a.append(300);
        a.says(1_600, 1_600);
        b.says(1_600, 1_600);
        becomes(a, 1_101); // but not beyond the bound

        c.says(1_200, 1_200);
        assertEquals(RegisteredNode.present("c", 1_200), registered(a, "c"));
        becomes(a, 1_201);
        c.says(1_600, 1_600);
        becomes(a, 1_551);
    }

    @Test
    void withoutAMajorityTheLeaderAloneIsEnoughAtHalfMoreThanTheBound() {
        Node a = node("a");
        node("b");
        node("c");
        a.lead();
        a.append(740);
        a.says(740, 740);
        world.run(3_000);
        assertEquals(1, first(a));
        a.append(100);
        a.says(840, 840);
        becomes(a, 840 - 750 + 1);
    }

    @Test
    void theLeaderIsAskedToSyncWhenOnlyItsOwnFileHoldsTheLogBack() {
        Node a = node("a");
        a.lead();
        a.append(499);
        world.run(3_000);
        assertEquals(0, a.askedToSync);
        a.append(100);
        world.run(3_000);
        assertTrue(a.askedToSync > 0);
        assertTrue(a.askedToSync <= 5, "asked " + a.askedToSync + " times in 3 seconds");
        assertEquals(1, first(a));
        a.syncsWhenAsked = true;
        becomes(a, 550);
    }

    @Test
    void absenceIsNotedWhenItLastsAndClearedByTheNodeItself() {
        Node a = node("a");
        Node b = node("b");
        a.lead();
        world.run(5_000);
        store.expire("b");
        world.run(1_500);
        assertEquals(0, registered(a, "b").absentSinceMillis());
        world.run(3_000);
        long since = registered(a, "b").absentSinceMillis();
        assertTrue(since > 0);
        world.run(5_000);
        assertEquals(since, registered(a, "b").absentSinceMillis());
        b.says(1, 0);
        assertEquals(0, registered(a, "b").absentSinceMillis());
    }

    @Test
    void aNodeThatIsGoneForTooLongIsForgottenAlsoAcrossLeadersAndAPresentOneNever() {
        TruncationSettings twoHours = new TruncationSettings(500, 1 << 30, Duration.ofHours(2), 50, 1_000);
        Node a = new Node("a", twoHours);
        Node b = new Node("b", twoHours);
        node("c");
        store.expire("c");
        a.lead();
        a.append(100);
        a.says(100, 100);
        b.says(100, 100);
        world.run(Duration.ofMinutes(80).toMillis());
        assertEquals(1, first(a));
        b.lead();
        a.on(Truncator::stop);
        world.run(Duration.ofMinutes(30).toMillis());
        assertTrue(registered(a, "c") != null);
        world.run(Duration.ofMinutes(30).toMillis());
        assertTrue(registered(a, "c") == null);
        assertTrue(registered(a, "a") != null);
        becomes(b, 51);
    }

    @Test
    void aDeposedLeadersTruncationIsHarmless() {
        Node a = node("a");
        Node b = node("b");
        a.lead();
        a.append(400);
        a.says(400, 400);
        b.says(400, 100);
        becomes(a, 101);
        store.faults("a").plan(Kind.TRUNCATE, Fate.HOLD_CALL);
        b.says(400, 200);
        world.runUntil("held", 5_000, () -> !get(store.faults("a").heldCalls()).isEmpty());
        b.lead();
        store.faults("a").heal();
        b.says(400, 200);
        becomes(b, 201);
        world.run(10_000);
        assertEquals(201, first(b));
        b.says(400, 400);
        becomes(b, 351);
    }

    @Test
    void aRoundThatFailsIsMadeUpForByTheNext() {
        Node a = node("a");
        Node b = node("b");
        b.says(1_000_000, 1_000_000);
        a.lead();
        world.run(100);
        for (Kind kind : new Kind[] {Kind.FIRST, Kind.TRUNCATE}) {
            for (Fate fate : new Fate[] {Fate.LOSE_CALL, Fate.LOSE_ANSWER}) {
                store.faults("a").next(2, kind, fate);
                a.append(300);
                a.says(a.head, a.head);
                becomes(b, a.head - 49);
            }
        }
        store.faults("a").disconnect();
        world.run(5_000);
        store.faults("a").reconnect();
        a.append(300);
        a.says(a.head, a.head);
        becomes(a, a.head - 49);
    }

    @Test
    void aLogAfterABaseIsKeptAlike() {
        store = new InMemoryClusterStore(
                new NewCluster(
                        new ClusterConfig("id", "new", 9_000, ClusterConfig.FORMAT_VERSION, true, "UTC", 4096, 1, "00"),
                        3),
                world.lane("zookeeper"));
        Node a = node("a");
        a.says(9_000, 9_000);
        a.lead();
        world.run(3_000);
        assertEquals(9_001, first(a));
        assertFalse(a.askedToSync > 0);
        a.append(100);
        a.says(9_100, 9_100);
        becomes(a, 9_051);
    }
}
