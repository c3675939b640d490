package io.wesdb.examples.sql;

import io.wesdb.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One generated statement. Immutable.
 *
 * @param parameters in the order in which SQLite numbers them
 * @param names one a parameter, without its prefix; empty if the parameters are positional
 */
record Sql(String text, List<Parameter> parameters, List<String> names, Kind kind) {
    /** What is to be asked after the statement. */
    enum Kind {
        /** INSERT or REPLACE. */
        INSERT,
        /** UPDATE or DELETE. */
        CHANGE,
        /** SELECT or VALUES. */
        ROWS,
        VACUUM,
        OTHER;

        /** Whether the number of rows affected is defined. */
        boolean counts() {
            return this == INSERT || this == CHANGE;
        }
    }

    static Sql plain(String text, Kind kind) {
        return new Sql(text, List.of(), List.of(), kind);
    }

    Statement toStatement() {
        @Nullable Object[] given = parameters.stream().map(Parameter::given).toArray();
        if (names.isEmpty()) {
            return Statement.of(text, given);
        }
        Map<String, @Nullable Object> named = new HashMap<>();
        for (int i = 0; i < given.length; i++) {
            named.put(names.get(i), given[i]);
        }
        return Statement.named(text, named);
    }

    /** For a person, who may want to try it. */
    @Override
    public String toString() {
        if (parameters.isEmpty()) {
            return text + ";";
        }
        StringBuilder shown = new StringBuilder(text).append(";  -- with ");
        for (int i = 0; i < parameters.size(); i++) {
            Object given = parameters.get(i).given();
            shown.append(i == 0 ? "" : ", ")
                    .append(names.isEmpty() ? "" : names.get(i) + " = ")
                    .append(Value.literal(parameters.get(i).value()));
            if (given != null) {
                shown.append(" (").append(given.getClass().getSimpleName()).append(')');
            }
        }
        return shown.toString();
    }
}
