package io.wesdb;

/** A statement that writes was given to {@code query}; use {@code execute}. */
public final class NotAQueryException extends SqlException {
    private static final long serialVersionUID = 1L;

    public NotAQueryException(String message) {
        super(ErrorCode.NOT_A_QUERY, message, 0, 0);
    }
}
