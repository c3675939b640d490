package io.wesdb.internal.read;

import io.wesdb.Row;
import io.wesdb.RowStream;
import io.wesdb.internal.sqlite.Reader;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A stream over a reader's cursor; gives the reader back when it is closed. For one thread at a time. */
final class CursorRowStream implements RowStream {
    private final long index;
    private final Reader.Cursor cursor;
    private final Runnable release;
    private final RowIterator rows = new RowIterator();
    private boolean closed;

    /** @param release gives the reader back */
    CursorRowStream(long index, Reader.Cursor cursor, Runnable release) {
        this.index = index;
        this.cursor = cursor;
        this.release = release;
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
            try {
                cursor.close();
            } finally {
                release.run();
            }
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
