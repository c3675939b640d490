package io.wesdb.internal.log;

import org.jspecify.annotations.Nullable;

/** SQLite's values as bytes, as {@link BatchCodec} describes them. Stateless. */
public final class ValueCodec {
    private static final int NULL = 0;
    private static final int INTEGER = 1;
    private static final int REAL = 2;
    private static final int TEXT = 3;
    private static final int BLOB = 4;

    private ValueCodec() {}

    /** Reads one value. */
    public static @Nullable Object read(ByteReader in) {
        int tag = in.readByte();
        return switch (tag) {
            case NULL -> null;
            case INTEGER -> in.readZigZag();
            case REAL -> Double.longBitsToDouble(in.readLong());
            case TEXT -> in.readString();
            case BLOB -> in.readBytes(in.readCount());
            default -> throw new CorruptEntryException("a value of unknown kind " + tag);
        };
    }

    /** Writes one value. */
    public static void write(ByteWriter out, @Nullable Object value) {
        if (value == null) {
            out.writeByte(NULL);
        } else if (value instanceof Long number) {
            out.writeByte(INTEGER);
            out.writeZigZag(number);
        } else if (value instanceof Double number) {
            out.writeByte(REAL);
            out.writeLong(Double.doubleToLongBits(number));
        } else if (value instanceof String text) {
            out.writeByte(TEXT);
            out.writeString(text);
        } else if (value instanceof byte[] blob) {
            out.writeByte(BLOB);
            out.writeVarLong(blob.length);
            out.writeBytes(blob);
        } else {
            throw new IllegalArgumentException("no SQLite value: " + value.getClass());
        }
    }
}
