package io.wesdb;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The rows of a query, all in memory (bounded, see {@link WesDbBuilder#maxResultBytes}); for larger results stream.
 *
 * @param index the log index that the rows show: every entry up to it, and nothing of later ones. (While an entry is
 *     applied command by command, for example because of deferred foreign keys, it counts as seen though some of its
 *     commands may not show yet.) A read with {@link ReadOptions#atLeast} this index sees no less, on any node
 * @param columns the columns' names
 * @param rows the rows
 */
public record QueryResult(long index, List<String> columns, List<Row> rows) implements Iterable<Row> {
    public QueryResult {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    @Override
    public Iterator<Row> iterator() {
        return rows.iterator();
    }

    public int size() {
        return rows.size();
    }

    /** Each row through {@code mapper}. */
    public <T> List<T> map(Function<? super Row, ? extends T> mapper) {
        return rows.stream().<T>map(mapper).toList();
    }

    public Optional<Row> first() {
        return rows.stream().findFirst();
    }

    /**
     * The only row.
     *
     * @throws IllegalStateException if there are none or several
     */
    public Row single() {
        if (rows.size() != 1) {
            throw new IllegalStateException("expected one row, got " + rows.size());
        }
        return rows.get(0);
    }
}
