package io.wesdb.internal.cluster.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership.NodeIdTakenException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InMemoryClusterStoreTest {
    private static final ClusterConfig CONFIG =
            new ClusterConfig("id", "lineage", 0, ClusterConfig.FORMAT_VERSION, true, "UTC", 4096, 1, "00");

    private final InMemoryClusterStore store = new InMemoryClusterStore(CONFIG);
    private final List<String> told = new ArrayList<>();

    private Cluster candidate(String node) {
        Cluster cluster = store.cluster(node);
        cluster.election().start(new Election.Listener() {
            @Override
            public void elected() {
                told.add(node + " elected");
            }

            @Override
            public void revoked() {
                told.add(node + " revoked");
            }

            @Override
            public void asked(Election.Wish wish) {}
        });
        return cluster;
    }

    @Test
    void twoNodesBelieveInTheirLeadershipUntilTheOldOneNoticesThatItsSessionExpired() {
        candidate("a");
        candidate("b");
        assertEquals(List.of("a elected"), told);
        store.expire("a");
        assertEquals(List.of("a elected", "b elected"), told);
        store.notice("a");
        assertEquals(List.of("a elected", "b elected", "a revoked"), told);
        store.expire("b");
        assertEquals("a elected", told.get(3));
    }

    @Test
    void whoResignsOrClosesMakesRoomForTheNext() {
        Cluster a = candidate("a");
        Cluster b = candidate("b");
        a.election().resign();
        assertEquals(List.of("a elected", "a revoked", "b elected"), told);
        b.close();
        b.close();
        assertEquals("a elected", told.get(3));
    }

    @Test
    void aNodeIdIsHeldByOneIncarnationUnlessItSucceedsTheOther() {
        store.cluster("a").membership().join(member("1"), null, Duration.ZERO);
        Cluster second = store.cluster("a");
        assertThrows(NodeIdTakenException.class, () -> second.membership().join(member("2"), null, Duration.ZERO));
        second.membership().join(member("2"), "1", Duration.ZERO);
        assertEquals(List.of(member("2")), second.membership().members());
        second.close();
        assertEquals(List.of(), second.membership().members());
    }

    private static Member member(String incarnation) {
        return new Member("a", incarnation, "a:1", Role.FOLLOWER, 0, 0, "0.1");
    }
}
