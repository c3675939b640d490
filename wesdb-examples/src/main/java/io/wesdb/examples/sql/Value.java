package io.wesdb.examples.sql;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** SQLite values, which are Long, Double, String, byte[] or null, as texts. */
final class Value {
    private static final int SHOWN_LENGTH = 200;

    private Value() {}

    /** Equal for equal values only: an integer is no real, a text no blob, and −0.0 is not 0.0. */
    static String exact(@Nullable Object value) {
        if (value instanceof Double real) {
            return Double.toHexString(real);
        } else if (value instanceof String text) {
            return "'" + text + "'";
        }
        return literal(value);
    }

    /** As SQL has it. */
    static String literal(@Nullable Object value) {
        if (value == null) {
            return "NULL";
        } else if (value instanceof byte[] bytes) {
            return "x'" + HexFormat.of().formatHex(bytes) + "'";
        } else if (value instanceof Double real) {
            return real.isInfinite() ? (real > 0 ? "9e999" : "-9e999") : real.toString();
        } else if (value instanceof String text) {
            return "'" + text.replace("'", "''") + "'";
        }
        return value.toString();
    }

    static String shortened(String text) {
        return text.length() <= SHOWN_LENGTH
                ? text
                : text.substring(0, SHOWN_LENGTH) + "… (" + text.length() + " characters)";
    }
}
