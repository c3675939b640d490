package io.wesdb.internal.sqlite;

import io.wesdb.InvalidRequestException;
import io.wesdb.Statement;
import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A statement's parameters numbered as SQLite numbers them: {@code ?} is one more than the largest so far,
 * {@code ?N} is N, a name is one more than the largest at its first use. The log carries positional values only, so a
 * name is resolved once, before it is logged. Immutable.
 *
 * @param count the largest number
 * @param positions each name with its prefix, and its number; {@code :a} and {@code @a} are two parameters
 * @param anonymous whether some position has no name
 */
public record ParameterLayout(int count, Map<String, Integer> positions, boolean anonymous) {
    /** SQLITE_MAX_VARIABLE_NUMBER as the library is built. */
    private static final int MAX_COUNT = 250_000;

    public static ParameterLayout of(String sql) {
        return of(SqlTokenizer.tokenize(sql));
    }

    static ParameterLayout of(List<Token> tokens) {
        int largest = 0;
        boolean anonymous = false;
        Map<String, Integer> positions = new LinkedHashMap<>();
        for (Token token : tokens) {
            if (token.kind() != Kind.PARAMETER) {
                continue;
            }
            String text = token.text();
            if (text.equals("?")) {
                largest++;
                anonymous = true;
            } else if (text.charAt(0) == '?') {
                largest = Math.max(largest, number(text));
                anonymous = true;
            } else if (!positions.containsKey(text)) {
                positions.put(text, ++largest);
            }
            if (largest > MAX_COUNT) {
                throw new InvalidRequestException("more than " + MAX_COUNT + " parameters");
            }
        }
        return new ParameterLayout(largest, Collections.unmodifiableMap(positions), anonymous);
    }

    private static int number(String text) {
        if (text.length() > 7 || Integer.parseInt(text.substring(1)) < 1) {
            throw new InvalidRequestException("a numbered parameter must be from ?1 to ?" + MAX_COUNT + ": " + text);
        }
        return Integer.parseInt(text.substring(1));
    }

    /**
     * The values in the order of their numbers.
     *
     * @throws InvalidRequestException if one is missing or there are too many
     */
    public List<@Nullable Object> bind(Statement statement) {
        List<@Nullable Object> positional = statement.positionalParameters();
        if (positional != null) {
            if (positional.size() != count) {
                throw new InvalidRequestException(
                        "the statement has " + count + " parameters, but " + positional.size() + " values were given");
            }
            return positional;
        }
        Map<String, @Nullable Object> named = statement.namedParameters();
        return bindNamed(named == null ? Map.of() : named);
    }

    private List<@Nullable Object> bindNamed(Map<String, @Nullable Object> named) {
        if (anonymous) {
            throw new InvalidRequestException("the statement has parameters without a name, but names were given");
        }
        @Nullable Object[] values = new @Nullable Object[count];
        Set<String> unused = new LinkedHashSet<>(named.keySet());
        for (Map.Entry<String, Integer> position : positions.entrySet()) {
            String name = position.getKey().substring(1);
            if (!named.containsKey(name)) {
                throw new InvalidRequestException("no value was given for the parameter " + position.getKey());
            }
            values[position.getValue() - 1] = named.get(name);
            unused.remove(name);
        }
        if (!unused.isEmpty()) {
            throw new InvalidRequestException("the statement has no parameter named " + String.join(", ", unused));
        }
        return new ArrayList<>(Arrays.asList(values));
    }
}
