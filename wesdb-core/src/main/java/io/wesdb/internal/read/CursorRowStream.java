package io.wesdb.internal.read;

import io.wesdb.Row;
import io.wesdb.RowStream;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.RowCursor;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A stream over a reader's cursor; gives the reader back when it is closed. For one thread at a time. */
final class CursorRowStream implements RowStream {
    private final long index;
    private final Reader reader;
    private final RowCursor cursor;
    private final RowIterator rows = new RowIterator();
    private boolean closed;

    CursorRowStream(long index, Reader reader, RowCursor cursor) {
        this.index = index;
        this.reader = reader;
        this.cursor = cursor;
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public List<String> columns() {
        return cursor.columns();
    }

    @Override
    public Iterator<Row> iterator() {
        return rows;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            cursor.close();
            reader.close();
        }
    }

    private final class RowIterator implements Iterator<Row> {
        private @Nullable Row next;
        private boolean ended;

        @Override
        public boolean hasNext() {
            if (closed) {
                throw new IllegalStateException("the stream is closed");
            }
            if (next == null && !ended) {
                next = cursor.next();
                ended = next == null;
            }
            return next != null;
        }

        @Override
        public Row next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            Row row = next;
            next = null;
            return row;
        }
    }
}
