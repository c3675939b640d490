package io.wesdb.internal.read;

import io.wesdb.Row;
import io.wesdb.RowStream;
import io.wesdb.internal.sqlite.ReadCursor;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A stream over a reader's cursor. For one thread at a time, but for {@link #cancel}. */
final class CursorRowStream implements RowStream {
    private final ReadCursor cursor;
    private final ReadFaults faults;
    private final Cancellation cancellation;
    private final Runnable release;
    private final RowIterator rows = new RowIterator();
    private boolean closed;

    /** @param release gives back what the stream holds, once it is closed */
    CursorRowStream(ReadCursor cursor, ReadFaults faults, Cancellation cancellation, Runnable release) {
        this.cursor = cursor;
        this.faults = faults;
        this.cancellation = cancellation;
        this.release = release;
    }

    @Override
    public long index() {
        return cursor.index();
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
    public void cancel() {
        cancellation.cancel();
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
                next = faults.guard(cursor::next);
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
