package io.wesdb.internal.log;

/**
 * The outcomes of all entries up to one index, folded into one number; equal on all nodes (I3).
 *
 * @param index of the last entry folded in
 * @param value 0 at index 0
 */
public record OutcomeDigest(long index, long value) {
    /** Before the first entry. */
    public static final OutcomeDigest NONE = new OutcomeDigest(0, 0);
}
