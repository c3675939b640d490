package io.wesdb.internal.snapshot;

import io.wesdb.internal.sqlite.MainFile;
import java.io.IOException;

/** Where the bytes of a snapshot that is given are. For one thread at a time. */
interface SnapshotBytes {
    long lengthBytes();

    /** Exactly {@code count} bytes from {@code offset}, into the beginning of {@code target}. */
    void read(byte[] target, int count, long offset) throws IOException;

    /** They are not needed any more. Idempotent. */
    void release();

    /** The database itself, as long as it is not written to. */
    record Pinned(MainFile.Pin pin) implements SnapshotBytes {
        @Override
        public long lengthBytes() {
            return pin.lengthBytes();
        }

        @Override
        public void read(byte[] target, int count, long offset) throws IOException {
            pin.read(target, count, offset);
        }

        @Override
        public void release() {
            pin.close();
        }
    }
}
