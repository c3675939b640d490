package io.wesdb;

import io.wesdb.internal.Values;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One SQL statement with its parameters. Immutable and safe to share.
 *
 * <p>Parameters are positional ({@code ?}, {@code ?3}) or named ({@code :name}, {@code @name}, {@code $name}), not
 * both. Java values become SQLite values like this:
 *
 * <table>
 *   <caption>Mapping of parameters</caption>
 *   <tr><th>Java</th><th>SQLite</th></tr>
 *   <tr><td>{@code null}</td><td>NULL</td></tr>
 *   <tr><td>{@code Byte}, {@code Short}, {@code Integer}, {@code Long}, {@code AtomicInteger/Long}</td><td>INTEGER</td></tr>
 *   <tr><td>{@code BigInteger}</td><td>INTEGER; refused beyond 64 bits</td></tr>
 *   <tr><td>{@code Boolean}</td><td>INTEGER 0 or 1</td></tr>
 *   <tr><td>{@code Float}, {@code Double}</td><td>REAL (NaN becomes NULL, as SQLite does)</td></tr>
 *   <tr><td>{@code BigDecimal}</td><td>TEXT, {@code toPlainString()}</td></tr>
 *   <tr><td>{@code CharSequence}, {@code Character}</td><td>TEXT</td></tr>
 *   <tr><td>{@code Enum}</td><td>TEXT, {@code name()}</td></tr>
 *   <tr><td>{@code UUID}</td><td>TEXT, lower case with hyphens</td></tr>
 *   <tr><td>{@code Instant}</td><td>TEXT {@code YYYY-MM-DD HH:MM:SS.SSS} in UTC, as SQLite's own functions write it; finer parts are cut</td></tr>
 *   <tr><td>{@code LocalDateTime}</td><td>TEXT {@code YYYY-MM-DD HH:MM:SS.SSS}</td></tr>
 *   <tr><td>{@code LocalDate}, {@code LocalTime}</td><td>TEXT {@code YYYY-MM-DD}, {@code HH:MM:SS.SSS}</td></tr>
 *   <tr><td>{@code byte[]}</td><td>BLOB (the array is copied)</td></tr>
 * </table>
 *
 * <p>Anything else is refused with {@link InvalidRequestException}. {@link Row} maps back.
 */
public final class Statement {
    private final String sql;
    private final @Nullable List<@Nullable Object> positional;
    private final @Nullable Map<String, @Nullable Object> named;

    private Statement(
            String sql, @Nullable List<@Nullable Object> positional, @Nullable Map<String, @Nullable Object> named) {
        this.sql = sql;
        this.positional = positional;
        this.named = named;
    }

    /**
     * A statement with positional parameters, or with none.
     *
     * @throws InvalidRequestException if a parameter's type has no mapping
     */
    public static Statement of(String sql, @Nullable Object... parameters) {
        return new Statement(sql, Values.normalizeAll(parameters), null);
    }

    /**
     * A statement with named parameters; the names are given without their prefix character.
     *
     * @throws InvalidRequestException if a parameter's type has no mapping
     */
    public static Statement named(String sql, Map<String, ? extends @Nullable Object> parameters) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        parameters.forEach((name, value) -> copy.put(name, Values.normalize(value)));
        return new Statement(sql, null, Collections.unmodifiableMap(copy));
    }

    public String sql() {
        return sql;
    }

    /** The positional parameters as SQLite values (Long, Double, String, byte[] or null), or null if they are named. */
    public @Nullable List<@Nullable Object> positionalParameters() {
        return positional;
    }

    /** The named parameters as SQLite values, or null if they are positional. */
    public @Nullable Map<String, @Nullable Object> namedParameters() {
        return named;
    }

    @Override
    public String toString() {
        return "Statement[" + sql + "]";
    }
}
