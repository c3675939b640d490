package io.wesdb.internal.log.memory;

import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a test can do to one node's connection, whatever is at its other end. */
public interface ConnectionFaults {
    /** Asked about every call of the node from now on. */
    void plan(FaultPlan plan);

    /** {@code fate} for every call of {@code kind}; the others are delivered. */
    default void plan(Kind kind, Fate fate) {
        plan(call -> call.kind() == kind ? fate : Fate.DELIVER);
    }

    /** {@code fate} for the next {@code count} calls of {@code kind}; the others are delivered. */
    default void next(int count, Kind kind, Fate fate) {
        int[] left = {count};
        plan(call -> call.kind() == kind && left[0]-- > 0 ? fate : Fate.DELIVER);
    }

    /** From now on everything is delivered; what is held goes on. */
    void heal();

    /** The held call and those queued behind it; empty if none is held. */
    CompletableFuture<List<Call>> heldCalls();

    /** The call that holds up the others goes on. */
    void releaseCalls();

    void releaseAnswers();

    /** Cuts the connection: no call under way is answered; those that were held go astray, and may {@link #arrive}. */
    void disconnect();

    /** Calls that went astray arrive now, whatever happened since: a request that was long on its way. */
    void arrive();

    void reconnect();
}
