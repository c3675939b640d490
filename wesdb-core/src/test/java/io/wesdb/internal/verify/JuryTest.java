package io.wesdb.internal.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ClosedException;
import io.wesdb.Role;
import io.wesdb.VerificationResult;
import io.wesdb.internal.verify.Court.Peer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JuryTest {
    // --- outcomes ---

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aFollowerWithAnotherOutcomeIsFoundAtOnceAndTheOthersServeOn(long seed) {
        Court court = new Court(seed, "a", "b", "c");
        court.peer("b").divergedAt = 5;
        court.applyAll("a", 10);
        court.world.runUntil("b is quarantined", 900, court.peer("b")::quarantined);
        assertEquals(Set.of("a", "c"), court.peer("b").healthy);
        assertTrue(court.peer("b").why.startsWith("the outcomes of the commands up to index "), court.peer("b").why);
        assertTrue(court.peer("b").why.endsWith(" differs from that of 2 nodes (a, c)"), court.peer("b").why);
        court.world.run(100_000);
        assertEquals(List.of("quarantine"), court.peer("b").heard);
        assertEquals(List.of(), court.peer("a").heard);
        assertEquals(List.of(), court.peer("c").heard);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aLeaderInTheMinorityIsFoundByItsFollowersThoughEachAsksAtAnIndexOfItsOwn(long seed) {
        Court court = new Court(seed, "a", "b", "c");
        court.peer("a").divergedAt = 5;
        court.peer("a").apply(court.peer("a"), 20);
        court.peer("b").apply(court.peer("a"), 7);
        court.peer("c").apply(court.peer("a"), 9);
        court.applyAll("a", 20);
        court.world.runUntil("a is quarantined", 900, court.peer("a")::quarantined);
        court.world.run(100_000);
        assertEquals(List.of("quarantine"), court.peer("a").heard);
        assertEquals(List.of(), court.peer("b").heard);
        assertEquals(List.of(), court.peer("c").heard);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void ofFiveNodesTheTwoWrongOnesAreFoundAlsoWhenTheyAreEqual(long seed) {
        for (boolean alike : new boolean[] {true, false}) {
            Court court = new Court(seed, "a", "b", "c", "d", "e");
            court.peer("a").divergedAt = 5;
            court.peer("d").divergedAt = 5;
            court.peer("d").variant = alike ? 1 : 2;
            court.applyAll("a", 20);
            court.world.runUntil(
                    "both are quarantined",
                    4_000,
                    () -> court.peer("a").quarantined() && court.peer("d").quarantined());
            court.world.run(100_000);
            for (String healthy : List.of("b", "c", "e")) {
                assertEquals(List.of(), court.peer(healthy).heard);
            }
            assertEquals(Set.of("b", "c", "e"), court.peer("a").healthy);
        }
    }

    @Test
    void ofFiveNodesOfWhichTwoAreAwayTheWrongOneIsFound() {
        Court court = new Court(1, "a", "b", "c", "d", "e");
        court.present.remove("d");
        court.present.remove("e");
        court.peer("d").stop();
        court.peer("e").stop();
        court.peer("c").divergedAt = 3;
        court.applyAll("a", 10);
        court.world.runUntil("c is quarantined", 900, court.peer("c")::quarantined);
    }

    @Test
    void aStoppedMemberIsWaitedForFiveSecondsAndDecidesWhenItComesBack() {
        Court court = new Court(1, "a", "b", "c");
        court.applyAll("a", 4);
        court.world.run(10);
        court.peer("c").stop();
        court.peer("b").divergedAt = 5;
        court.applyAll("a", 7);
        court.world.run(4_000);
        assertEquals(List.of(), court.peer("b").heard);
        court.world.runUntil(
                "the dispute is told", 3_000, () -> court.peer("a").jury.dispute() != null);
        court.world.run(2_000);
        assertEquals(List.of("disputed"), court.peer("b").heard);
        assertTrue(court.peer("b").why.contains("a against b")
                || court.peer("b").why.contains("b against a"));

        court.peer("c").go();
        court.peer("c").apply(court.peer("a"), 7);
        court.world.runUntil("b is quarantined", 2_000, court.peer("b")::quarantined);
        court.world.run(1_000);
        assertEquals(List.of("disputed", "settled"), court.peer("a").heard);
        assertNull(court.peer("a").jury.dispute());
    }

    @Test
    void aNodeThatIsBehindVotesWhenItGetsThere() {
        Court court = new Court(1, "a", "b", "c");
        court.peer("b").divergedAt = 5;
        court.peer("a").apply(court.peer("a"), 10);
        court.peer("b").apply(court.peer("a"), 10);
        court.peer("c").apply(court.peer("a"), 3);
        court.world.run(2_000);
        assertFalse(court.peer("b").quarantined());
        court.peer("c").apply(court.peer("a"), 10);
        court.world.runUntil("b is quarantined", 6_000, court.peer("b")::quarantined);
    }

    @Test
    void aNodeThatReturnsWrongIsFoundWhenItReachesWhatTheOthersStillKnow() {
        Court court = new Court(1, "a", "b", "c");
        court.present.put("c", Role.RECOVERING);
        court.peer("a").apply(court.peer("a"), 1_000);
        court.peer("b").apply(court.peer("a"), 1_000);
        court.world.run(10);
        court.peer("a").knowsFrom = 900;
        court.peer("b").knowsFrom = 900;
        court.peer("c").divergedAt = 5;
        for (int upTo = 10; upTo < 1_000; upTo += 10) {
            court.peer("c").apply(court.peer("a"), upTo);
            court.world.run(200);
        }
        court.world.runUntil("c is quarantined", 6_000, court.peer("c")::quarantined);
        assertEquals(List.of(), court.peer("a").heard);
    }

    @Test
    void aNodeThatDiffersAtEveryEntryAsksRarely() {
        Court court = new Court(1, "a", "b");
        AtomicInteger changes = new AtomicInteger();
        court.store.connect("observer").listen(changes::incrementAndGet);
        court.peer("b").divergedAt = 5;
        for (int upTo = 10; upTo <= 10_000; upTo += 10) {
            court.applyAll("a", upTo);
            court.world.run(60);
        }
        // a minute: at most one question in five seconds, after a few at the beginning, with an answer each
        assertTrue(changes.get() < 40, "reports: " + changes);
        assertEquals(List.of("disputed"), court.peer("b").heard);
    }

    // --- two nodes, and trust ---

    private static Court tied(long seed) {
        Court court = new Court(seed, "a", "b");
        court.peer("b").divergedAt = 5;
        court.applyAll("a", 10);
        court.world.runUntil(
                "both say so",
                900,
                () -> court.peer("a").heard.equals(List.of("disputed"))
                        && court.peer("b").heard.equals(List.of("disputed")));
        return court;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void twoNodesThatDifferSayBothSoUntilAPersonTrustsOne(long seed) {
        Court court = tied(seed);
        court.world.run(300_000);
        assertEquals(List.of("disputed"), court.peer("a").heard);
        String told = court.peer("a").jury.dispute();
        assertNotNull(told);
        assertTrue(told.contains("decide which node to trust"), told);

        String trusted = seed % 2 == 0 ? "a" : "b";
        Peer other = court.peer(seed % 2 == 0 ? "b" : "a");
        CompletableFuture<Void> done = court.peer("a").jury.trust(trusted, 10);
        court.world.runUntil("the other is quarantined", 900, other::quarantined);
        done.join();
        assertEquals(Set.of(trusted), other.healthy);
        assertTrue(other.why.contains("a person trusts '" + trusted + "'"), other.why);
        court.world.run(100);
        assertEquals(List.of("disputed", "settled"), court.peer(trusted).heard);
        assertNull(court.peer(trusted).jury.dispute());
        other.heal(court.peer(trusted), 10);
        court.applyAll("a", 50);
        court.world.run(100_000);
        assertEquals(List.of("disputed", "quarantine"), other.heard);
        assertEquals(List.of("disputed", "settled"), court.peer(trusted).heard);
    }

    @Test
    void trustGivenWhileTheDisputeGoesOnHoldsAlsoIfItIsAskedAnewMeanwhile() {
        Court court = tied(1);
        CompletableFuture<Void> done = court.peer("a").jury.trust("a", 10);
        court.applyAll("a", 5_000);
        court.world.runUntil("b is quarantined", 900, court.peer("b")::quarantined);
        done.join();
    }

    @Test
    void aLaterDisputeNeedsADecisionOfItsOwn() {
        Court court = tied(1);
        court.peer("a").jury.trust("a", 10);
        court.world.runUntil("b is quarantined", 900, court.peer("b")::quarantined);
        court.peer("b").heal(court.peer("a"), 10);
        court.applyAll("a", 100);
        court.world.run(100_000);
        court.peer("a").divergedAt = 150;
        court.applyAll("a", 200);
        court.world.run(10_000);
        assertEquals(List.of("disputed", "settled", "disputed"), court.peer("a").heard);
        assertEquals(List.of("disputed", "quarantine", "disputed"), court.peer("b").heard);
    }

    @Test
    void trustingANodeThatSaidNothingIsRefusedWithTheNamesOfThoseThatDid() {
        Court court = tied(1);
        CompletableFuture<Void> refused = court.peer("a").jury.trust("typo", 10);
        CompletionException failure = assertThrows(CompletionException.class, refused::join);
        assertInstanceOf(IllegalArgumentException.class, failure.getCause());
        assertTrue(failure.getCause().getMessage().endsWith("[a, b]"), failure.getMessage());
    }

    @Test
    void aThirdNodeThatComesSettlesATie() {
        Court court = new Court(1, "a", "b", "c");
        court.present.remove("c");
        court.peer("c").stop();
        court.peer("b").divergedAt = 5;
        court.applyAll("a", 10);
        court.world.run(20_000);
        assertEquals(List.of("disputed"), court.peer("b").heard);
        court.present.put("c", Role.FOLLOWER);
        court.peer("c").go();
        court.peer("c").apply(court.peer("a"), 10);
        court.world.runUntil("b is quarantined", 900, court.peer("b")::quarantined);
    }

    @Test
    void aDisputeIsNotSettledBecauseTheOtherSideIsStoppedButWhenItTakesItsReportBack() {
        Court court = tied(1);
        court.peer("a").stop();
        court.peer("b").apply(court.peer("a"), 1_000);
        court.world.run(60_000);
        assertEquals(List.of("disputed"), court.peer("b").heard);
        assertNotNull(court.peer("b").jury.dispute());
        court.peer("a").reports.withdraw("a"); // it is taken off the register
        court.world.run(10_000);
        assertEquals(List.of("disputed", "settled"), court.peer("b").heard);
    }

    // --- content ---

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aNodeWithAnotherContentIsQuarantinedAndTheTableNamed(long seed) {
        Court court = new Court(seed, "a", "b", "c");
        List<CompletableFuture<VerificationResult>> results = court.peers.values().stream()
                .map(peer -> peer.jury.verification(100, Court.CONTENT_LIMIT))
                .toList();
        court.peer("a").hashed(100, 7, Map.of("orders", 1L, "users", 2L));
        court.peer("b").hashed(100, 7, Map.of("orders", 1L, "users", 2L));
        court.world.run(30_000);
        results.forEach(result -> assertFalse(result.isDone()));
        court.peer("c").hashed(100, 8, Map.of("orders", 1L, "users", 3L));
        court.world.runUntil("c is quarantined", 100, court.peer("c")::quarantined);
        assertEquals(
                "the content at index 100 differs from that of 2 nodes (a, b) in table users", court.peer("c").why);
        court.world.run(100);
        for (CompletableFuture<VerificationResult> result : results) {
            assertEquals(List.of("a", "b"), result.join().agreeing());
            assertEquals(Map.of("c", List.of("users")), result.join().differing());
            assertEquals(List.of(), result.join().silent());
            assertFalse(result.join().sound());
        }
    }

    @Test
    void aVerificationEndsAtTheTimeLimitAndNamesWhoDidNotReport() {
        Court court = new Court(1, "a", "b", "c");
        court.peer("c").stop();
        CompletableFuture<VerificationResult> result = court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
        court.peer("a").hashed(100, 7, Map.of());
        court.peer("b").hashed(100, 7, Map.of());
        court.world.run(Court.CONTENT_LIMIT.toMillis() - 2_000);
        assertFalse(result.isDone());
        court.world.run(3_000);
        assertEquals(List.of("a", "b"), result.join().agreeing());
        assertEquals(List.of("c"), result.join().silent());
        assertTrue(result.join().differing().isEmpty());
    }

    @Test
    void aVerificationEndsWhenTheMemberThatWasWaitedForLeaves() {
        Court court = new Court(1, "a", "b");
        CompletableFuture<VerificationResult> result = court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
        court.peer("a").hashed(100, 7, Map.of());
        court.world.run(5_000);
        court.present.remove("b");
        court.world.runUntil("the result", 2_000, result::isDone);
        assertEquals(List.of("a"), result.join().agreeing());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMemberThatSeemsToBeArrivingIsHeardSinceItMayHaveArrived(boolean reports) {
        Court court = new Court(1, "a", "b");
        court.present.put("b", Role.RECOVERING);
        CompletableFuture<VerificationResult> result = court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
        court.peer("a").hashed(100, 7, Map.of("t", 1L));
        court.world.run(500);
        assertFalse(result.isDone());
        if (reports) {
            court.peer("b").hashed(100, 8, Map.of("t", 2L));
        }
        court.world.runUntil("the result", reports ? 100 : 4_000, result::isDone);
        assertEquals(reports, result.join().tied(), "but not for long: " + result.join());
    }

    @Test
    void aVerificationWithoutAMajorityNamesAllSides() {
        Court court = new Court(1, "a", "b");
        CompletableFuture<VerificationResult> result = court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
        court.peer("a").hashed(100, 7, Map.of("t", 1L));
        court.peer("b").hashed(100, 8, Map.of("t", 2L));
        court.world.run(100);
        assertEquals(List.of(), result.join().agreeing());
        assertEquals(Map.of("a", List.of("t"), "b", List.of("t")), result.join().differing());
        assertEquals(List.of("disputed"), court.peer("a").heard);
    }

    @Test
    void theTimeForAContentRunsFromTheFirstReportNotFromOurs() {
        Court court = new Court(1, "a", "b", "c");
        court.peer("c").stop();
        court.peer("a").hashed(100, 7, Map.of());
        court.world.run(Court.CONTENT_LIMIT.toMillis() + 2_000);
        court.peer("b").hashed(100, 8, Map.of());
        court.world.run(2_000);
        assertEquals(List.of("disputed"), court.peer("b").heard);
        assertEquals(List.of("disputed"), court.peer("a").heard);
    }

    @Test
    void aTieOfContentsIsSettledByALaterComparisonInWhichAllAgree() {
        Court court = new Court(1, "a", "b");
        court.peer("a").hashed(100, 7, Map.of());
        court.peer("b").hashed(100, 8, Map.of());
        court.world.run(1_000);
        assertEquals(List.of("disputed"), court.peer("a").heard);
        court.peer("a").hashed(200, 9, Map.of());
        court.world.run(Court.CONTENT_LIMIT.toMillis() + 2_000);
        assertEquals(List.of("disputed"), court.peer("a").heard); // b has said nothing of it yet
        court.peer("b").hashed(200, 9, Map.of());
        court.world.run(1_000);
        assertEquals(List.of("disputed", "settled"), court.peer("a").heard);
        assertEquals(List.of("disputed", "settled"), court.peer("b").heard);
    }

    // --- what is over ---

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aReplacedFileIsNotAccusedOfWhatTheLastOneWas(long seed) {
        Court court = new Court(seed, "a", "b", "c");
        court.peer("b").divergedAt = 5;
        court.applyAll("a", 20);
        court.peer("b").hashed(15, 8, Map.of());
        court.world.runUntil("b is quarantined", 900, court.peer("b")::quarantined);
        court.peer("b").heal(court.peer("a"), 7); // a snapshot older than the question: its entries are applied again
        court.applyAll("a", 50);
        court.peer("a").hashed(15, 7, Map.of());
        court.peer("c").hashed(15, 7, Map.of());
        court.world.run(700_000);
        assertEquals(List.of("quarantine"), court.peer("b").heard);
        assertEquals(List.of(), court.peer("a").heard);
        assertEquals(List.of(), court.peer("c").heard);
        assertTrue(court.peer("a").reports.reports().stream()
                .noneMatch(report -> report.value() > 1_000_000 || report.value() == 8));
    }

    @Test
    void aRestartedNodeIsNotAccusedByReportsOfItsEarlierLife() {
        Court court = tied(1);
        Peer b = court.restart("b");
        court.world.run(20_000);
        assertEquals(List.of(), b.heard);
        assertNotNull(court.peer("a").jury.dispute()); // nobody has decided it
        b.apply(court.peer("a"), 20); // but its file is what it was: the next entries tell
        court.peer("a").apply(court.peer("a"), 20);
        court.world.runUntil("b says so again", 6_000, () -> b.heard.equals(List.of("disputed")));
    }

    @Test
    void aVerificationOfAReplacedNodeEndsAtOnce() {
        Court court = new Court(1, "a", "b");
        CompletableFuture<VerificationResult> result = court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
        court.peer("b").hashed(100, 7, Map.of());
        court.world.run(1_000);
        court.peer("a").heal(court.peer("b"), 150);
        court.world.runUntil("the result", 10, result::isDone);
        assertEquals(List.of("b"), result.join().agreeing());
        assertEquals(List.of("a"), result.join().silent());
    }

    // --- time that does not count ---

    @Test
    void aNodeThatIsCutOffFromTheOthersReportsDecidesNothing() {
        Court court = new Court(1, "a", "b", "c");
        court.peer("b").divergedAt = 5;
        court.store.cut("b", true);
        court.applyAll("a", 10);
        court.world.run(100_000);
        assertEquals(List.of(), court.peer("b").heard);
        assertTrue(court.peer("a").reports.reports().isEmpty());
        court.store.cut("b", false);
        court.world.runUntil("b is quarantined", 2_000, court.peer("b")::quarantined);
    }

    @Test
    void aPauseOfThisProcessIsNoTimeInWhichOthersWereSilent() {
        Court court = new Court(1, "a", "b", "c");
        court.peer("c").stop();
        court.peer("b").divergedAt = 5;
        court.applyAll("a", 10);
        court.world.run(500);
        court.peer("b").stop();
        court.world.run(60_000);
        court.peer("b").go();
        court.world.run(500);
        assertEquals(List.of(), court.peer("b").heard);
    }

    // --- bounds ---

    @Test
    void noMoreThanAHundredVerificationsAreAwaited() {
        Court court = new Court(1, "a", "b");
        for (int i = 1; i <= 100; i++) {
            court.peer("a").jury.verification(i, Court.CONTENT_LIMIT);
        }
        CompletableFuture<VerificationResult> tooMany = court.peer("a").jury.verification(101, Court.CONTENT_LIMIT);
        court.world.run(10);
        assertThrows(CompletionException.class, tooMany::join);
    }

    @Test
    void closeEndsWhatWaits() {
        Court court = tied(1);
        CompletableFuture<VerificationResult> result = court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
        court.world.run(1_500);
        court.peers.values().forEach(Peer::close);
        long steps = 0;
        while (court.world.step()) {
            assertTrue(++steps < 1_000, "something goes on after close");
        }
        CompletionException failure = assertThrows(CompletionException.class, result::join);
        assertInstanceOf(ClosedException.class, failure.getCause());
        assertInstanceOf(
                ClosedException.class,
                assertThrows(CompletionException.class, () -> {
                            CompletableFuture<VerificationResult> late =
                                    court.peer("a").jury.verification(100, Court.CONTENT_LIMIT);
                            court.world.run(10);
                            late.join();
                        })
                        .getCause());
    }
}
