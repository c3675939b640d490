package io.wesdb;

import org.jspecify.annotations.Nullable;

/** The write may or may not have happened: its deadline passed, or the node was closed, before the log could tell. */
public final class OutcomeUnknownException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(String message) {
        this(message, null);
    }

    public OutcomeUnknownException(String message, @Nullable Throwable cause) {
        super(ErrorCode.OUTCOME_UNKNOWN, message, cause);
    }
}
