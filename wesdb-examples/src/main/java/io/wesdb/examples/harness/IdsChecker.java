package io.wesdb.examples.harness;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.IdsWorkload.Answer;
import io.wesdb.examples.harness.IdsWorkload.Asked;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether ids were given once, and what was asked for under a key was done once, whoever asked how often. Whoever began after an id had
 * been told must get a higher one.
 */
final class IdsChecker {
    private IdsChecker() {}

    /** A row that is there in the end. */
    record Row(long id, long token, long mark) {}

    static void check(List<Entry<Asked, Answer>> entries, List<Row> rows, Findings findings) {
        Map<Long, List<Entry<Asked, Answer>>> byToken = new LinkedHashMap<>();
        for (Entry<Asked, Answer> entry : entries) {
            byToken.computeIfAbsent(entry.asked.token(), token -> new ArrayList<>(1))
                    .add(entry);
        }
        Map<Long, List<Row>> there = new HashMap<>();
        rows.forEach(row ->
                there.computeIfAbsent(row.token, token -> new ArrayList<>(1)).add(row));
        int repeated = 0;
        int resolved = 0;
        for (Map.Entry<Long, List<Entry<Asked, Answer>>> token : byToken.entrySet()) {
            List<Entry<Asked, Answer>> sendings = token.getValue();
            checkToken(sendings, there.getOrDefault(token.getKey(), List.of()), findings);
            repeated += sendings.size() > 1 ? 1 : 0;
            resolved += sendings.stream().anyMatch(entry -> entry.ending() == Ending.UNKNOWN)
                            && sendings.stream().anyMatch(Entry::isDone)
                    ? 1
                    : 0;
            there.remove(token.getKey());
        }
        there.forEach((token, each) -> findings.found("rows", "nobody asked for these rows: " + each));
        findings.claim(
                "rows",
                String.format(
                        "%,d rows: each that was acknowledged is there once and as it was told, and none that was refused",
                        rows.size()));
        findings.claim(
                "keys",
                String.format(
                        "of %,d that were asked for again under their keys each was done once and told by one answer; of %,d of them the outcome had been unknown",
                        repeated, resolved));
        checkIds(byToken, findings);
    }

    private static void checkToken(List<Entry<Asked, Answer>> sendings, List<Row> there, Findings findings) {
        if (there.size() > 1) {
            findings.found("rows", "asked for once and done " + there.size() + " times: " + there, sendings);
            return;
        }
        boolean certainlyNot = sendings.stream().allMatch(entry -> entry.ending() == Ending.NOT_DONE);
        if (certainlyNot && !there.isEmpty()) {
            findings.found("rows", "said not to be done, and it is there: " + there, sendings);
        }
        @Nullable Answer first = null;
        boolean mayBeDone = false;
        for (Entry<Asked, Answer> entry : sendings) {
            if (!entry.isDone()) {
                mayBeDone |= entry.ending() == Ending.UNKNOWN;
                continue;
            }
            Answer answer = entry.told();
            if (first != null && !answer.tellsTheSameAs(first)) {
                findings.found("keys", "one key was given two answers", sendings);
            } else if (answer.replayed() != (first != null) && !(answer.replayed() && mayBeDone)) {
                findings.found(
                        "keys",
                        answer.replayed() ? "replayed, although nobody had asked before" : "not said to be replayed",
                        sendings);
            } else if (there.isEmpty()) {
                findings.found("rows", "acknowledged, and lost", sendings);
            } else if (there.get(0).id != answer.id() || there.get(0).mark != answer.mark()) {
                findings.found("rows", "told otherwise than it is there: " + there.get(0), sendings);
            }
            first = answer;
        }
    }

    /** By the clock: the highest id that had been told when it began must be lower. Only what executed it counts, no replay. */
    private static void checkIds(Map<Long, List<Entry<Asked, Answer>>> byToken, Findings findings) {
        List<Entry<Asked, Answer>> given = new ArrayList<>();
        for (List<Entry<Asked, Answer>> sendings : byToken.values()) {
            if (sendings.get(0).isDone()) {
                given.add(sendings.get(0));
            }
        }
        Map<Long, Entry<Asked, Answer>> byId = new HashMap<>();
        for (Entry<Asked, Answer> entry : given) {
            Entry<Asked, Answer> other = byId.put(entry.told().id(), entry);
            if (other != null) {
                findings.found("ids", "id " + entry.told().id() + " was given twice", other, entry);
            }
        }
        List<Entry<Asked, Answer>> ended = new ArrayList<>(given);
        ended.sort(Comparator.comparingLong(Entry::endedNanos));
        given.sort(Comparator.comparingLong(entry -> entry.beganNanos));
        @Nullable Entry<Asked, Answer> highest = null;
        int passed = 0;
        for (Entry<Asked, Answer> entry : given) {
            while (passed < ended.size() && ended.get(passed).endedNanos() < entry.beganNanos) {
                Entry<Asked, Answer> before = ended.get(passed++);
                highest = highest == null || before.told().id() > highest.told().id() ? before : highest;
            }
            if (highest != null && highest.told().id() >= entry.told().id()) {
                findings.found("ids", "ids went back: the second began when the first had been told", highest, entry);
            }
        }
        findings.claim(
                "ids",
                String.format(
                        "no id was given twice, and each is higher than those told before it was asked for: %,d ids",
                        given.size()));
    }
}
