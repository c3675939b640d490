package io.wesdb.internal.log;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands and batches as bytes (format version 1, see {@link EntryCodec}). Numbers are big-endian; <i>var</i> is a
 * number of 7 bits a byte, low ones first.
 *
 * <pre>
 * batch   = session 16 bytes, sequence 8, seed 8, number of commands 4, then for each: var length, command
 * command = var number of statements, then for each: string SQL, var number of values, values
 * string  = var length in bytes, UTF-8
 * value   = tag 1 byte: 0 null | 1 zigzag var integer | 2 real, 8 bytes | 3 string | 4 blob: var length, bytes
 * </pre>
 *
 * <p>A command is encoded once, on the thread of its caller; batching and sequencing only move the bytes.
 */
public final class BatchCodec {
    private static final int NULL = 0;
    private static final int INTEGER = 1;
    private static final int REAL = 2;
    private static final int TEXT = 3;
    private static final int BLOB = 4;

    /** The bytes that a batch has besides its commands and their lengths. */
    public static final int BATCH_OVERHEAD_BYTES = 36;

    private BatchCodec() {}

    public static byte[] encodeCommand(Command command) {
        ByteWriter out = new ByteWriter(128);
        out.writeVarLong(command.statements().size());
        for (SqlStatement statement : command.statements()) {
            out.writeString(statement.sql());
            out.writeVarLong(statement.values().size());
            for (Object value : statement.values()) {
                writeValue(out, value);
            }
        }
        return out.toByteArray();
    }

    /**
     * Puts encoded commands together.
     *
     * @param alone see {@link EncodedBatch}
     */
    public static EncodedBatch encodeBatch(
            SessionId session, long sequence, long seed, List<byte[]> commands, boolean alone) {
        int length = BATCH_OVERHEAD_BYTES;
        for (byte[] command : commands) {
            length = Math.addExact(length, command.length + 5);
        }
        ByteWriter out = new ByteWriter(length);
        out.writeLong(session.high());
        out.writeLong(session.low());
        out.writeLong(sequence);
        out.writeLong(seed);
        out.writeInt(commands.size());
        for (byte[] command : commands) {
            out.writeVarLong(command.length);
            out.writeBytes(command);
        }
        return new EncodedBatch(session, sequence, commands.size(), alone, out.toByteArray());
    }

    public static Batch decodeBatch(byte[] bytes) {
        return decodeBatch(new ByteReader(bytes, 0, bytes.length));
    }

    static Batch decodeBatch(ByteReader in) {
        SessionId session = new SessionId(in.readLong(), in.readLong());
        long sequence = in.readLong();
        long seed = in.readLong();
        int count = in.readInt();
        if (count < 1 || count > in.remaining()) {
            throw new CorruptEntryException("a batch of " + count + " commands");
        }
        List<Command> commands = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            commands.add(decodeCommand(in.slice(in.readCount())));
        }
        requireEnd(in);
        return new Batch(session, sequence, seed, commands);
    }

    private static Command decodeCommand(ByteReader in) {
        int count = in.readCount();
        List<SqlStatement> statements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String sql = in.readString();
            statements.add(new SqlStatement(sql, readValues(in)));
        }
        requireEnd(in);
        return new Command(statements);
    }

    private static List<@Nullable Object> readValues(ByteReader in) {
        int count = in.readCount();
        if (count == 0) {
            return List.of();
        }
        List<@Nullable Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(readValue(in));
        }
        return Collections.unmodifiableList(values);
    }

    private static @Nullable Object readValue(ByteReader in) {
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

    private static void writeValue(ByteWriter out, @Nullable Object value) {
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

    private static void requireEnd(ByteReader in) {
        if (in.remaining() != 0) {
            throw new CorruptEntryException(in.remaining() + " bytes too many");
        }
    }
}
