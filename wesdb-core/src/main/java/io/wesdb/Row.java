package io.wesdb;

import io.wesdb.internal.Values;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One row. Columns are read by name (ignoring case; the first of several with one name) or by position from 0.
 * Immutable and safe to share.
 *
 * <p>{@link #get(int, Class)} maps back what {@link Statement} maps in: whole numbers, {@code Double}, {@code Boolean},
 * {@code String}, {@code byte[]}, {@code BigDecimal}, {@code BigInteger}, {@code UUID}, {@code Instant},
 * {@code LocalDate}, {@code LocalDateTime}, {@code LocalTime} and enums. {@code Instant} is read from text (as UTC) or
 * from an integer (seconds since 1970, what {@code unixepoch()} gives).
 */
public final class Row {
    private final List<String> columns;
    private final @Nullable Object[] values;

    /**
     * For wesdb itself.
     *
     * @param values SQLite values: Long, Double, String, byte[] or null; not copied
     */
    public Row(List<String> columns, @Nullable Object[] values) {
        this.columns = columns;
        this.values = values;
    }

    public List<String> columns() {
        return columns;
    }

    public int size() {
        return values.length;
    }

    /** The value as SQLite holds it: {@code Long}, {@code Double}, {@code String}, {@code byte[]} or null. */
    public @Nullable Object get(int position) {
        return values[Objects.checkIndex(position, values.length)];
    }

    /**
     * The value as SQLite holds it.
     *
     * @throws IllegalArgumentException if there is no such column
     */
    public @Nullable Object get(String column) {
        return values[position(column)];
    }

    /**
     * The value as {@code type}, null for NULL.
     *
     * @throws IllegalArgumentException if the value cannot be read as that type without loss
     */
    public <T> @Nullable T get(int position, Class<T> type) {
        return Values.convert(get(position), type);
    }

    /** As {@link #get(int, Class)}, by name. */
    public <T> @Nullable T get(String column, Class<T> type) {
        return Values.convert(get(column), type);
    }

    /** @throws IllegalArgumentException if the value is NULL or no whole number */
    public long getLong(int position) {
        return required(position, Long.class);
    }

    /** @throws IllegalArgumentException if the value is NULL or no whole number */
    public long getLong(String column) {
        return getLong(position(column));
    }

    /** @throws IllegalArgumentException if the value is NULL or no whole number of 32 bits */
    public int getInt(int position) {
        return required(position, Integer.class);
    }

    /** @throws IllegalArgumentException if the value is NULL or no whole number of 32 bits */
    public int getInt(String column) {
        return getInt(position(column));
    }

    /** @throws IllegalArgumentException if the value is NULL or no number */
    public double getDouble(int position) {
        return required(position, Double.class);
    }

    /** @throws IllegalArgumentException if the value is NULL or no number */
    public double getDouble(String column) {
        return getDouble(position(column));
    }

    /** @throws IllegalArgumentException if the value is NULL or not 0 or 1 */
    public boolean getBoolean(int position) {
        return required(position, Boolean.class);
    }

    /** @throws IllegalArgumentException if the value is NULL or not 0 or 1 */
    public boolean getBoolean(String column) {
        return getBoolean(position(column));
    }

    /** The value as text, null for NULL. */
    public @Nullable String getString(int position) {
        return get(position, String.class);
    }

    /** The value as text, null for NULL. */
    public @Nullable String getString(String column) {
        return get(column, String.class);
    }

    /** The value as bytes (a copy), null for NULL. */
    public byte @Nullable [] getBytes(int position) {
        return get(position, byte[].class);
    }

    /** The value as bytes (a copy), null for NULL. */
    public byte @Nullable [] getBytes(String column) {
        return get(column, byte[].class);
    }

    public boolean isNull(int position) {
        return get(position) == null;
    }

    public boolean isNull(String column) {
        return get(column) == null;
    }

    private <T> T required(int position, Class<T> type) {
        T value = get(position, type);
        if (value == null) {
            throw new IllegalArgumentException("column " + columns.get(position) + " is NULL");
        }
        return value;
    }

    private int position(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).equalsIgnoreCase(column)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no column " + column + " among " + columns);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Row row && columns.equals(row.columns) && Arrays.deepEquals(values, row.values);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(values);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            text.append(i == 0 ? "" : ", ").append(columns.get(i)).append('=');
            text.append(value instanceof byte[] bytes ? bytes.length + " bytes" : value);
        }
        return text.append('}').toString();
    }
}
