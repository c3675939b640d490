package io.wesdb.examples.sql;

import org.jspecify.annotations.Nullable;

/**
 * A parameter as a Java program gives it, and the SQLite value that the README's table of types makes of it, worked out
 * by the generator and not by wesdb.
 *
 * @param given what wesdb is given
 * @param value Long, Double, String, byte[] or null: what bare SQLite is given
 */
record Parameter(@Nullable Object given, @Nullable Object value) {
    static Parameter same(@Nullable Object value) {
        return new Parameter(value, value);
    }
}
