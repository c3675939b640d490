package io.wesdb;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Nothing was done, and nothing is wrong with the call: try again after {@link #retryAfter()}, here or on another
 * node. {@link #code()} tells why: {@code OVERLOADED}, {@code NO_LEADER}, {@code NOT_READY} or {@code STALE}.
 */
public final class NotDoneException extends WesDbException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    public NotDoneException(ErrorCode code, String message, Duration retryAfter) {
        this(code, message, retryAfter, null);
    }

    public NotDoneException(ErrorCode code, String message, Duration retryAfter, @Nullable Throwable cause) {
        super(code, message, cause);
        this.retryAfter = retryAfter;
    }

    /** How long to wait before another try makes sense. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
