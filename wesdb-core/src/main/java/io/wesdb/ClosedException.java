package io.wesdb;

import org.jspecify.annotations.Nullable;

/** The node was closed; a write that reports this was not done. */
public final class ClosedException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public ClosedException(String message) {
        this(message, null);
    }

    public ClosedException(String message, @Nullable Throwable cause) {
        super(ErrorCode.CLOSED, message, cause);
    }
}
