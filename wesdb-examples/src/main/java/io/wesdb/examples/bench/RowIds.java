package io.wesdb.examples.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Ids that no other worker gives to its rows: so a table that has as many rows as writes were acknowledged has each of them once. All have
 * as many digits. Safe for use by many threads.
 */
final class RowIds {
    private static final long EACH = 1_000_000_000_000L;
    private static final int TEXTS = 1_024;
    /** Of letters that no compression makes shorter, as a row's own would be. */
    static final int TEXT_LENGTH = 40;

    static final String FIXED_TEXT = "a row of some forty characters, no more";
    static final String TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)";
    static final String INSERT = "INSERT INTO t VALUES (?, ?)";

    static final int LARGEST_BLOB = 1024 * 1024;

    private static final String[] TEXT = texts();
    private static final byte[] BYTES = bytes();

    private final AtomicLong last;

    RowIds(int worker) {
        last = new AtomicLong((1_000L + worker) * EACH);
    }

    private static String[] texts() {
        Random random = new Random(1);
        String[] texts = new String[TEXTS];
        for (int i = 0; i < TEXTS; i++) {
            texts[i] = random.ints(TEXT_LENGTH, 'A', 'A' + 64)
                    .mapToObj(letter -> Character.toString(letter == '\\' ? '-' : letter))
                    .collect(Collectors.joining());
        }
        return texts;
    }

    /** What stands in the row of that id. */
    static String text(long id) {
        return TEXT[(int) (id % TEXTS)];
    }

    /** A blob for that row, of bytes that no compression makes shorter, alone or with other rows' near it. */
    static byte[] blob(long id, int bytes) {
        int from = (int) (id * 7_919 % (BYTES.length - bytes));
        byte[] blob = Arrays.copyOfRange(BYTES, from, from + bytes);
        ByteBuffer.wrap(blob).putLong(id);
        return blob;
    }

    private static byte[] bytes() {
        byte[] bytes = new byte[2 * LARGEST_BLOB];
        new Random(2).nextBytes(bytes);
        return bytes;
    }

    long next() {
        return last.incrementAndGet();
    }
}
