package io.wesdb.internal.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.log.memory.Faults;
import io.wesdb.internal.log.memory.InMemoryLogStore;
import io.wesdb.internal.read.HeadBarrier.Proof;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A linearizable read stands on a head that was read after it arrived, and shares it with whom it may (I7). */
class HeadBarrierTest {
    private final InMemoryLogStore store = new InMemoryLogStore(Runnable::run);
    private final List<Long> told = Collections.synchronizedList(new ArrayList<>());
    private final HeadBarrier barrier = new HeadBarrier(store.log("reader"), Clock.system(), told::add);
    private final Faults faults = store.faults("reader");
    private ReplicatedLog writer;
    private BegunTerm term;

    @BeforeEach
    void open() {
        writer = store.log("writer");
        term = writer.beginTerm("writer", "x").join();
    }

    private void commit(long index) {
        writer.append(term.term(), index, new byte[] {1}).join();
        assertEquals(index, writer.head().join().index());
    }

    /** The answer of the reading that is under way was made before the read came: it must not be shared. */
    @Test
    void aReadThatComesWhileTheHeadIsBeingReadWaitsForTheNextReading() {
        faults.next(1, Kind.HEAD, Fate.HOLD_ANSWER);
        CompletableFuture<Proof> first = barrier.proof();
        commit(1);
        CompletableFuture<Proof> second = barrier.proof();
        assertFalse(first.isDone() || second.isDone());
        faults.releaseAnswers();
        assertEquals(0, first.join().index());
        assertEquals(1, second.join().index(), "what was acknowledged before it came");
    }

    /** So that the tailer need not wait for the log's watch. */
    @Test
    void whatIsReadIsToldBeforeTheReadsThatWaitForIt() {
        commit(1);
        CompletableFuture<Proof> proof = barrier.proof().thenApply(proven -> {
            assertEquals(List.of(1L), told);
            return proven;
        });
        assertEquals(1, proof.join().index());
    }

    @Test
    void howeverManyWaitWhenAReadingBeginsItIsOne() {
        faults.next(1, Kind.HEAD, Fate.HOLD_ANSWER);
        CompletableFuture<Proof> first = barrier.proof();
        commit(1);
        List<CompletableFuture<Proof>> waiting = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            waiting.add(barrier.proof());
        }
        faults.releaseAnswers();
        first.join();
        waiting.forEach(proof -> assertEquals(1, proof.join().index()));
        assertEquals(2, barrier.headReads());
        barrier.proof().join();
        assertEquals(3, barrier.headReads(), "who comes alone has one of its own");
    }

    @Test
    void aReadingThatFailsFailsThoseWhoWaitedForItAndNoOthers() {
        faults.next(1, Kind.HEAD, Fate.HOLD_CALL);
        CompletableFuture<Proof> first = barrier.proof();
        CompletableFuture<Proof> second = barrier.proof();
        faults.disconnect();
        assertInstanceOf(
                LogUnavailableException.class,
                assertThrows(CompletionException.class, first::join).getCause());
        assertThrows(CompletionException.class, second::join, "its own reading was sent over the lost connection");
        faults.reconnect();
        faults.heal();
        assertEquals(0, barrier.proof().join().index());
    }
}
