package io.wesdb;

import org.jspecify.annotations.Nullable;

/** A read did not end before its deadline and was interrupted. */
public final class QueryTimeoutException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public QueryTimeoutException(String message) {
        this(message, null);
    }

    public QueryTimeoutException(String message, @Nullable Throwable cause) {
        super(ErrorCode.TIMEOUT, message, cause);
    }
}
