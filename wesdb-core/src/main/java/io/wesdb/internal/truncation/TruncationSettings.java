package io.wesdb.internal.truncation;

import java.time.Duration;

/**
 * How long the log may become.
 *
 * @param maxEntries the bound in entries: past it the log no longer waits for every node
 * @param maxBytes the bound in bytes, of entries as they are in the log
 * @param forgetAfter after so long an absence a node is taken off the register; zero: never
 * @param keepEntries so many are kept although every node has them, for those that come back soon; the bound goes before
 * @param intervalMillis how often is looked
 */
public record TruncationSettings(
        int maxEntries, long maxBytes, Duration forgetAfter, int keepEntries, long intervalMillis) {
    private static final long MOST_BYTES = 1L << 60;
    private static final int MAX_KEPT_ENTRIES = 1_000;

    public TruncationSettings {
        if (maxEntries < 1 || maxBytes < 1 || maxBytes > MOST_BYTES || intervalMillis < 1 || forgetAfter.isNegative()) {
            throw new IllegalArgumentException("a bound of " + maxEntries + " entries, " + maxBytes + " bytes, "
                    + forgetAfter + ", looked at every " + intervalMillis + " ms");
        }
        if (keepEntries < 1 || keepEntries > maxEntries) {
            throw new IllegalArgumentException(keepEntries + " of " + maxEntries + " entries cannot be kept always");
        }
    }

    public static TruncationSettings of(int maxEntries, long maxBytes, Duration forgetAfter) {
        int keepEntries = Math.max(1, Math.min(MAX_KEPT_ENTRIES, maxEntries / 10));
        return new TruncationSettings(maxEntries, maxBytes, forgetAfter, keepEntries, 1_000);
    }

    /** 100,000 entries, 256 MiB, a week. */
    public static TruncationSettings defaults() {
        return of(100_000, 256L * 1024 * 1024, Duration.ofDays(7));
    }
}
