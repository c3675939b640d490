package io.wesdb;

import org.jspecify.annotations.Nullable;

/** The node could not start: ZooKeeper out of reach, the file in use, foreign or damaged, the node id taken, … */
public final class StartException extends WesDbException {
    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        this(message, null);
    }

    public StartException(String message, @Nullable Throwable cause) {
        super(ErrorCode.START_FAILED, message, cause);
    }
}
