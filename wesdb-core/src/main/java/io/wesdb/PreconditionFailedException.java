package io.wesdb;

import org.jspecify.annotations.Nullable;

/**
 * A {@link Precondition} of a write did not hold when its turn came; nothing was changed. Read again, and decide anew.
 */
public final class PreconditionFailedException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public PreconditionFailedException(String message) {
        this(message, null);
    }

    public PreconditionFailedException(String message, @Nullable Throwable cause) {
        super(ErrorCode.PRECONDITION_FAILED, message, cause);
    }
}
