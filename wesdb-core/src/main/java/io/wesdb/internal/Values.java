package io.wesdb.internal;

import io.wesdb.InvalidRequestException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The mapping between Java's types and SQLite's five, as {@link io.wesdb.Statement} documents it. A <em>value</em>
 * anywhere in wesdb is a Long, Double, String, byte[] or null.
 */
public final class Values {
    private static final DateTimeFormatter DATE_TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private Values() {}

    /** Maps each parameter to a value; the result cannot be modified. */
    public static List<@Nullable Object> normalizeAll(@Nullable Object... parameters) {
        List<@Nullable Object> values = new ArrayList<>(parameters.length);
        for (Object parameter : parameters) {
            values.add(normalize(parameter));
        }
        return Collections.unmodifiableList(values);
    }

    /** Maps one parameter to a value. */
    public static @Nullable Object normalize(@Nullable Object parameter) {
        if (parameter == null || parameter instanceof Long || parameter instanceof String) {
            return parameter;
        } else if (parameter instanceof Integer
                || parameter instanceof Short
                || parameter instanceof Byte
                || parameter instanceof AtomicInteger
                || parameter instanceof AtomicLong) {
            return ((Number) parameter).longValue();
        } else if (parameter instanceof Double || parameter instanceof Float) {
            double number = ((Number) parameter).doubleValue();
            return Double.isNaN(number) ? null : (Object) number;
        } else if (parameter instanceof Boolean truth) {
            return truth ? 1L : 0L;
        } else if (parameter instanceof byte[] bytes) {
            return bytes.clone();
        } else if (parameter instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        } else if (parameter instanceof BigInteger integer) {
            if (integer.bitLength() > 63) {
                throw new InvalidRequestException("a BigInteger parameter does not fit SQLite's 64 bits: " + integer);
            }
            return integer.longValue();
        } else if (parameter instanceof Enum<?> constant) {
            return constant.name();
        } else if (parameter instanceof Instant instant) {
            return DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
        } else if (parameter instanceof LocalDateTime dateTime) {
            return DATE_TIME.format(dateTime);
        } else if (parameter instanceof LocalTime time) {
            return TIME.format(time);
        } else if (parameter instanceof CharSequence
                || parameter instanceof Character
                || parameter instanceof UUID
                || parameter instanceof LocalDate) {
            return parameter.toString();
        }
        throw new InvalidRequestException(
                "no mapping from " + parameter.getClass().getName() + " to a SQLite value");
    }

    /** Maps a value back; null stays null. */
    public static <T> @Nullable T convert(@Nullable Object value, Class<T> type) {
        if (value == null) {
            return null;
        }
        Object converted;
        try {
            converted = convertPresent(value, type);
        } catch (ArithmeticException | DateTimeException | IllegalArgumentException e) {
            throw mismatch(value, type, e);
        }
        if (converted == null) {
            throw mismatch(value, type, null);
        }
        return type.isPrimitive() ? uncheckedCast(converted) : type.cast(converted);
    }

    @SuppressWarnings("unchecked")
    private static <T> T uncheckedCast(Object boxed) {
        return (T) boxed; // type is int.class, long.class …, whose T is the box
    }

    private static @Nullable Object convertPresent(Object value, Class<?> type) {
        if (type == Object.class) {
            return value;
        } else if (type == String.class || type == CharSequence.class) {
            return value instanceof byte[] ? null : value.toString();
        } else if (type == byte[].class) {
            return value instanceof byte[] bytes ? bytes.clone() : null;
        } else if (type == Long.class || type == long.class) {
            return wholeNumber(value);
        } else if (type == Integer.class || type == int.class) {
            return Math.toIntExact(wholeNumber(value));
        } else if (type == Short.class || type == short.class) {
            return new BigDecimal(wholeNumber(value)).shortValueExact();
        } else if (type == Byte.class || type == byte.class) {
            return new BigDecimal(wholeNumber(value)).byteValueExact();
        } else if (type == Double.class || type == double.class) {
            return value instanceof Number number ? (Object) number.doubleValue() : null;
        } else if (type == Float.class || type == float.class) {
            return value instanceof Number number ? (Object) number.floatValue() : null;
        } else if (type == Boolean.class || type == boolean.class) {
            return value.equals(1L) ? Boolean.TRUE : value.equals(0L) ? Boolean.FALSE : null;
        } else if (type == BigDecimal.class) {
            return value instanceof byte[] ? null : new BigDecimal(value.toString());
        } else if (type == BigInteger.class) {
            return BigInteger.valueOf(wholeNumber(value));
        } else if (type == UUID.class) {
            return value instanceof String text ? UUID.fromString(text) : null;
        } else if (type.isEnum()) {
            return value instanceof String text ? constant(type, text) : null;
        }
        return convertTime(value, type);
    }

    private static @Nullable Object convertTime(Object value, Class<?> type) {
        if (type == Instant.class && value instanceof Long seconds) {
            return Instant.ofEpochSecond(seconds);
        } else if (!(value instanceof String text)) {
            return null;
        } else if (type == Instant.class) {
            return text.endsWith("Z")
                    ? Instant.parse(text.replace(' ', 'T'))
                    : dateTime(text).toInstant(ZoneOffset.UTC);
        } else if (type == LocalDateTime.class) {
            return dateTime(text);
        } else if (type == LocalDate.class) {
            return LocalDate.parse(text);
        } else if (type == LocalTime.class) {
            return LocalTime.parse(text);
        }
        return null;
    }

    private static LocalDateTime dateTime(String text) {
        return text.length() == 10 ? LocalDate.parse(text).atStartOfDay() : LocalDateTime.parse(text.replace(' ', 'T'));
    }

    private static long wholeNumber(Object value) {
        if (value instanceof Long number) {
            return number;
        } else if (value instanceof Double number) {
            return new BigDecimal(number).longValueExact();
        }
        throw new IllegalArgumentException("not a number");
    }

    private static @Nullable Object constant(Class<?> type, String name) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        return null;
    }

    private static IllegalArgumentException mismatch(Object value, Class<?> type, @Nullable Exception cause) {
        String shown = value instanceof byte[] bytes ? bytes.length + " bytes" : value.toString();
        return new IllegalArgumentException("cannot read '" + shown + "' as " + type.getSimpleName(), cause);
    }
}
