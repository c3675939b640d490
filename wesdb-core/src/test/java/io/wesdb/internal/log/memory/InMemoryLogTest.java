package io.wesdb.internal.log.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.ReplicatedLogContract;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InMemoryLogTest extends ReplicatedLogContract {
    private InMemoryLogStore store = new InMemoryLogStore();

    @Override
    protected ReplicatedLog log(String node) {
        return store.log(node);
    }

    @Override
    protected void beginAfter(long baseIndex, long baseEpoch) {
        store = new InMemoryLogStore(Runnable::run, baseIndex, baseEpoch);
    }

    @Override
    protected void nextAppends(String node, int count, Fate fate) {
        store.faults(node).next(count, Kind.APPEND, fate);
    }

    @Override
    protected void release(String node) {
        store.faults(node).releaseCalls();
        store.faults(node).releaseAnswers();
    }

    @Override
    protected void reconnect(String node) {
        store.faults(node).disconnect();
        store.faults(node).reconnect();
    }

    @Test
    void aRequestLongOnItsWayArrivesLateInItsOwnTermButNotInTheNext() throws Exception {
        ReplicatedLog first = log("a");
        ReplicatedLog second = log("b");
        Term old = begin(first, "a").term();
        nextAppends("a", 1, Fate.HOLD_CALL);
        CompletableFuture<AppendResult> append = first.append(old, 1, entry(1));
        store.faults("a").disconnect();
        assertEquals(AppendResult.UNKNOWN, get(append));
        store.faults("a").arrive();
        assertEquals(1, get(second.head()).index());

        store.faults("a").reconnect();
        nextAppends("a", 1, Fate.HOLD_CALL);
        CompletableFuture<AppendResult> late = first.append(old, 2, entry(102));
        store.faults("a").disconnect();
        assertEquals(AppendResult.UNKNOWN, get(late));
        BegunTerm newer = begin(second, "b");
        store.faults("a").arrive();
        assertEquals(1, get(second.head()).index());
        assertEquals(AppendResult.COMMITTED, get(second.append(newer.term(), 2, entry(2))));
        assertArrayEquals(entry(2), get(second.read(2)));
    }

    @Test
    void appendsCanBeReleasedOneByOne() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        store.faults("a").plan(Kind.APPEND, Fate.HOLD_CALL);
        CompletableFuture<AppendResult> first = log.append(term, 1, entry(1));
        CompletableFuture<AppendResult> second = log.append(term, 2, entry(2));
        assertEquals(2, get(store.faults("a").heldCalls()).size());
        store.faults("a").releaseCalls();
        assertTrue(first.isDone());
        assertFalse(second.isDone());
        store.faults("a").heal();
        assertEquals(AppendResult.COMMITTED, get(second));
    }

    @Test
    void anotherNodeCanActBetweenTheRaisingOfTheFenceAndTheReadingOfTheHead() throws Exception {
        ReplicatedLog first = log("a");
        ReplicatedLog second = log("b");
        Term old = begin(first, "a").term();
        store.faults("b").plan(Kind.HEAD_AFTER_FENCE, Fate.HOLD_CALL);
        CompletableFuture<BegunTerm> beginning = second.beginTerm("b", "b:1");
        assertFalse(beginning.isDone());
        assertEquals(AppendResult.FENCED, get(first.append(old, 1, entry(1))));
        store.faults("b").heal();
        assertEquals(0, get(beginning).head().index());
    }

    @Test
    void whatWasTruncatedIsMissing() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        get(log.append(term, 1, entry(1)));
        get(log.append(term, 2, entry(2)));
        store.truncate(1);
        assertMissing(log, 1);
        assertArrayEquals(entry(2), get(log.read(2)));
    }
}
