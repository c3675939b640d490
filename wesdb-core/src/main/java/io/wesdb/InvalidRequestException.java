package io.wesdb;

import org.jspecify.annotations.Nullable;

/** The call is malformed (wrong parameter count, several statements where one is expected, …); nothing was done. */
public final class InvalidRequestException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public InvalidRequestException(String message) {
        this(message, null);
    }

    public InvalidRequestException(String message, @Nullable Throwable cause) {
        super(ErrorCode.BAD_REQUEST, message, cause);
    }
}
