package io.wesdb;

/**
 * The idempotency key of a write was used before, for another command; nothing was changed. Use a new key for each
 * command, and the same one only to repeat it.
 */
public final class IdempotencyKeyReusedException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public IdempotencyKeyReusedException(String message) {
        super(ErrorCode.IDEMPOTENCY_KEY_REUSED, message, null);
    }
}
