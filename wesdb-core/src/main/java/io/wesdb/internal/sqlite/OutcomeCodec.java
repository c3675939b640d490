package io.wesdb.internal.sqlite;

import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.internal.log.ByteReader;
import io.wesdb.internal.log.ByteWriter;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.ValueCodec;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.First;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import io.wesdb.internal.sqlite.CommandOutcome.Replayed;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/**
 * Outcomes as the bytes that are remembered under a key. They are content (I3): the same on every node, so without the
 * wording of a refusal, which may differ between versions of SQLite. What was written stays readable.
 *
 * <pre>
 * outcome = tag 1 byte: 1 done, with rows | 2 done, rows omitted | 3 refused
 * done    = var number of results, then for each: zigzag var rows affected, rowid
 *           with rows: and var number of columns, their names, var number of rows, their values
 * rowid   = 1 byte: 0 none | 1 zigzag var
 * refused = kind 1 byte, zigzag var SQLite's code, zigzag var statement
 * </pre>
 *
 * Stateless.
 */
final class OutcomeCodec {
    private static final int DONE = 1;
    private static final int DONE_ROWS_OMITTED = 2;
    private static final int REFUSED = 3;

    private OutcomeCodec() {}

    /** @param maxBytes for an outcome with rows; one that would be larger is written without them */
    static byte[] encode(First outcome, int maxBytes) {
        ByteWriter out = new ByteWriter(64);
        if (outcome instanceof Refused refused) {
            out.writeByte(REFUSED);
            out.writeByte(OutcomeFold.number(refused.kind()));
            out.writeZigZag(refused.sqliteCode());
            out.writeZigZag(refused.statementIndex());
            return out.toByteArray();
        }
        List<StatementResult> results = ((Done) outcome).results();
        out.writeByte(DONE);
        if (!writeResults(out, results, maxBytes)) {
            out = new ByteWriter(64);
            out.writeByte(DONE_ROWS_OMITTED);
            writeCounts(out, results);
        }
        return out.toByteArray();
    }

    /** False if it would be too large, in which case only a part was written. */
    private static boolean writeResults(ByteWriter out, List<StatementResult> results, int maxBytes) {
        out.writeVarLong(results.size());
        boolean rows = false;
        for (StatementResult result : results) {
            writeCounts(out, result);
            out.writeVarLong(result.columns().size());
            result.columns().forEach(out::writeString);
            out.writeVarLong(result.rows().size());
            for (Row row : result.rows()) {
                for (int i = 0; i < row.size() && out.length() <= maxBytes; i++) {
                    ValueCodec.write(out, row.get(i));
                }
            }
            rows |= result.hasRows();
            if (rows && out.length() > maxBytes) {
                return false;
            }
        }
        return true;
    }

    private static void writeCounts(ByteWriter out, List<StatementResult> results) {
        out.writeVarLong(results.size());
        for (StatementResult result : results) {
            writeCounts(out, result);
        }
    }

    private static void writeCounts(ByteWriter out, StatementResult result) {
        out.writeZigZag(result.rowsAffected());
        if (result.lastInsertRowId().isPresent()) {
            out.writeByte(1);
            out.writeZigZag(result.lastInsertRowId().getAsLong());
        } else {
            out.writeByte(0);
        }
    }

    /**
     * What {@link #encode} wrote.
     *
     * @throws CorruptEntryException if it did not
     */
    static Replayed decode(long index, byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        int tag = in.readByte();
        return switch (tag) {
            case DONE -> new Replayed(index, new Done(readResults(in, true)), false);
            case DONE_ROWS_OMITTED -> new Replayed(index, new Done(readResults(in, false)), true);
            case REFUSED -> new Replayed(index, readRefused(in), false);
            default -> throw new CorruptEntryException("an outcome of unknown kind " + tag);
        };
    }

    /** What {@link #encode} wrote, with the rows left out if it has any. */
    static byte[] withoutRows(byte[] outcome) {
        Replayed replayed = decode(0, outcome);
        return replayed.rowsOmitted() || replayed.first() instanceof Refused ? outcome : encode(replayed.first(), 0);
    }

    private static Refused readRefused(ByteReader in) {
        Kind kind = OutcomeFold.kind(in.readByte());
        int code = (int) in.readZigZag();
        int statement = (int) in.readZigZag();
        String said = code == 0 ? kind.name() : SQLiteErrorCode.getErrorCode(code).message;
        return new Refused(kind, "the first command with this idempotency key was refused: " + said, code, statement);
    }

    private static List<StatementResult> readResults(ByteReader in, boolean withRows) {
        int count = in.readCount();
        List<StatementResult> results = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long affected = in.readZigZag();
            OptionalLong rowId = in.readByte() == 0 ? OptionalLong.empty() : OptionalLong.of(in.readZigZag());
            List<String> columns = withRows ? readColumns(in) : List.of();
            results.add(
                    new StatementResult(affected, rowId, columns, withRows ? readRows(in, columns) : List.<Row>of()));
        }
        return results;
    }

    private static List<String> readColumns(ByteReader in) {
        int count = in.readCount();
        List<String> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            columns.add(in.readString());
        }
        return List.copyOf(columns);
    }

    private static List<Row> readRows(ByteReader in, List<String> columns) {
        int count = in.readCount();
        List<Row> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            @Nullable Object[] values = new @Nullable Object[columns.size()];
            for (int c = 0; c < values.length; c++) {
                values[c] = ValueCodec.read(in);
            }
            rows.add(new Row(columns, values));
        }
        return rows;
    }
}
