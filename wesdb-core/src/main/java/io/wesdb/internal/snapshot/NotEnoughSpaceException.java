package io.wesdb.internal.snapshot;

import java.nio.file.Path;

/** The disk has no room for a snapshot. Nothing was changed; it can be tried again once there is. */
public final class NotEnoughSpaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long neededBytes;
    private final long availableBytes;

    NotEnoughSpaceException(Path directory, long neededBytes, long availableBytes) {
        super("a snapshot needs " + neededBytes + " more bytes in " + directory + ", where only " + availableBytes
                + " are free: make room");
        this.neededBytes = neededBytes;
        this.availableBytes = availableBytes;
    }

    public long neededBytes() {
        return neededBytes;
    }

    public long availableBytes() {
        return availableBytes;
    }
}
