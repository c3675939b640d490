package io.wesdb;

import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The rows of a query, fetched one by one. Holds a read connection and a snapshot of the database until it is closed,
 * so close it. For one thread at a time, which need not be the one that opened it. The timeout of its
 * {@link ReadOptions} bounds its whole life; past it, {@link Iterator#next()} throws {@link QueryTimeoutException}.
 */
public interface RowStream extends Iterable<Row>, AutoCloseable {
    /** The log index that the rows reflect, at least. */
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

    /** Ends the query and gives its connection back. A second call does nothing. */
    @Override
    void close();
}
