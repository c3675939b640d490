package io.wesdb.examples.sql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Values that are likely to meet, and such as lie at the edges. */
final class Values {
    static final List<String> WORDS = List.of("apple", "Apple", "pear", "fig", "plum ", "plum", "kiwi", "fig tree", "");
    static final List<String> DATES = List.of(
            "2024-02-29",
            "1999-12-31 23:59:59.999",
            "2000-01-01T00:00:00Z",
            "0000-01-01",
            "9999-12-31 23:59:59",
            "2024-03-31 01:30",
            "12:34:56",
            "2460000.5",
            "2024-02-30");
    private static final List<Long> EDGES = List.of(
            0L,
            -1L,
            127L,
            128L,
            -32769L,
            2147483647L,
            -2147483648L,
            4294967296L,
            9007199254740991L,
            9007199254740993L,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            Long.MAX_VALUE - 1);
    private static final List<Double> REALS = List.of(
            0.0,
            -0.0,
            0.1,
            1.5,
            -2.25,
            3.0,
            1e15,
            1e16,
            9.007199254740993e15,
            9.223372036854775807e18,
            1e308,
            -1e308,
            4.9e-324,
            2.2250738585072014e-308,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY);
    private static final List<String> TEXTS = List.of(
            "12",
            " 7 ",
            "1e3",
            "0x1F",
            "-0",
            "9223372036854775808",
            "it's",
            "a\"b",
            "straße",
            "ÄÖÜ äöü",
            "漢字かな",
            "e\u0301",
            "\uD83D\uDE00\uD83C\uDDE9\uD83C\uDDEA",
            "\uFEFFbom",
            "tab\tand\nline",
            "a\\b%c_d",
            "NULL",
            "{\"a\": [1, 2.5, null, \"x\"], \"b\": {\"c\": true}}",
            "[1, [2, 3], {\"k\": \"v\"}]",
            "{broken",
            "null");

    private final Dice dice;

    Values(Dice dice) {
        this.dice = dice;
    }

    private enum Fruit {
        FIG,
        PLUM
    }

    @Nullable Object any(ColumnType type) {
        ColumnType taken = type == ColumnType.ANY
                ? dice.one(ColumnType.INTEGER, ColumnType.REAL, ColumnType.TEXT, ColumnType.TEXT, ColumnType.BLOB)
                : type;
        if (dice.percent(8)) {
            return null;
        }
        return switch (taken) {
            case INTEGER -> integer();
            case REAL -> dice.percent(60) ? (Object) dice.one(REALS) : (Object) (dice.anyDouble() * 100);
            case BLOB -> dice.bytes(dice.percent(90) ? dice.below(6) : dice.below(3000));
            default -> text();
        };
    }

    private Long integer() {
        return dice.percent(75)
                ? (Long) (long) dice.between(-3, 30)
                : dice.percent(80) ? dice.one(EDGES) : (Long) dice.anyLong();
    }

    private String text() {
        int sort = dice.below(20);
        if (sort < 11) {
            return dice.one(WORDS);
        } else if (sort < 14) {
            return dice.one(DATES);
        } else if (sort < 19) {
            return dice.one(TEXTS);
        }
        return dice.one("long ", "äß", "x").repeat(dice.below(1200));
    }

    String literal(ColumnType type) {
        if (type == ColumnType.INTEGER && dice.percent(3)) {
            return "0x" + Integer.toHexString(dice.below(1 << 20));
        }
        Object value = any(type);
        // A literal's text may hold no NUL, and a negative one in an expression wants its parentheses.
        String literal = Value.literal(value);
        return literal.startsWith("-") ? "(" + literal + ")" : literal;
    }

    /** Of all the Java types that have a mapping. */
    Parameter parameter(ColumnType type) {
        if (dice.percent(55)) {
            return Parameter.same(any(type));
        }
        return switch (type) {
            case INTEGER -> integerParameter();
            case REAL -> realParameter();
            case TEXT -> textParameter();
            default -> dice.one(integerParameter(), realParameter(), textParameter());
        };
    }

    private Parameter integerParameter() {
        int small = dice.between(-3, 30);
        Long wide = dice.one(EDGES);
        return dice.one(
                new Parameter(small, (long) small),
                new Parameter((short) small, (long) small),
                new Parameter((byte) small, (long) small),
                new Parameter(new AtomicInteger(small), (long) small),
                new Parameter(new AtomicLong(wide), wide),
                new Parameter(BigInteger.valueOf(wide), wide),
                new Parameter(true, 1L),
                new Parameter(false, 0L));
    }

    private Parameter realParameter() {
        return dice.one(
                new Parameter(1.5f, 1.5),
                new Parameter(0.1f, 0.10000000149011612),
                new Parameter(Double.NaN, null),
                new Parameter(Float.NaN, null),
                new Parameter(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY));
    }

    private Parameter textParameter() {
        int day = dice.between(1, 28);
        String date = String.format("2021-02-%02d", day);
        return dice.one(
                new Parameter('c', "c"),
                new Parameter(new StringBuilder("built"), "built"),
                new Parameter(new BigDecimal("1.50E+3"), "1500"),
                new Parameter(new BigDecimal("-0.10"), "-0.10"),
                new Parameter(Fruit.PLUM, "PLUM"),
                new Parameter(new UUID(0xABCDEF01L, day), String.format("00000000-abcd-ef01-0000-%012x", day)),
                new Parameter(LocalDate.of(2021, 2, day), date),
                new Parameter(LocalTime.of(7, 5), "07:05:00.000"),
                new Parameter(LocalDateTime.of(2021, 2, day, 23, 59, 1, 999_999_999), date + " 23:59:01.999"),
                // 2021-02-01 is day 18,659 since 1970.
                new Parameter(
                        Instant.ofEpochSecond(TimeUnit.DAYS.toSeconds(18_658L + day), 1_000_000),
                        date + " 00:00:00.001"),
                Parameter.same("nul\0inside"),
                Parameter.same("lone \uD800 surrogate".replace('\uD800', '?')));
    }
}
