package io.wesdb.internal.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Membership.NodePresentException;
import io.wesdb.internal.cluster.Membership.UnknownNodeException;
import io.wesdb.internal.zookeeper.simulated.Pumped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** What {@link Membership} promises of the register, whoever implements it. */
public abstract class RegisterContract {
    /** A new session of {@code node} with the cluster that all sessions of a test share. */
    protected abstract Cluster cluster(String node);

    /** Takes a node off the register though it is present: what a race of two others can come to. */
    protected abstract void strike(String node) throws Exception;

    private Membership join(String node, long durable) {
        Membership membership = cluster(node).membership();
        membership.join(member(node, durable), node + "-1", Duration.ofSeconds(5));
        return membership;
    }

    @Test
    void aNodeThatJoinsEntersItselfAndStaysWhenItLeaves() throws Exception {
        Membership a = join("a", 7);
        Membership b = join("b", 0);
        awaitRegistered(b, RegisteredNode.present("a", 7), RegisteredNode.present("b", 0));
        a.update(member("a", 9));
        awaitRegistered(b, RegisteredNode.present("a", 9), RegisteredNode.present("b", 0));
        a.close();
        await().until(() -> b.members().size() == 1);
        assertEquals(List.of(RegisteredNode.present("a", 9), RegisteredNode.present("b", 0)), get(b.registered()));
    }

    @Test
    void aMarkIsMadeOnWhatWasSeenAndNotOnWhatTheNodeWroteSince() throws Exception {
        Membership a = join("a", 7);
        Membership leader = join("b", 0);
        RegisteredNode seen = RegisteredNode.present("a", 7);
        awaitRegistered(leader, seen, RegisteredNode.present("b", 0));
        a.update(member("a", 8));
        RegisteredNode now = RegisteredNode.present("a", 8);
        awaitRegistered(leader, now, RegisteredNode.present("b", 0));
        assertFalse(get(leader.mark(seen, seen.needingSnapshot())));
        assertEquals(now, get(leader.registered()).get(0));

        RegisteredNode marked = now.needingSnapshot();
        assertTrue(get(leader.mark(now, marked)));
        assertEquals(marked, get(leader.registered()).get(0));
        assertFalse(get(leader.mark(now, now.absentSince(5))));
        assertFalse(get(leader.mark(RegisteredNode.present("c", 0), RegisteredNode.present("c", 1))));
        assertEquals(2, get(leader.registered()).size());
    }

    @Test
    void theNodeItselfClearsItsMarks() throws Exception {
        Membership a = join("a", 7);
        Membership leader = join("b", 0);
        RegisteredNode seen = RegisteredNode.present("a", 7);
        awaitRegistered(leader, seen, RegisteredNode.present("b", 0));
        RegisteredNode marked = seen.needingSnapshot();
        assertTrue(get(leader.mark(seen, marked)));
        a.update(member("a", 7)); // nothing new: it is as far behind as before
        a.update(member("a", 8));
        awaitRegistered(leader, RegisteredNode.present("a", 8), RegisteredNode.present("b", 0));

        seen = RegisteredNode.present("a", 8);
        assertTrue(get(leader.mark(seen, seen.absentSince(1_000))));
        a.update(member("a", 8)); // it is there: that is new
        awaitRegistered(leader, RegisteredNode.present("a", 8), RegisteredNode.present("b", 0));

        assertTrue(get(leader.mark(seen, seen.absentSince(1_000).needingSnapshot())));
        a.close();
        join("a", 8);
        awaitRegistered(leader, RegisteredNode.present("a", 8), RegisteredNode.present("b", 0));
    }

    @Test
    void onlyANodeThatIsKnownAndGoneCanBeRemoved() throws Exception {
        Membership a = join("a", 7);
        Membership b = join("b", 0);
        awaitRegistered(b, RegisteredNode.present("a", 7), RegisteredNode.present("b", 0));
        assertInstanceOf(NodePresentException.class, failure(b.remove("a")));
        assertInstanceOf(UnknownNodeException.class, failure(b.remove("c")));
        a.close();
        await().until(() -> b.members().size() == 1);
        get(b.remove("a"));
        assertEquals(List.of(RegisteredNode.present("b", 0)), get(b.registered()));
        assertInstanceOf(UnknownNodeException.class, failure(b.remove("a")));
    }

    @Test
    void aNodeThatWasRemovedWhileItLivesEntersItselfAgain() throws Exception {
        Membership a = join("a", 7);
        awaitRegistered(a, RegisteredNode.present("a", 7));
        strike("a");
        assertEquals(List.of(), get(a.registered()));
        a.update(member("a", 7));
        awaitRegistered(a, RegisteredNode.present("a", 7));
    }

    @Test
    void aRegisterOfManyNodesIsReadWhole() throws Exception {
        List<RegisteredNode> all = new ArrayList<>();
        Membership last = null;
        for (int i = 100; i < 140; i++) {
            Membership membership = join("n" + i, i);
            awaitContains(membership, RegisteredNode.present("n" + i, i));
            all.add(RegisteredNode.present("n" + i, i));
            if (last != null) {
                last.close();
            }
            last = membership;
        }
        assertEquals(all, get(last.registered()));
    }

    private static void awaitContains(Membership by, RegisteredNode node) {
        await().until(() -> get(by.registered()).contains(node));
    }

    private static void awaitRegistered(Membership by, RegisteredNode... nodes) {
        await().untilAsserted(() -> assertEquals(List.of(nodes), get(by.registered())));
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, () -> get(future)).getCause();
    }

    private static Member member(String node, long durable) {
        return new Member(node, node + "-1", node + ":1", Role.FOLLOWER, durable, durable, "0.1");
    }

    protected static <T> T get(CompletableFuture<T> future) throws Exception {
        return Pumped.get(future);
    }
}
