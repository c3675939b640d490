package io.wesdb.internal.sqlite;

/**
 * Bounds on the rows of one result.
 *
 * @param maxRows their number
 * @param maxBytes their values, as {@link RowReader} counts them
 */
public record ReadLimits(long maxRows, long maxBytes) {
    /** For rows that nobody gathers. */
    public static final ReadLimits NONE = new ReadLimits(Long.MAX_VALUE, Long.MAX_VALUE);
}
