package io.wesdb.internal.log;

import org.jspecify.annotations.Nullable;

/** The log cannot be reached now; whether the call took effect is not known. */
public final class LogUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
