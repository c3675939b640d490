package io.wesdb.internal.sqlite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Which pages a write-ahead log holds (https://sqlite.org/fileformat2.html#the_write_ahead_log). In doubt it holds a
 * page: a frame's checksum is not looked at, for SQLite does that. Stateless. SQLite takes no locks on this file, so
 * that it may be opened by others.
 */
final class WalPages {
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_HEADER_BYTES = 24;
    private static final int PAGE_SIZE_AT = 8;
    private static final int SALT_AT = 16;
    private static final int FRAME_SALT_AT = 8;

    private WalPages() {}

    /** Whether it holds every page from {@code first} to {@code last}. */
    static boolean holdAll(Path wal, long first, long last) throws IOException {
        if (!Files.exists(wal) || Files.size(wal) < HEADER_BYTES) {
            return false;
        }
        Set<Long> found = new HashSet<>(); // of the pages asked for, bounded by the log's length
        try (RandomAccessFile file = new RandomAccessFile(wal.toFile(), "r")) {
            ByteBuffer header = read(file, 0, HEADER_BYTES);
            long frameBytes = FRAME_HEADER_BYTES + Integer.toUnsignedLong(header.getInt(PAGE_SIZE_AT));
            long salt = header.getLong(SALT_AT);
            for (long at = HEADER_BYTES; at + frameBytes <= file.length(); at += frameBytes) {
                ByteBuffer frame = read(file, at, FRAME_HEADER_BYTES);
                if (frame.getLong(FRAME_SALT_AT) != salt) {
                    break; // left over from before the log was last begun anew
                }
                long page = Integer.toUnsignedLong(frame.getInt(0));
                if (page >= first && page <= last) {
                    found.add(page);
                }
            }
        }
        return found.size() == last - first + 1;
    }

    private static ByteBuffer read(RandomAccessFile file, long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        file.seek(at);
        file.readFully(bytes.array());
        return bytes;
    }
}
