package io.wesdb;

/**
 * A {@link Precondition} of a write did not hold when its turn came; nothing was changed. Read again, and decide anew.
 */
public final class PreconditionFailedException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public PreconditionFailedException(String message) {
        super(ErrorCode.PRECONDITION_FAILED, message, null);
    }
}
