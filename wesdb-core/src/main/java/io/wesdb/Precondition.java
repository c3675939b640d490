package io.wesdb;

import io.wesdb.internal.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold for a write to be done: compare and set. It is judged when the write's turn comes in the log, on every
 * node alike, with nothing in between; if it does not hold, nothing of the command is done and the caller gets {@link
 * PreconditionFailedException}. Given by {@link WriteOptions#withPreconditions}. Immutable and safe to share.
 *
 * <pre>{@code
 * db.execute(
 *         List.of(Statement.of("UPDATE doc SET text = ?, version = 8 WHERE id = ?", text, id)),
 *         WriteOptions.defaults().withPreconditions(Precondition.queryGives(
 *                 Statement.of("SELECT version FROM doc WHERE id = ?", id), List.of(List.of(7)))));
 * }</pre>
 */
public sealed interface Precondition {
    /** How many values the expected rows of one precondition may have in all; a row without values counts as one. */
    int MAX_EXPECTED_VALUES = 10_000;

    /**
     * The query gives just the expected rows. Their order counts, so where there are several the query needs an ORDER
     * BY; types count as well: INTEGER 1, REAL 1.0 and TEXT '1' are not the same. The query may not ask what a write may
     * not ask (see the README), nor use {@code random()}; {@code 'now'} is the time at which the write's turn comes.
     *
     * @param expected the rows, each with its values in the order of the columns; mapped as {@link Statement} does. None
     *     for: the query gives no row
     * @throws InvalidRequestException if a value's type has no mapping, or if there are more than {@link
     *     #MAX_EXPECTED_VALUES}: ask for a count or a sum then
     */
    static Precondition queryGives(Statement query, List<? extends List<? extends @Nullable Object>> expected) {
        return new QueryGives(query, expected);
    }

    /** As {@link #queryGives(Statement, List)}, for one row. */
    static Precondition queryGivesRow(Statement query, @Nullable Object... expected) {
        return new QueryGives(query, List.of(Collections.unmodifiableList(Arrays.asList(expected))));
    }

    /**
     * No command was executed, by whomever and on whatever table, in an entry after the one at {@code index}: the
     * database is as it was after that entry. Commands that were refused, repeated commands that were answered as
     * before, and what nodes do for themselves (verification, statistics) do not count.
     *
     * <p>Where the index is a read's, it says that nothing has changed since that read. It may fail though nothing has: entries
     * that are applied in parts (with deferred foreign keys, {@code RAISE(ROLLBACK)} and the like) can be read half done
     * under their index, so after such an entry only a later index will do. Read again, and it holds. Where the index is a
     * write's, other commands of the same entry may have been executed after that write, and are not noticed.
     *
     * @throws InvalidRequestException if the index is negative
     */
    static Precondition expectIndex(long index) {
        return new ExpectIndex(index);
    }

    /** See {@link Precondition#queryGives(Statement, List)}. */
    record QueryGives(Statement query, List<? extends List<? extends @Nullable Object>> expected)
            implements Precondition {
        public QueryGives {
            List<List<@Nullable Object>> rows = new ArrayList<>(Math.min(expected.size(), MAX_EXPECTED_VALUES));
            int values = 0;
            for (List<? extends @Nullable Object> row : expected) {
                values += Math.max(1, row.size());
                if (values > MAX_EXPECTED_VALUES) {
                    throw new InvalidRequestException(
                            "a precondition may expect at most " + MAX_EXPECTED_VALUES + " values");
                }
                rows.add(Values.normalizeAll(row.toArray()));
            }
            expected = Collections.unmodifiableList(rows);
        }
    }

    /** See {@link Precondition#expectIndex(long)}. */
    record ExpectIndex(long index) implements Precondition {
        public ExpectIndex {
            if (index < 0) {
                throw new InvalidRequestException("an expected index must not be negative: " + index);
            }
        }
    }
}
