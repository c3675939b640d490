package io.wesdb.internal.sqlite;

import io.wesdb.Row;
import io.wesdb.TooLargeException;
import io.wesdb.WesDbException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a query, fetched one by one from its {@link Reader}. For one thread at a time. */
public final class ReadCursor implements AutoCloseable {
    private final Reader reader;
    private final String sql;
    private final NativeStatement statement;
    private final List<String> columns;
    private final RowReader rows;
    private long index;
    private boolean row;
    private boolean closed;
    /** Told again to who asks again, or the rows until then would seem to be all. */
    private @Nullable WesDbException failure;

    /** @param row whether the statement stands on a row */
    ReadCursor(
            Reader reader,
            String sql,
            NativeStatement statement,
            List<String> columns,
            boolean row,
            ReadLimits limits,
            long index) {
        this.reader = reader;
        this.sql = sql;
        this.statement = statement;
        this.columns = columns;
        this.row = row;
        this.rows = new RowReader(limits);
        this.index = index;
    }

    String sql() {
        return sql;
    }

    NativeStatement statement() {
        return statement;
    }

    /** Whether there is a row to come, and so a snapshot that lasts. */
    boolean isOnRow() {
        return row;
    }

    void index(long seen) {
        index = seen;
    }

    /**
     * The log index that the rows show: every entry up to it, and nothing of later ones. An entry that is just being applied command by
     * command counts as seen, though some of its commands may not be.
     */
    public long index() {
        return index;
    }

    public List<String> columns() {
        return columns;
    }

    /**
     * The next row; null at the end. Throws as {@link Reader#query} does, and is closed then.
     *
     * @throws IllegalStateException if it was closed before its end
     */
    public @Nullable Row next() {
        if (failure != null) {
            throw failure;
        } else if (!row) {
            close();
            return null;
        } else if (closed) {
            throw new IllegalStateException("the rows were closed before their end");
        }
        boolean read = false;
        try {
            Row next = readAndStep();
            read = true;
            return next;
        } catch (SQLException e) {
            throw remember(reader.failed(e));
        } catch (RowReader.ResultTooLargeException e) {
            throw remember(new TooLargeException(String.valueOf(e.getMessage()), e));
        } catch (WesDbException e) {
            throw remember(e);
        } finally {
            if (!read) {
                close();
            }
        }
    }

    private WesDbException remember(WesDbException why) {
        failure = why;
        return why;
    }

    private Row readAndStep() throws SQLException, RowReader.ResultTooLargeException {
        reader.guard().enter();
        try {
            reader.guard().check();
            Row next = rows.read(statement, columns);
            row = statement.step();
            return next;
        } finally {
            reader.guard().leave();
        }
    }

    List<Row> remaining() {
        List<Row> all = new ArrayList<>();
        for (Row next = next(); next != null; next = next()) {
            all.add(next);
        }
        return all;
    }

    /** Ends the query. A second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            reader.ended(this);
        }
    }
}
