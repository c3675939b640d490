package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A history written by hand; times in milliseconds. */
final class HandMade<I extends CallLog.Asked, O> {
    private static final long MILLI = 1_000_000;
    private final List<Entry<I, O>> entries = new ArrayList<>();

    private Entry<I, O> begin(long began, I asked) {
        Entry<I, O> entry = new Entry<>(entries.size(), entries.size() % 2 == 0 ? "a" : "b", asked, began * MILLI);
        entries.add(entry);
        return entry;
    }

    Entry<I, O> done(long began, long ended, I asked, O answer) {
        Entry<I, O> entry = begin(began, asked);
        entry.done(answer, ended * MILLI);
        return entry;
    }

    Entry<I, O> failed(long began, long ended, I asked, Ending how) {
        Entry<I, O> entry = begin(began, asked);
        entry.failed(how, how == Ending.UNKNOWN ? "OUTCOME_UNKNOWN" : "NO_LEADER", ended * MILLI);
        return entry;
    }

    List<Entry<I, O>> entries() {
        return entries;
    }

    static void assertHolds(Consumer<Findings> check) {
        Judgement judgement = judge(check);
        assertEquals(List.of(), judgement.findings());
        assertTrue(!judgement.claims().isEmpty(), "nothing was looked at");
    }

    /** Whether there is one finding, and it says that. */
    static Judgement assertFound(String reason, Consumer<Findings> check) {
        Judgement judgement = judge(check);
        assertEquals(1, judgement.findings().size(), judgement.findings().toString());
        assertTrue(
                judgement.findings().get(0).contains(reason),
                judgement.findings().get(0));
        return judgement;
    }

    private static Judgement judge(Consumer<Findings> check) {
        Findings findings = new Findings();
        check.accept(findings);
        return findings.judgement();
    }
}
