package io.wesdb;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one write is to be done. Immutable.
 *
 * @param timeout how long the caller waits; null for the node's request timeout. Past it the write ends as
 *     {@link NotDoneException} if it certainly never happens, as {@link OutcomeUnknownException} otherwise.
 */
public record WriteOptions(@Nullable Duration timeout) {
    private static final WriteOptions DEFAULT = new WriteOptions(null);

    public WriteOptions {
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new InvalidRequestException("timeout must be positive: " + timeout);
        }
    }

    public static WriteOptions defaults() {
        return DEFAULT;
    }

    public WriteOptions withTimeout(Duration newTimeout) {
        return new WriteOptions(newTimeout);
    }
}
