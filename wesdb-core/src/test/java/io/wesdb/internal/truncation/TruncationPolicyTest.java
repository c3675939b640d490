package io.wesdb.internal.truncation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.truncation.TruncationPolicy.Cut;
import io.wesdb.internal.truncation.TruncationPolicy.Extent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bound is 1,000 entries, of which 100 are always kept; one and a half times the bound is 1,500. */
class TruncationPolicyTest {
    private static final TruncationSettings SETTINGS =
            new TruncationSettings(1_000, 1 << 20, Duration.ofDays(7), 100, 1_000);
    private static final TruncationPolicy POLICY = new TruncationPolicy(SETTINGS);

    /**
     * Other nodes as {@code durable[/applied][!]}: with an applied index one is present, with ! it needs a snapshot. {@code
     * cut} is the new first index, with * if most nodes have not synced what goes, with ? if the leader should sync.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        what every node has synced goes           |   1 |  600 |  590 | 400/600 300/600     |  301
        not the last few                          |   1 |  600 |  600 | 600/600 600/600     |  501
        not what the leader has not synced        |   1 |  600 |  200 | 600/600 600/600     |  201
        alone a node waits for itself only        |   1 |  600 |  550 |                     |  501
        an empty log stays as it is               |   1 |    0 |    0 |                     |    1
        a log after a base stays as it is         |  42 |   41 |   41 | 0/0                 |   42
        the head stays                            |  42 |   42 |   42 |                     |   42
        first never goes back                     | 400 |  600 |  600 | 450/600 200!        |  451
        an absent node is waited for              |   1 |  600 |  600 | 600/600 50          |   51
        one that needs a snapshot is not          |   1 |  600 |  600 | 600/600 50!         |  501
        nor one whose entries have left           | 100 |  600 |  600 | 600/600 50          |  501
        while one fetches a snapshot nothing goes | 100 |  600 |  600 | 600/600 50/50!      |  100
        also if it is not marked yet              | 100 |  600 |  600 | 600/600 0/0         |  100
        what it needs next being there is enough  | 100 |  600 |  600 | 600/600 99/99       |  100
        one that only has not synced is no such   | 100 |  600 |  600 | 500/600 50/300      |  100
        one that is back waits for its sync       | 100 |  600 |  600 | 500/600 50/300!     |  501
        past the bound most nodes are enough      |   1 | 1100 | 1100 | 1100/1100 50        |  101
        one of two is not most                    |   1 | 1100 | 1100 | 50                  |   51
        two of four are not                       |   1 | 1100 | 1100 | 1100/1100 80 50     |   81
        three of five are                         |   1 | 1100 | 1100 | 1100/1100 99/1100 0 0 | 100
        past the bound what is gone counts too    |  60 | 1100 | 1100 | 1100/1100 50!       | 1001
        a present straggler is cut off there      |   1 | 1100 | 1100 | 1100/1100 50/60     |  101
        and is granted the whole bound            | 101 | 1150 | 1150 | 1150/1150 50/60     |  151
        past the bound the leader must have synced|   1 | 1100 |   80 | 1100/1100 50        |   81?
        up to half more others are waited for     |   1 | 1500 | 1500 | 50/50               |   51
        past that the leader alone is enough      |   1 | 1600 | 1600 | 50/50               |  101*
        but what it has not synced stays          |   1 | 1600 |   70 | 50/50               |   71*?
        """)
    void cutsTheLogWhere(String what, long first, long head, long ownDurable, String nodes, String cut) {
        check(new Extent(first, head, first, first), ownDurable, nodes, cut);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        within its bytes nothing goes             |   1 |   1 | 500 | 500/500 50            |   51
        past them most nodes are enough           | 300 |   1 | 500 | 500/500 50            |  300
        as far as they have synced                | 300 |   1 | 500 | 200/500 50            |  201
        the last few do not count then            | 480 |   1 | 500 | 500/500 50            |  480
        past half more the leader is enough       | 300 | 200 | 500 | 50/500 50             |  200*
        but the head stays                        | 501 | 501 | 500 | 50/500 50             |  500*
        and what the leader has not synced        | 480 | 470 | 460 | 460/500 460/500       |  461?
        """)
    void cutsALogOfLargeEntriesWhere(
            String what, long withinBytes, long withinUtmost, long ownDurable, String nodes, String cut) {
        check(new Extent(1, 500, withinBytes, withinUtmost), ownDurable, nodes, cut);
    }

    private static void check(Extent extent, long ownDurable, String nodes, String cut) {
        List<RegisteredNode> others = new ArrayList<>();
        Map<String, Member> present = new HashMap<>();
        for (String text : nodes == null ? new String[0] : nodes.split(" ")) {
            String[] numbers = text.replace("!", "").split("/");
            String name = "node" + others.size();
            long durable = Long.parseLong(numbers[0]);
            others.add(new RegisteredNode(name, durable, 0, text.endsWith("!")));
            if (numbers.length > 1) {
                long applied = Long.parseLong(numbers[1]);
                present.put(name, new Member(name, "1", "a:1", Role.FOLLOWER, applied, durable, "0.1"));
            }
        }
        Cut made = POLICY.cut(extent, ownDurable, others, present);
        assertEquals(cut, made.first() + (made.leaderAlone() ? "*" : "") + (made.heldBack() ? "?" : ""));
    }

    @Test
    void tellsWhetherTheLogIsWithinItsBound() {
        assertTrue(
                POLICY.cut(new Extent(1, 1_000, 1, 1), 0, List.of(), Map.of()).withinBound());
        assertFalse(
                POLICY.cut(new Extent(1, 1_001, 1, 1), 0, List.of(), Map.of()).withinBound());
        assertFalse(POLICY.cut(new Extent(1, 10, 2, 1), 0, List.of(), Map.of()).withinBound());
    }

    @Test
    void forgetsANodeThatWasAwayForLongAndNotByAClockThatWentBack() {
        long now = 1_800_000_000_000L;
        long week = Duration.ofDays(7).toMillis();
        RegisteredNode node = RegisteredNode.present("a", 5);
        assertFalse(POLICY.isForgotten(node, now));
        assertFalse(POLICY.isForgotten(node.absentSince(now - week + 1), now));
        assertTrue(POLICY.isForgotten(node.absentSince(now - week), now));
        assertFalse(POLICY.isForgotten(node.absentSince(now + week), now));
        TruncationPolicy never = new TruncationPolicy(TruncationSettings.of(1_000, 1, Duration.ZERO));
        assertFalse(never.isForgotten(node.absentSince(1), now));
    }

    @Test
    void settingsThatContradictThemselvesAreRefused() {
        assertEquals(
                new TruncationSettings(100_000, 256 << 20, Duration.ofDays(7), 1_000, 1_000),
                TruncationSettings.defaults());
        assertEquals(50, TruncationSettings.of(500, 1, Duration.ZERO).keepEntries());
        assertEquals(1, TruncationSettings.of(1, 1, Duration.ZERO).keepEntries());
        assertThrows(IllegalArgumentException.class, () -> TruncationSettings.of(0, 1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> TruncationSettings.of(1, 0, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> TruncationSettings.of(1, 1, Duration.ofSeconds(-1)));
        assertThrows(IllegalArgumentException.class, () -> new TruncationSettings(10, 1, Duration.ZERO, 11, 1_000));
    }
}
