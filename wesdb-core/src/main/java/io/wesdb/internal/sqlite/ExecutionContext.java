package io.wesdb.internal.sqlite;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the functions of one connection read instead of a clock or a random source: the entry's time and the command's
 * seed (I3). Owned by the thread that owns the connection.
 */
final class ExecutionContext {
    /** A script with more different calls than this is not what the memo is for. */
    private static final int MAX_MEMO = 128;

    private long timeMillis;
    private long randomState;
    private boolean pureOnly;
    private @Nullable Throwable fault;
    private final Map<Object, @Nullable Object> memo = new HashMap<>();

    long timeMillis() {
        return timeMillis;
    }

    void time(long millis) {
        if (millis != timeMillis) {
            timeMillis = millis;
            memo.clear();
        }
    }

    /** The random numbers of a command depend on its batch's seed and its place there, never on the node or the entry. */
    void seed(long batchSeed, int ordinal) {
        randomState = Mix64.finish(batchSeed + 0xD1B54A32D192ED03L * (ordinal + 1L));
    }

    /** SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
    long nextRandom() {
        randomState += 0x9E3779B97F4A7C15L;
        return Mix64.finish(randomState);
    }

    /**
     * Whether all date functions of the statement being executed stand in an index, a generated column or a CHECK, so
     * that asking for the current time is to be refused.
     */
    boolean pureOnly() {
        return pureOnly;
    }

    void pureOnly(boolean only) {
        pureOnly = only;
    }

    /** Something went wrong in a function that is no fault of the SQL; SQLite reports it as an ordinary error. */
    void fault(Throwable cause) {
        fault = cause;
    }

    @Nullable Throwable takeFault() {
        Throwable taken = fault;
        fault = null;
        return taken;
    }

    /** Results of functions of the current time, valid until the time changes. */
    Map<Object, @Nullable Object> memo() {
        if (memo.size() > MAX_MEMO) {
            memo.clear();
        }
        return memo;
    }
}
