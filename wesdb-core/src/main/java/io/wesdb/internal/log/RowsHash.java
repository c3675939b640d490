package io.wesdb.internal.log;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands for the rows of a query, their order and the values' types included: half of a SHA-256, for what is compared
 * decides whether a write is done, and callers choose the values.
 *
 * @param rows how many
 */
public record RowsHash(long rows, long high, long low) {

    /** Of rows that are all at hand. */
    public static RowsHash of(List<? extends List<? extends @Nullable Object>> rows) {
        Maker maker = new Maker();
        for (List<? extends @Nullable Object> row : rows) {
            maker.row(row.size());
            row.forEach(maker::value);
        }
        return maker.hash();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Takes rows one by one. For one thread. */
    public static final class Maker {
        private final MessageDigest digest = sha256();
        private long rows;

        /** A row of {@code columns} values begins; they follow. */
        public void row(int columns) {
            rows++;
            number('R', columns);
        }

        /** How many have begun. */
        public long rows() {
            return rows;
        }

        /** The next value of the row. */
        public void value(@Nullable Object value) {
            if (value == null) {
                digest.update((byte) 'N');
            } else if (value instanceof Long number) {
                number('I', number);
            } else if (value instanceof Double number) {
                number('D', Double.doubleToLongBits(number == 0 ? 0.0 : number)); // -0.0 is equal to it in SQL
            } else if (value instanceof String text) {
                bytes('T', text.getBytes(StandardCharsets.UTF_8));
            } else if (value instanceof byte[] blob) {
                bytes('B', blob);
            } else {
                throw new IllegalArgumentException("no SQLite value: " + value.getClass());
            }
        }

        private void bytes(char tag, byte[] bytes) {
            number(tag, bytes.length);
            digest.update(bytes);
        }

        private void number(char tag, long number) {
            byte[] bytes = new byte[1 + Long.BYTES];
            bytes[0] = (byte) tag;
            for (int i = 0; i < Long.BYTES; i++) {
                bytes[1 + i] = (byte) (number >>> (56 - 8 * i));
            }
            digest.update(bytes);
        }

        /** Of all rows; of no use after it. */
        public RowsHash hash() {
            ByteReader hash = new ByteReader(digest.digest());
            return new RowsHash(rows, hash.readLong(), hash.readLong());
        }
    }
}
