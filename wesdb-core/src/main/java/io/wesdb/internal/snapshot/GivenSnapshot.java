package io.wesdb.internal.snapshot;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A snapshot that is given to others. Made by one thread, then owned by another. */
final class GivenSnapshot {
    private static final int READ_BYTES = 256 * 1024;

    private final SnapshotOffer offer;
    private SnapshotBytes bytes;

    private GivenSnapshot(SnapshotOffer offer, SnapshotBytes bytes) {
        this.offer = offer;
        this.bytes = bytes;
    }

    /**
     * Reads {@code bytes} once; they belong to the snapshot from now on, and are released if none is made.
     *
     * @param index what the file stands at
     * @return null if {@code goOn} became false
     */
    static @Nullable GivenSnapshot of(SnapshotBytes bytes, String id, long index, BooleanSupplier goOn)
            throws IOException {
        GivenSnapshot made = null;
        try {
            CRC32C checksum = new CRC32C();
            byte[] piece = new byte[READ_BYTES];
            long length = bytes.lengthBytes();
            for (long at = 0; at < length; ) {
                if (!goOn.getAsBoolean()) {
                    return null;
                }
                int count = (int) Math.min(piece.length, length - at);
                bytes.read(piece, count, at);
                checksum.update(piece, 0, count);
                at += count;
            }
            made = new GivenSnapshot(new SnapshotOffer(id, index, length, (int) checksum.getValue()), bytes);
            return made;
        } finally {
            if (made == null) {
                bytes.release();
            }
        }
    }

    SnapshotOffer offer() {
        return offer;
    }

    byte[] read(long offset, int length) throws IOException {
        byte[] read = new byte[length];
        bytes.read(read, length, offset);
        return read;
    }

    /** Whether the database cannot be checkpointed because of it. */
    boolean isPinned() {
        return bytes instanceof SnapshotBytes.Pinned;
    }

    SnapshotBytes bytes() {
        return bytes;
    }

    /** The same bytes are elsewhere, too, and will be read there. */
    void moveTo(SnapshotBytes same) {
        bytes.release();
        bytes = same;
    }

    void release() {
        bytes.release();
    }
}
