package io.wesdb;

import org.jspecify.annotations.Nullable;

/** The builder's settings are wrong; the message names every fault. */
public final class ConfigurationException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        this(message, null);
    }

    public ConfigurationException(String message, @Nullable Throwable cause) {
        super(ErrorCode.CONFIGURATION, message, cause);
    }
}
