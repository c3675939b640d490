package io.wesdb.internal.log.zookeeper;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the log in place of an entry too large for one packet. Big endian: 'W' 'M', version (1 byte), a zero
 * byte, chunk count (4), length in bytes (4), CRC32C of the whole entry (4), the entry id in ASCII to the end.
 *
 * @param entryId names the directory of the chunks
 * @param chunkCount how many there are
 * @param length of the whole entry, in bytes
 * @param checksum of the whole entry
 */
record Manifest(EntryId entryId, int chunkCount, int length, int checksum) {
    private static final byte[] MAGIC = {'W', 'M'};
    private static final byte VERSION = 1;
    private static final int FIXED_BYTES = 16;

    static Manifest of(EntryId entryId, byte[] entry) {
        return new Manifest(entryId, ChunkStore.chunkCount(entry.length), entry.length, checksum(entry));
    }

    /** Whether bytes from the log are a manifest; an entry that looks like one must be split, however small. */
    static boolean looksLikeOne(byte[] bytes) {
        return bytes.length >= MAGIC.length && bytes[0] == MAGIC[0] && bytes[1] == MAGIC[1];
    }

    byte[] encode() {
        byte[] id = entryId.toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(FIXED_BYTES + id.length)
                .put(MAGIC)
                .put(VERSION)
                .put((byte) 0)
                .putInt(chunkCount)
                .putInt(length)
                .putInt(checksum)
                .put(id)
                .array();
    }

    /** Null if {@code bytes} are no manifest that this version understands. */
    static @Nullable Manifest decode(byte[] bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            buffer.position(MAGIC.length);
            byte version = buffer.get();
            buffer.get();
            int chunkCount = buffer.getInt();
            int length = buffer.getInt();
            int checksum = buffer.getInt();
            byte[] id = new byte[buffer.remaining()];
            buffer.get(id);
            EntryId entryId = EntryId.parse(new String(id, StandardCharsets.US_ASCII));
            boolean sound = looksLikeOne(bytes)
                    && version == VERSION
                    && length >= 0
                    && length <= ChunkStore.MAX_ENTRY_BYTES
                    && chunkCount == ChunkStore.chunkCount(length);
            return sound && entryId != null ? new Manifest(entryId, chunkCount, length, checksum) : null;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    static int checksum(byte[] entry) {
        CRC32C crc = new CRC32C();
        crc.update(entry);
        return (int) crc.getValue();
    }
}
