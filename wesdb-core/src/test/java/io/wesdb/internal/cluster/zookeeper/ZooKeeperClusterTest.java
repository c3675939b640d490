package io.wesdb.internal.cluster.zookeeper;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.StartException;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership.NodeIdTakenException;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.RecordingListener;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.EmbeddedZooKeeper;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.LiveEnvironment;
import io.wesdb.internal.zookeeper.ZooKeeperConnection;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZooKeeperClusterTest {
    private static final ClusterPaths PATHS = new ClusterPaths("c");
    private static final Duration LONG_SESSION = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;

    @BeforeEach
    void start() {
        zooKeeper = new ZooKeeperFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
    }

    // --- config ---

    @Test
    void theFirstNodesProposalIsEveryonesConfig() {
        ZooKeeperCluster first = zooKeeper.open("a");
        ClusterConfig other = new ClusterConfig(
                "other", "lineage", 0, ClusterConfig.FORMAT_VERSION, false, "Europe/Berlin", 8192, 1, "secret");
        ZooKeeperCluster second =
                ZooKeeperCluster.open(settings("b"), () -> NewCluster.empty(other), zooKeeper.environment);
        try (second) {
            assertEquals(ZooKeeperFixture.CONFIG, first.config());
            assertEquals(ZooKeeperFixture.CONFIG, second.config());
        }
    }

    @Test
    void aProposalThatRefusesLeavesNothingInZooKeeper() throws Exception {
        StartException refusal = new StartException("this node has a file");
        StartException thrown = assertThrows(
                StartException.class,
                () -> ZooKeeperCluster.open(
                        settings("a"),
                        () -> {
                            throw refusal;
                        },
                        zooKeeper.environment));
        assertEquals(refusal, thrown);
        ZooKeeperConnection connection = zooKeeper.connect(Duration.ofSeconds(5));
        assertEquals(List.of("zookeeper"), get(connection.children("/")));
        zooKeeper.open("b");
    }

    @Test
    void aRestartedClusterBeginsAfterItsBaseOnWhicheverNodeComesNext() {
        zooKeeper.proposal = ZooKeeperFixture.after(1_000, 5);
        zooKeeper.open("a").close();
        zooKeeper.proposal = NewCluster.empty(ZooKeeperFixture.CONFIG);
        ZooKeeperCluster next = zooKeeper.open("b");
        assertEquals(1_000, next.config().baseIndex());
        assertEquals("another lineage", next.config().lineage());
        assertEquals(new Head(1_000, 5), get(next.log().head()));
        assertEquals(1_001, get(next.log().first()));
        assertEquals(6, get(next.log().beginTerm("b", "b:1")).term().epoch());
    }

    @Test
    void aBaseBelowZeroIsNone() {
        assertThrows(IllegalArgumentException.class, () -> new NewCluster(ZooKeeperFixture.CONFIG, -1));
        assertThrows(IllegalArgumentException.class, () -> ZooKeeperFixture.after(-1, 0));
    }

    @Test
    void aClusterOfALaterFormatIsRefused() throws Exception {
        zooKeeper.open("a").close();
        ZooKeeperConnection connection = zooKeeper.connect(Duration.ofSeconds(5));
        get(connection.set(PATHS.config(), FlatJson.write("formatVersion", ClusterConfig.FORMAT_VERSION + 1), -1));
        StartException refusal = assertThrows(StartException.class, () -> zooKeeper.open("b"));
        assertTrue(
                refusal.getMessage().contains("format version " + (ClusterConfig.FORMAT_VERSION + 1)),
                refusal.getMessage());
    }

    @Test
    void aClusterThatLostItsHeadIsDamagedNotNew() throws Exception {
        zooKeeper.open("a").close();
        ZooKeeperConnection connection = zooKeeper.connect(Duration.ofSeconds(5));
        get(connection.delete(PATHS.head(), -1));
        StartException refusal = assertThrows(StartException.class, () -> zooKeeper.open("b"));
        assertTrue(refusal.getMessage().contains("damaged"), refusal.getMessage());
    }

    @Test
    void withoutAServerOpeningFailsInTimeAndNamesTheAddresses() {
        zooKeeper.stopServer();
        ZooKeeperSettings settings = new ZooKeeperSettings(
                zooKeeper.connectString(), "c", "a", "1", null, Duration.ofSeconds(5), Duration.ofMillis(500));
        long beforeNanos = System.nanoTime();
        StartException failure = assertThrows(
                StartException.class,
                () -> ZooKeeperCluster.open(
                        settings, () -> NewCluster.empty(ZooKeeperFixture.CONFIG), zooKeeper.environment));
        assertTrue(failure.getMessage().contains(zooKeeper.connectString()), failure.getMessage());
        assertTrue(System.nanoTime() - beforeNanos < TimeUnit.SECONDS.toNanos(8));
    }

    // --- election ---

    private static final class Candidate implements Election.Listener {
        volatile boolean leads;
        volatile Election.Wish wish;

        @Override
        public void elected() {
            leads = true;
        }

        @Override
        public void revoked() {
            leads = false;
        }

        @Override
        public void asked(Election.Wish newWish) {
            wish = newWish;
        }

        boolean told(long epoch, String successor) {
            return wish != null && wish.epoch() == epoch && Objects.equals(wish.successor(), successor);
        }
    }

    private static Candidate candidate(ZooKeeperCluster cluster) {
        Candidate candidate = new Candidate();
        cluster.election().start(candidate);
        return candidate;
    }

    @Test
    void leadershipMovesWhenTheLeaderCloses() {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        Candidate b = candidate(zooKeeper.open("b"));
        first.close();
        await().until(() -> b.leads);
    }

    @Test
    void leadershipMovesWhenTheLeadersSessionExpiresAndTheOldLeaderLearnsOfIt() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        ZooKeeperCluster second = zooKeeper.open("b");
        Candidate b = candidate(second);
        await().until(() -> get(first.connection().children(PATHS.election())).size() == 2);
        zooKeeper.killSession(first.connection());
        await().until(() -> b.leads && !a.leads);
        second.close();
        await().until(() -> a.leads); // it is a candidate again
    }

    @Test
    void whoResignsQueuesUpBehindTheOthers() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        Candidate b = candidate(zooKeeper.open("b"));
        await().until(() -> get(first.connection().children(PATHS.election())).size() == 2);
        first.election().resign();
        await().until(() -> b.leads && !a.leads);
    }

    @Test
    void aShortDisconnectionIsNoLossOfLeadership() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a", "1", null, Duration.ofSeconds(20));
        Candidate a = candidate(first);
        RecordingListener listener = new RecordingListener();
        first.log().start(listener);
        await().until(() -> a.leads);
        zooKeeper.stopServer();
        await().until(() -> listener.connections.equals(List.of(true, false)));
        zooKeeper.startServer();
        await().until(() -> listener.connections.equals(List.of(true, false, true)));
        assertTrue(a.leads);
    }

    @Test
    void aCandidateWhoseZnodeVanishedIsMadeACandidateAgain() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a", "1", null, Duration.ofSeconds(1));
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        String latch = get(first.connection().children(PATHS.election())).get(0);
        get(first.connection().delete(PATHS.election() + "/" + latch, -1));
        await().until(() -> {
            List<String> names = get(first.connection().children(PATHS.election()));
            return names.size() == 1 && !names.contains(latch) && a.leads;
        });
    }

    /** Found by the simulation: the create was only long on its way, and the latch had made another meanwhile. */
    @Test
    void aPlaceOfItsOwnThatItsLatchKnowsNothingOfDoesNotHoldUpTheElection() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a", "1", null, Duration.ofSeconds(1));
        String stray = PATHS.election() + "/_c_00000000-0000-0000-0000-000000000000-latch-";
        get(first.connection().create(stray, "a/1".getBytes(StandardCharsets.UTF_8), CreateMode.EPHEMERAL_SEQUENTIAL));
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        assertEquals(List.of("a"), order(first));
    }

    private static Election.Candidate placeOf(ZooKeeperCluster cluster, String node) throws Exception {
        return get(cluster.election().candidates()).stream()
                .filter(place -> place.node().equals(node))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> order(ZooKeeperCluster cluster) throws Exception {
        return get(cluster.election().candidates()).stream()
                .map(Election.Candidate::node)
                .toList();
    }

    @Test
    void aLeaderHandsOverToTheOneItChoosesAndAllOthersQueueUpBehindThat() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a", "1", null, Duration.ofSeconds(4));
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        candidate(zooKeeper.open("b"));
        await().until(() -> order(first).size() == 2);
        Candidate c = candidate(zooKeeper.open("c"));
        await().until(() -> order(first).equals(List.of("a", "b", "c")));
        assertTrue(get(first.election().handOver(placeOf(first, "c"), 0)));
        await().until(() -> c.leads && !a.leads);
        await().until(() -> order(first).size() == 3);
        assertEquals("c", order(first).get(0));
    }

    @Test
    void nothingIsHandedOverToACandidateThatHasLeft() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        ZooKeeperCluster second = zooKeeper.open("b");
        candidate(second);
        await().until(() -> order(first).size() == 2);
        Election.Candidate gone = placeOf(first, "b");
        second.close();
        await().until(() -> order(first).size() == 1);
        assertFalse(get(first.election().handOver(gone, 0)));
        assertEquals(List.of("a"), order(first));
        assertTrue(a.leads);
    }

    @Test
    void theLeaderIsToldOfAWishWhoeverHasItAlsoAfterAReconnection() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        ZooKeeperCluster second = zooKeeper.open("b");
        get(second.election().ask(new Election.Wish(7, "b")));
        await().until(() -> a.told(7, "b"));
        get(second.election().ask(new Election.Wish(8, null)));
        await().until(() -> a.told(8, null));
        zooKeeper.stopServer();
        await().until(() -> !second.connection().connected());
        zooKeeper.startServer();
        await().until(() -> second.connection().connected());
        get(second.election().ask(new Election.Wish(9, "b")));
        await().until(() -> a.told(9, "b"));
    }

    @Test
    void aWishThatIsSettledIsNotToldAgainButANewerOneStays() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        get(first.election().ask(new Election.Wish(7, "b")));
        await().until(() -> a.told(7, "b"));
        Election.Wish old = a.wish;
        get(first.election().settle(old));
        Candidate b = candidate(zooKeeper.open("b"));
        get(first.election().ask(new Election.Wish(8, "b")));
        await().until(() -> b.told(8, "b"));
        get(first.election().settle(old));
        Candidate c = candidate(zooKeeper.open("c"));
        await().until(() -> c.told(8, "b"));
        get(first.election().settle(c.wish));
        assertEquals(0, get(first.connection().get(PATHS.election(), null)).bytes().length);
    }

    @Test
    void whatConcernsATermThatIsOverChangesNothing() throws Exception {
        ZooKeeperCluster first = zooKeeper.open("a");
        Candidate a = candidate(first);
        await().until(() -> a.leads);
        ZooKeeperCluster second = zooKeeper.open("b");
        Candidate b = candidate(second);
        await().until(() -> order(second).equals(List.of("a", "b")));
        long over = get(first.log().beginTerm("a", "a:1")).term().epoch();
        long current = get(first.log().beginTerm("a", "a:1")).term().epoch();
        assertFalse(get(first.election().handOver(placeOf(first, "b"), over)));
        get(second.election().remove(placeOf(second, "a"), over));
        assertEquals(List.of("a", "b"), order(second));
        get(second.election().remove(placeOf(second, "a"), current));
        await().until(() -> b.leads);
    }

    @Test
    void whoWithdrawsAndStandsAgainAtOnceIsACandidate() {
        ZooKeeperCluster cluster = zooKeeper.open("a");
        Candidate a = candidate(cluster);
        await().until(() -> a.leads);
        for (int i = 0; i < 20; i++) {
            cluster.election().withdraw();
            cluster.election().start(a);
        }
        await().until(() -> a.leads && order(cluster).size() == 1);
        cluster.election().start(a);
        cluster.election().withdraw();
        await().until(() -> !a.leads && order(cluster).isEmpty());
    }

    @Test
    void aDeadLeadersPlaceIsRemovedLongBeforeItsSessionEndsAndNeverThatOfANewerLife() throws Exception {
        ZooKeeperCluster dead = zooKeeper.open("a", "life-1", null, LONG_SESSION);
        Candidate a = candidate(dead);
        await().until(() -> a.leads);
        ZooKeeperCluster second = zooKeeper.open("b", "1", null, LONG_SESSION);
        Candidate b = candidate(second);
        await().until(() -> order(second).size() == 2);
        Election.Candidate place = placeOf(second, "a");
        assertEquals("life-1", place.incarnation());
        get(second.election().remove(place, 0));
        await().until(() -> b.leads);
        // (Its latch, which lives on here, knows nothing of it.) The node comes back:
        dead.close();
        ZooKeeperCluster restarted = zooKeeper.open("a", "life-2", "life-1", LONG_SESSION);
        candidate(restarted);
        await().until(() -> order(second).equals(List.of("b", "a")));
        get(second.election().remove(place, 0));
        assertEquals(List.of("b", "a"), order(second));
    }

    @Test
    void aRestartedNodeDoesNotWaitForItsPredecessorsSession() throws Exception {
        ZooKeeperCluster dead = zooKeeper.open("a", "life-1", null, LONG_SESSION);
        Candidate before = candidate(dead);
        await().until(() -> before.leads);
        dead.membership().join(member("a", "life-1", 0), null, Duration.ofSeconds(5));
        // Its process is killed: its session goes on, its znodes stay. (That it lives on here changes nothing.)
        long beforeNanos = System.nanoTime();
        ZooKeeperCluster restarted = zooKeeper.open("a", "life-2", "life-1", LONG_SESSION);
        restarted.membership().join(member("a", "life-2", 0), "life-1", Duration.ofSeconds(20));
        Candidate after = candidate(restarted);
        await().until(() -> after.leads);
        assertTrue(System.nanoTime() - beforeNanos < TimeUnit.SECONDS.toNanos(10));
    }

    // --- membership ---

    @Test
    void everyNodeSeesWhoIsPresentAndWhatItSaysOfItself() {
        ZooKeeperCluster a = zooKeeper.open("a");
        ZooKeeperCluster b = zooKeeper.open("b");
        a.membership().join(member("a", "1", 0), null, Duration.ofSeconds(5));
        b.membership().join(member("b", "1", 0), null, Duration.ofSeconds(5));
        List<Member> both = List.of(member("a", "1", 0), member("b", "1", 0));
        await().until(() -> a.membership().members().equals(both));
        await().until(() -> b.membership().members().equals(both));

        for (int i = 1; i <= 100; i++) {
            a.membership().update(member("a", "1", i));
        }
        await().until(() -> b.membership().members().contains(member("a", "1", 100)));
        await().until(() -> durableOf(b, "a") == 100);

        a.close();
        await().until(() -> b.membership().members().equals(List.of(member("b", "1", 0))));
        assertEquals(100, durableOf(b, "a")); // the register outlives the presence
    }

    @Test
    void aNodeIdIsHeldByOneNode() {
        ZooKeeperCluster holder = zooKeeper.open("a", "1", null, LONG_SESSION);
        holder.membership().join(member("a", "1", 0), null, Duration.ofSeconds(5));
        ZooKeeperCluster namesake = zooKeeper.open("a", "2", null, LONG_SESSION);
        assertThrows(
                NodeIdTakenException.class,
                () -> namesake.membership().join(member("a", "2", 0), "other", Duration.ofMillis(700)));
        CompletableFuture<Void> joining = CompletableFuture.runAsync(
                () -> namesake.membership().join(member("a", "2", 0), null, Duration.ofSeconds(20)));
        holder.close();
        joining.join();
        await().until(() -> namesake.membership().members().equals(List.of(member("a", "2", 0))));
    }

    /** Joining looks again at a taken id; the time may be over before the last look is answered. */
    @Test
    void aNodeIdIsTakenIfTheLastAnswerSaidSo() {
        zooKeeper
                .open("a", "1", null, LONG_SESSION)
                .membership()
                .join(member("a", "1", 0), null, Duration.ofSeconds(5));
        try (NoSecondAnswer environment = new NoSecondAnswer();
                ZooKeeperCluster namesake = ZooKeeperCluster.open(
                        new ZooKeeperSettings(
                                zooKeeper.connectString(), "c", "a", "2", null, LONG_SESSION, Duration.ofSeconds(10)),
                        () -> zooKeeper.proposal,
                        environment)) {
            environment.joining = true;
            assertThrows(
                    NodeIdTakenException.class,
                    () -> namesake.membership().join(member("a", "2", 0), null, Duration.ofSeconds(20)));
            assertTrue(environment.awaited >= 3);
        }
    }

    /** Of what is awaited while joining, only the first comes; with the third the time is over. */
    private static final class NoSecondAnswer extends LiveEnvironment {
        private final AtomicLong later = new AtomicLong();
        boolean joining;
        int awaited;

        NoSecondAnswer() {
            super("impatient");
        }

        @Override
        public Clock clock() {
            Clock real = super.clock();
            return new Clock() {
                @Override
                public long nanos() {
                    return real.nanos() + later.get();
                }

                @Override
                public long wallMillis() {
                    return real.wallMillis();
                }
            };
        }

        @Override
        public <T> T await(CompletableFuture<T> future, long timeoutMillis)
                throws InterruptedException, ExecutionException, TimeoutException {
            if (!joining || ++awaited == 1) {
                return super.await(future, timeoutMillis);
            } else if (awaited == 3) {
                later.set(TimeUnit.HOURS.toNanos(1));
            }
            throw new TimeoutException();
        }
    }

    @Test
    void presenceComesBackAfterTheSessionExpired() throws Exception {
        ZooKeeperCluster a = zooKeeper.open("a");
        ZooKeeperCluster b = zooKeeper.open("b");
        a.membership().join(member("a", "1", 0), null, Duration.ofSeconds(5));
        await().until(() -> b.membership().members().size() == 1);
        long session = a.connection().sessionId();
        zooKeeper.killSession(a.connection());
        await().until(() -> a.connection().connected() && a.connection().sessionId() != session);
        a.membership().update(member("a", "1", 7));
        await().until(() -> b.membership().members().equals(List.of(member("a", "1", 7))));
        await().until(() -> a.membership().members().equals(List.of(member("a", "1", 7))));
        assertEquals(
                a.connection().sessionId(),
                get(a.connection().get(PATHS.member("a"), null)).ephemeralOwner());
    }

    @Test
    void anUpdateMadeWithoutAConnectionIsMadeLater() {
        ZooKeeperCluster a = zooKeeper.open("a", "1", null, Duration.ofSeconds(20));
        a.membership().join(member("a", "1", 0), null, Duration.ofSeconds(5));
        zooKeeper.stopServer();
        await().until(() -> !a.connection().connected());
        a.membership().update(member("a", "1", 9));
        zooKeeper.startServer();
        await().until(() -> a.membership().members().equals(List.of(member("a", "1", 9))));
    }

    // --- close ---

    @Test
    void closeEndsEveryThreadAlsoWithoutAServer() throws Exception {
        for (boolean serverThere : new boolean[] {true, false}) {
            Set<Thread> before = threads();
            LiveEnvironment environment = new LiveEnvironment("closing");
            EmbeddedZooKeeper server = EmbeddedZooKeeper.start(
                    "127.0.0.1", 0, directory.resolve("own-" + serverThere), environment.newLane("zookeeper"));
            ZooKeeperSettings settings = new ZooKeeperSettings(
                    server.connectString(), "c", "a", "1", null, Duration.ofSeconds(5), Duration.ofSeconds(10));
            ZooKeeperCluster cluster =
                    ZooKeeperCluster.open(settings, () -> NewCluster.empty(ZooKeeperFixture.CONFIG), environment);
            Candidate a = candidate(cluster);
            cluster.membership().join(member("a", "1", 0), null, Duration.ofSeconds(5));
            await().until(() -> a.leads);
            if (!serverThere) {
                server.close();
            }
            long beforeNanos = System.nanoTime();
            cluster.close();
            cluster.close();
            server.close();
            server.close();
            environment.close();
            assertTrue(System.nanoTime() - beforeNanos < TimeUnit.SECONDS.toNanos(10));
            await().untilAsserted(() -> {
                Set<Thread> left = threads();
                left.removeAll(before);
                assertEquals(Set.of(), left);
            });
        }
    }

    private static Set<Thread> threads() {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> thread.getName().startsWith("awaitility"));
        return threads;
    }

    // --- helpers ---

    private ZooKeeperSettings settings(String node) {
        return new ZooKeeperSettings(
                zooKeeper.connectString(), "c", node, "1", null, Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    private static Member member(String node, String incarnation, long durable) {
        return new Member(node, incarnation, node + ":1", Role.FOLLOWER, durable, durable, "0.1");
    }

    private static long durableOf(ZooKeeperCluster cluster, String node) {
        byte[] bytes = get(cluster.connection().get(PATHS.node(node), null)).bytes();
        assertTrue(new String(bytes, StandardCharsets.UTF_8).startsWith("{"));
        return FlatJson.parse(bytes).number("durable");
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
