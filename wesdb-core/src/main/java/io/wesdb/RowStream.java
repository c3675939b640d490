package io.wesdb;

import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The rows of a query, fetched one by one. Holds a read connection and a snapshot of the database until it is closed,
 * so close it. For one thread at a time, which need not be the one that opened it; only {@link #cancel} may be called
 * from elsewhere. The timeout of its {@link ReadOptions} bounds its whole life, and so does {@link
 * WesDbBuilder#maxSnapshotAge}; past that, {@link Iterator#next()} throws {@link QueryTimeoutException}, and the snapshot
 * is let go of even if nobody asks for the next row.
 */
public interface RowStream extends Iterable<Row>, AutoCloseable {
    /** The log index that the rows show, see {@link QueryResult#index}. */
    long index();

    /** The columns' names. */
    List<String> columns();

    /** The rows; every call gives the same iterator. */
    @Override
    Iterator<Row> iterator();

    /** The rows as a sequential stream; closing it closes this. */
    default Stream<Row> stream() {
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(
                                iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
                        false)
                .onClose(this::close);
    }

    /**
     * From any thread: interrupts the query, so that a row that is being waited for fails with {@link
     * QueryTimeoutException}, and so do the next. The stream must still be closed. In a {@link ReadTransaction} the whole
     * transaction is interrupted.
     */
    void cancel();

    /** Ends the query and gives its connection back. A second call does nothing. */
    @Override
    void close();
}
