package io.wesdb.internal.log.memory;

/** Decides what becomes of each call of a node. Asked once a call, when its turn has come. */
@FunctionalInterface
public interface FaultPlan {
    Fate fate(Call call);

    /** What can become of a call. */
    enum Fate {
        /** It is executed and answered. */
        DELIVER,
        /** It never arrives; the caller learns only that there is no answer. */
        LOSE_CALL,
        /** It is executed; the caller learns only that there is no answer. */
        LOSE_ANSWER,
        /** It waits before being executed, and every later call of the node behind it, until it is released. */
        HOLD_CALL,
        /** It is executed at once; its answer waits, and every later answer behind it, until it is released. */
        HOLD_ANSWER
    }
}
