package io.wesdb.examples.sql;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is done on both sides. Immutable. */
sealed interface Step {
    Expectation expectation();

    /** How many statements it has. */
    int size();

    /** What wesdb is expected to do, bare SQLite aside. */
    enum Expectation {
        /** The same as bare SQLite. */
        SAME,
        /** The same, but an error may be found by wesdb's own tokenizer, which has no code for it. */
        SAME_BUT_FOR_CODE,
        /** To refuse it although SQLite would not: README, "SQL". */
        REFUSED,
        /** To refuse it as a query, for it writes. */
        NOT_A_QUERY,
        /** To refuse the call itself: the parameters do not fit. */
        MALFORMED;

        boolean isShared() {
            return this == SAME || this == SAME_BUT_FOR_CODE;
        }
    }

    /**
     * One command.
     *
     * @param script the statements in one text, or null if they are given one by one
     * @param schema whether it may change the schema or the statistics
     */
    record Command(List<Sql> statements, @Nullable String script, boolean schema, Expectation expectation)
            implements Step {
        @Override
        public int size() {
            return statements.size();
        }

        @Override
        public String toString() {
            return script != null
                    ? "script: " + script
                    : statements.stream().map(Sql::toString).collect(Collectors.joining("\n  ", "command: ", ""));
        }
    }

    /**
     * One query.
     *
     * @param ordered whether the order of its rows is defined
     */
    record Query(Sql sql, boolean ordered, Expectation expectation) implements Step {
        @Override
        public int size() {
            return 1;
        }

        @Override
        public String toString() {
            return "query: " + sql;
        }
    }
}
