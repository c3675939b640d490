package io.wesdb.internal.write;

/**
 * Who gave a write: writes of one caller keep their order, and callers take turns. Immutable.
 *
 * @param name as the caller calls itself; "" for one that is told by its thread
 * @param thread the thread's number; 0 for one that has a name
 */
public record Caller(String name, long thread) {
    /** What this node writes of its own accord. No caller from outside is equal to it. */
    public static final Caller NODE = new Caller("", 0);

    /** @param name not empty */
    public static Caller named(String name) {
        return new Caller(name, 0);
    }

    /** The calling thread. */
    public static Caller thisThread() {
        return new Caller("", Thread.currentThread().getId());
    }
}
