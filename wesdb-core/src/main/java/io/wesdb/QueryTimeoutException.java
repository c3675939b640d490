package io.wesdb;

import org.jspecify.annotations.Nullable;

/**
 * A read was interrupted: it did not end before its deadline, held its snapshot of the database for too long, or was
 * cancelled. The message tells which.
 */
public final class QueryTimeoutException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public QueryTimeoutException(String message) {
        this(message, null);
    }

    public QueryTimeoutException(String message, @Nullable Throwable cause) {
        super(ErrorCode.TIMEOUT, message, cause);
    }
}
