package io.wesdb.internal.log;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link ByteWriter} wrote; whatever does not fit is a {@link CorruptEntryException}. For one thread. */
public final class ByteReader {
    private final byte[] bytes;
    private final int end;
    private int position;

    public ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    ByteReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    public int remaining() {
        return end - position;
    }

    public int position() {
        return position;
    }

    public int readByte() {
        need(1);
        return bytes[position++] & 0xFF;
    }

    public int readInt() {
        need(4);
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | bytes[position++] & 0xFF;
        }
        return value;
    }

    public long readLong() {
        return (long) readInt() << 32 | readInt() & 0xFFFF_FFFFL;
    }

    public long readVarLong() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new CorruptEntryException("a number has more than ten bytes");
    }

    public long readZigZag() {
        long value = readVarLong();
        return (value >>> 1) ^ -(value & 1);
    }

    /** A length or count of things that have at least a byte each, so that damage cannot make us reserve memory. */
    public int readCount() {
        long count = readVarLong();
        if (count < 0 || count > remaining()) {
            throw new CorruptEntryException("a count of " + count + " where " + remaining() + " bytes remain");
        }
        return (int) count;
    }

    public byte[] readBytes(int count) {
        need(count);
        byte[] copy = Arrays.copyOfRange(bytes, position, position + count);
        position += count;
        return copy;
    }

    public String readString() {
        int count = readCount();
        String text = new String(bytes, position, count, StandardCharsets.UTF_8);
        position += count;
        return text;
    }

    /** Reads a string if it is the one with these bytes; otherwise nothing is read. */
    boolean skipString(byte[] utf8) {
        int start = position;
        int count = readCount();
        if (count == utf8.length && Arrays.equals(bytes, position, position + count, utf8, 0, count)) {
            position += count;
            return true;
        }
        position = start;
        return false;
    }

    /** A reader of the next {@code count} bytes, which this one skips. */
    public ByteReader slice(int count) {
        need(count);
        ByteReader slice = new ByteReader(bytes, position, position + count);
        position += count;
        return slice;
    }

    private void need(int count) {
        if (count < 0 || count > remaining()) {
            throw new CorruptEntryException(count + " bytes wanted where " + remaining() + " remain");
        }
    }
}
