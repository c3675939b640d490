package io.wesdb.internal.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nodes are single letters; {@code a1} is a's report of value 1 at the index in question (10), {@code a1@9} one at another. */
class BallotTest {
    private static final long INDEX = 10;
    private static final boolean WAITING = false;
    private static final boolean TIME_UP = true;

    /** The first letter of {@code votes} is the node that looks. */
    private record Case(
            String promise, Kind kind, String votes, String voters, boolean timeUp, Trust trust, String expected) {
        @Override
        public String toString() {
            return promise;
        }
    }

    private static Case of(String promise, String votes, String voters, boolean timeUp, String expected) {
        return new Case(promise, Kind.OUTCOMES, votes, voters, timeUp, null, expected);
    }

    private static Case trusting(
            String promise, Trust trust, String votes, String voters, boolean up, String expected) {
        return new Case(promise, Kind.OUTCOMES, votes, voters, up, trust, expected);
    }

    static Stream<Case> ballots() {
        Trust trustB = new Trust("b", 10);
        return Stream.of(
                // everyone there
                of("all equal", "a1 b1 c1", "abc", WAITING, "agreed abc"),
                of("one of three is wrong, and it is us", "a2 b1 c1", "abc", WAITING, "minority bc"),
                of("one of three is wrong, and it is another", "a1 b1 c2", "abc", WAITING, "majority c"),
                of("the leader is wrong like anyone", "c2 a1 b1", "abc", WAITING, "minority ab"),
                of("two of five are wrong alike", "a2 b2 c1 d1 e1", "abcde", WAITING, "minority cde"),
                of("two of five are wrong, each in its way", "a1 b1 c1 d2 e3", "abcde", WAITING, "majority de"),
                of("a single node agrees with itself", "a1", "a", WAITING, "agreed a"),
                // no majority
                of("two nodes differ", "a1 b2", "ab", WAITING, "tied a|b"),
                of("three nodes all differ", "a1 b2 c3", "abc", WAITING, "tied a|b|c"),
                of("two against two", "a1 b1 c2 d2", "abcd", WAITING, "tied ab|cd"),
                of(
                        "two of five are the most but not more than half",
                        "a1 b1 c2 d3 e4",
                        "abcde",
                        WAITING,
                        "tied ab|c|d|e"),
                // votes still out
                of("nobody has voted yet but us", "a1", "abc", WAITING, "waiting bc"),
                of("one equal vote of three does not hide a third", "a1 b1", "abc", WAITING, "waiting c"),
                of("one vote against us of three", "a1 b2", "abc", WAITING, "waiting c"),
                of(
                        "a majority that no vote can overturn is not waited with",
                        "a2 b1 c1 d1",
                        "abcde",
                        WAITING,
                        "minority bcd"),
                of("so for those who are right", "a1 b1 c1 d2", "abcde", WAITING, "majority d"),
                of("two against us of five can still be overturned", "a2 b1 c1", "abcde", WAITING, "waiting de"),
                // members present but stopped, or unable to vote
                of("a stopped third member leaves a tie", "a1 b2", "abc", TIME_UP, "tied a|b"),
                of(
                        "a silent member may be sound: two of four convict nobody",
                        "a2 b1 c1",
                        "abcd",
                        TIME_UP,
                        "tied a|bc"),
                of("nor do two of five while two are silent", "a2 b1 c1", "abcde", TIME_UP, "tied a|bc"),
                of("three of five do, whoever is silent", "a2 b1 c1 d1", "abcde", TIME_UP, "minority bcd"),
                of("nobody answers", "a1", "abc", TIME_UP, "agreed a"),
                of("those who answered agree", "a1 b1", "abc", TIME_UP, "agreed ab"),
                of("a late vote counts after the time is up", "a1 b2 c1", "abc", TIME_UP, "majority b"),
                of("a late vote can find us wrong", "a2 b1 c1", "abc", TIME_UP, "minority bc"),
                // members absent
                of(
                        "five nodes of which two are away: one of three is wrong",
                        "a2 b1 c1",
                        "abc",
                        WAITING,
                        "minority bc"),
                of("five nodes of which three are away: two differ", "a1 b2", "ab", WAITING, "tied a|b"),
                of("what a node found that has gone since stays true", "a2 b1 c1", "a", WAITING, "minority bc"),
                of(
                        "a recovering node's vote counts though nobody waits for it",
                        "a1 b1 c2",
                        "ab",
                        WAITING,
                        "majority c"),
                // reports of something else
                of("a report of a lower index is no vote", "a1 b2@9 c2@9", "abc", WAITING, "waiting bc"),
                of("nor is one of a higher index", "a1 b2@11 c2@11", "abc", TIME_UP, "agreed a"),
                of("a removed node's old report counts for nothing", "a1 b1 x2@3", "ab", WAITING, "agreed ab"),
                of("what an earlier life of ours said is not our vote", "a1 a2 b1 c1", "abc", WAITING, "agreed abc"),
                of("a report of the other kind is no vote", "a1 b2/CONTENT", "ab", WAITING, "waiting b"),
                new Case(
                        "a content is not waited for from who has gone on to the next",
                        Kind.CONTENT,
                        "a1 b1 c1@20",
                        "abc",
                        WAITING,
                        null,
                        "agreed ab"),
                new Case("but from who is still behind", Kind.CONTENT, "a1 b1 c1@5", "abc", WAITING, null, "waiting c"),
                // a person's trust
                trusting("the trusted node's opponent of two is wrong", trustB, "a1 b2", "ab", WAITING, "minority b"),
                trusting("the trusted node of two is right", trustB, "b2 a1", "ab", WAITING, "majority a"),
                trusting(
                        "who agrees with the trusted one is right",
                        trustB,
                        "c2 a1 b2 d1",
                        "abcd",
                        WAITING,
                        "majority ad"),
                trusting("trust outweighs a majority", trustB, "a1 c1 b2", "abc", WAITING, "minority b"),
                trusting("trust is not kept waiting", trustB, "a1 b2", "abc", WAITING, "minority b"),
                trusting("all different, one trusted", trustB, "c3 a1 b2", "abc", WAITING, "minority b"),
                trusting(
                        "trust in a node that has not reported decides nothing",
                        trustB,
                        "a1 c2",
                        "ac",
                        WAITING,
                        "tied a|c"),
                trusting("nor does it undo a majority", trustB, "a1 c2 d2", "acd", WAITING, "minority cd"),
                trusting(
                        "a trusted node's report of another index decides nothing",
                        trustB,
                        "a1 c2 b2@9",
                        "abc",
                        TIME_UP,
                        "tied a|c"),
                trusting(
                        "trust given before the dispute is not about it",
                        new Trust("b", 9),
                        "a1 b2",
                        "ab",
                        WAITING,
                        "tied a|b"),
                trusting("trust changes nothing where all agree", trustB, "a1 b1", "ab", WAITING, "agreed ab"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ballots")
    void aBallotComesTo(Case given) {
        List<Report> reports = new ArrayList<>();
        for (String vote : given.votes().split(" ")) {
            reports.add(report(given.kind(), vote));
        }
        Set<String> voters =
                given.voters().chars().mapToObj(letter -> "" + (char) letter).collect(Collectors.toSet());
        Ballot ballot = new Ballot(reports.get(0), reports, voters, given.timeUp(), INDEX, given.trust());
        assertEquals(given.expected(), text(ballot.verdict()));
        // Whether our own report has arrived among the others makes no difference.
        Ballot early = new Ballot(
                reports.get(0), reports.subList(1, reports.size()), voters, given.timeUp(), INDEX, given.trust());
        assertEquals(given.expected(), text(early.verdict()));
    }

    @Test
    void trustGivenWhileADisputeGoesOnIsAboutItsLaterQuestionsToo() {
        List<Report> reports = List.of(report(Kind.OUTCOMES, "a1"), report(Kind.OUTCOMES, "b2"));
        Trust trust = new Trust("b", 8);
        assertEquals("minority b", text(new Ballot(reports.get(0), reports, Set.of(), true, 7, trust).verdict()));
        assertEquals("tied a|b", text(new Ballot(reports.get(0), reports, Set.of(), true, 9, trust).verdict()));
    }

    @Test
    void theTablesThatDifferAreTheOnesOfThisNodeAgainstTheOtherSide() {
        Report a = content("a", 1, Map.of("orders", 1L, "users", 5L, "extra", 9L));
        Report b = content("b", 2, Map.of("orders", 2L, "users", 5L, "lost", 9L));
        Report c = content("c", 2, Map.of("orders", 2L, "users", 5L, "lost", 9L));
        Set<String> differing = Set.of("orders", "extra", "lost");
        Verdict.Minority minority =
                (Verdict.Minority) new Ballot(a, List.of(a, b, c), Set.of(), true, INDEX, null).verdict();
        assertEquals(differing, minority.differingTables());
        Verdict.Majority majority =
                (Verdict.Majority) new Ballot(b, List.of(a, b, c), Set.of(), true, INDEX, null).verdict();
        assertEquals(differing, majority.differingTables());
        Verdict.Tied tied = (Verdict.Tied) new Ballot(b, List.of(a, b), Set.of(), true, INDEX, null).verdict();
        assertEquals(differing, tied.differingTables());
    }

    /** Nodes that see the same never find each other wrong both ways, nor find everyone wrong. */
    @RepeatedTest(200)
    void whateverTheVotesWhoIsFoundWrongIsFoundWrongByTheRightOnes(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Report> reports = new ArrayList<>();
        Set<String> voters = new TreeSet<>();
        for (String node : List.of("a", "b", "c", "d", "e", "f")) {
            if (random.nextInt(4) > 0) {
                reports.add(new Report(node, Kind.CONTENT, INDEX, random.nextInt(3), new TreeMap<>()));
            }
            if (random.nextBoolean()) {
                voters.add(node);
            }
        }
        Trust trust = random.nextInt(3) == 0 ? new Trust("b", 10) : null;
        boolean timeUp = random.nextBoolean();
        Set<String> wrong = new TreeSet<>();
        Set<String> foundWrong = new TreeSet<>();
        Set<String> right = new TreeSet<>();
        for (Report own : reports) {
            Verdict verdict = new Ballot(own, reports, voters, timeUp, INDEX, trust).verdict();
            if (verdict instanceof Verdict.Minority minority) {
                wrong.add(own.node());
                right.addAll(minority.majorityNodes());
            } else if (verdict instanceof Verdict.Majority majority) {
                right.add(own.node());
                foundWrong.addAll(majority.deviantNodes());
            }
        }
        String seed = "seed " + repetition.getCurrentRepetition() + ": " + reports;
        assertEquals(wrong, foundWrong, seed);
        assertEquals(wrong.isEmpty(), right.isEmpty(), seed);
        right.retainAll(wrong);
        assertEquals(Set.of(), right, seed);
    }

    private static Report content(String node, long value, Map<String, Long> tables) {
        return new Report(node, Kind.CONTENT, INDEX, value, new TreeMap<>(tables));
    }

    private static Report report(Kind kind, String vote) {
        String[] kindApart = vote.split("/");
        String[] indexApart = kindApart[0].split("@");
        return new Report(
                indexApart[0].substring(0, 1),
                kindApart.length > 1 ? Kind.valueOf(kindApart[1]) : kind,
                indexApart.length > 1 ? Long.parseLong(indexApart[1]) : INDEX,
                Long.parseLong(indexApart[0].substring(1)),
                new TreeMap<>());
    }

    private static String text(Verdict verdict) {
        if (verdict instanceof Verdict.Waiting waiting) {
            return "waiting " + String.join("", waiting.missing());
        } else if (verdict instanceof Verdict.Agreed agreed) {
            return "agreed " + String.join("", agreed.nodes());
        } else if (verdict instanceof Verdict.Minority minority) {
            return "minority " + String.join("", minority.majorityNodes());
        } else if (verdict instanceof Verdict.Majority majority) {
            return "majority " + String.join("", majority.deviantNodes());
        }
        String[] groups = ((Verdict.Tied) verdict)
                .groups().values().stream().map(group -> String.join("", group)).toArray(String[]::new);
        Arrays.sort(groups);
        return "tied " + String.join("|", groups);
    }
}
