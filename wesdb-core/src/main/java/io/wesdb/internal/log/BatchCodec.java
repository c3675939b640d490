package io.wesdb.internal.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands and batches as bytes (format version 3, see {@link EntryCodec}). Numbers are big-endian; <i>var</i> is a
 * number of 7 bits a byte, low ones first.
 *
 * <pre>
 * batch     = session 16 bytes, sequence 8, seed 8, number of commands 4, then for each: var length, command
 * command   = key, body
 * key       = tag 1 byte: 0 none | 1 string, hash of the body 16 bytes
 * body      = var number of conditions, conditions, var number of statements, statements
 * condition = tag 1 byte: 1 nothing since zigzag var index | 2 query gives: statement, var rows, hash of rows 16 bytes
 * statement = string SQL, var number of values, values
 * string    = var length in bytes, UTF-8
 * value     = tag 1 byte: 0 null | 1 zigzag var integer | 2 real, 8 bytes | 3 string | 4 blob: var length, bytes
 * </pre>
 *
 * <p>A command is encoded once, on the thread of its caller; batching and sequencing only move the bytes.
 */
public final class BatchCodec {
    private static final int NO_KEY = 0;
    private static final int KEY = 1;
    private static final int NOTHING_SINCE = 1;
    private static final int QUERY_GIVES = 2;

    /** The bytes that a batch has besides its commands and their lengths. */
    public static final int BATCH_OVERHEAD_BYTES = 36;

    private BatchCodec() {}

    public static byte[] encodeCommand(Command command) {
        ByteWriter out = new ByteWriter(128);
        IdempotencyKey key = command.key();
        if (key == null) {
            out.writeByte(NO_KEY);
        } else {
            out.writeByte(KEY);
            out.writeString(key.text());
            out.writeLong(key.bodyHigh());
            out.writeLong(key.bodyLow());
        }
        writeBody(out, command);
        return out.toByteArray();
    }

    private static void writeBody(ByteWriter out, Command command) {
        out.writeVarLong(command.conditions().size());
        for (Condition condition : command.conditions()) {
            if (condition instanceof Condition.NothingSince since) {
                out.writeByte(NOTHING_SINCE);
                out.writeZigZag(since.index());
            } else if (condition instanceof Condition.QueryGives gives) {
                out.writeByte(QUERY_GIVES);
                writeStatement(out, gives.query());
                out.writeVarLong(gives.rows().rows());
                out.writeLong(gives.rows().high());
                out.writeLong(gives.rows().low());
            }
        }
        out.writeVarLong(command.statements().size());
        for (SqlStatement statement : command.statements()) {
            writeStatement(out, statement);
        }
    }

    private static void writeStatement(ByteWriter out, SqlStatement statement) {
        out.writeString(statement.sql());
        out.writeVarLong(statement.values().size());
        for (Object value : statement.values()) {
            ValueCodec.write(out, value);
        }
    }

    /**
     * The key with half of a SHA-256 of the command's body: SQL, parameters and conditions. What a body's bytes are may
     * never change, or a command repeated after an upgrade would be taken for another one.
     */
    static IdempotencyKey key(String text, Command command) {
        ByteWriter body = new ByteWriter(128);
        writeBody(body, command);
        ByteReader hash = new ByteReader(RowsHash.sha256().digest(body.toByteArray()));
        return new IdempotencyKey(text, hash.readLong(), hash.readLong());
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
        SqlReader sql = new SqlReader();
        for (int i = 0; i < count; i++) {
            commands.add(decodeCommand(in.slice(in.readCount()), sql));
        }
        requireEnd(in);
        return new Batch(session, sequence, seed, commands);
    }

    private static Command decodeCommand(ByteReader in, SqlReader sql) {
        int tag = in.readByte();
        if (tag != NO_KEY && tag != KEY) {
            throw new CorruptEntryException("a key of unknown kind " + tag);
        }
        IdempotencyKey key = tag == NO_KEY ? null : new IdempotencyKey(in.readString(), in.readLong(), in.readLong());
        int conditionCount = in.readCount();
        List<Condition> conditions = new ArrayList<>(conditionCount);
        for (int i = 0; i < conditionCount; i++) {
            conditions.add(readCondition(in, sql));
        }
        int count = in.readCount();
        List<SqlStatement> statements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            statements.add(readStatement(in, sql));
        }
        requireEnd(in);
        return new Command(key, conditions, statements);
    }

    private static Condition readCondition(ByteReader in, SqlReader sql) {
        int tag = in.readByte();
        return switch (tag) {
            case NOTHING_SINCE -> new Condition.NothingSince(in.readZigZag());
            case QUERY_GIVES ->
                new Condition.QueryGives(
                        readStatement(in, sql), new RowsHash(in.readVarLong(), in.readLong(), in.readLong()));
            default -> throw new CorruptEntryException("a condition of unknown kind " + tag);
        };
    }

    private static SqlStatement readStatement(ByteReader in, SqlReader sql) {
        String text = sql.read(in);
        return new SqlStatement(text, readValues(in));
    }

    /** Gives one string for all statements of a batch that repeat their predecessor's SQL, as most do: it is hashed and compared once. */
    private static final class SqlReader {
        private String last = "";
        private byte[] lastUtf8 = {};

        String read(ByteReader in) {
            if (!in.skipString(lastUtf8)) {
                last = in.readString();
                lastUtf8 = last.getBytes(StandardCharsets.UTF_8);
            }
            return last;
        }
    }

    private static List<@Nullable Object> readValues(ByteReader in) {
        int count = in.readCount();
        if (count == 0) {
            return List.of();
        }
        List<@Nullable Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(ValueCodec.read(in));
        }
        return Collections.unmodifiableList(values);
    }

    private static void requireEnd(ByteReader in) {
        if (in.remaining() != 0) {
            throw new CorruptEntryException(in.remaining() + " bytes too many");
        }
    }
}
