package io.wesdb;

import org.jspecify.annotations.Nullable;

/** A command or a result is beyond the configured bound; nothing was changed. */
public final class TooLargeException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public TooLargeException(String message) {
        this(message, null);
    }

    public TooLargeException(String message, @Nullable Throwable cause) {
        super(ErrorCode.TOO_LARGE, message, cause);
    }
}
