package io.wesdb.internal.sqlite;

import io.wesdb.Row;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads rows into memory up to a bound. For one command or query. */
final class RowReader {
    /** A command's or query's rows are more than the bound allows. */
    static final class ResultTooLargeException extends Exception {
        private static final long serialVersionUID = 1L;

        ResultTooLargeException(String bound) {
            super("the result is larger than " + bound, null, false, false);
        }
    }

    private static final int ROW_BYTES = 16;
    private static final int VALUE_BYTES = 8;

    private final ReadLimits limits;
    private long rows;
    private long bytes;

    RowReader(ReadLimits limits) {
        this.limits = limits;
    }

    /** All rows from the one that {@code statement} stands on. */
    List<Row> readAll(NativeStatement statement, List<String> columns) throws SQLException, ResultTooLargeException {
        List<Row> rows = new ArrayList<>();
        do {
            rows.add(read(statement, columns));
        } while (statement.step());
        return rows;
    }

    Row read(NativeStatement statement, List<String> columns) throws SQLException, ResultTooLargeException {
        if (++rows > limits.maxRows()) {
            throw new ResultTooLargeException(limits.maxRows() + " rows");
        }
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        bytes += ROW_BYTES;
        for (int i = 0; i < values.length; i++) {
            Object value = statement.value(i);
            values[i] = value;
            bytes += sizeBytes(value);
            // After each: one row may have thousands of values, each as large as a value may be.
            if (bytes > limits.maxBytes()) {
                throw new ResultTooLargeException(limits.maxBytes() + " bytes");
            }
        }
        return new Row(columns, values);
    }

    /** The same on every node, so by the value's length and not by what Java makes of it. */
    static long sizeBytes(@Nullable Object value) {
        if (value instanceof String text) {
            return VALUE_BYTES + text.length();
        } else if (value instanceof byte[] blob) {
            return VALUE_BYTES + blob.length;
        }
        return VALUE_BYTES;
    }
}
