package io.wesdb.examples.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values of one statement that is being made: literals, or parameters of one style. A text in the making has marks
 * where parameters go, for its parts are not made in the order in which they are written.
 */
final class Binding {
    /** How parameters are written. */
    enum Style {
        LITERALS,
        POSITIONAL,
        NUMBERED,
        NAMED
    }

    private static final Pattern MARK = Pattern.compile("\u0001(\\d+)\u0001");

    private final Dice dice;
    private final Values values;
    private final Style style;
    private final List<Parameter> made = new ArrayList<>();

    private Binding(Dice dice, Values values, Style style) {
        this.dice = dice;
        this.values = values;
        this.style = style;
    }

    static Binding any(Dice dice, Values values) {
        return new Binding(
                dice, values, dice.one(Style.LITERALS, Style.LITERALS, Style.POSITIONAL, Style.NUMBERED, Style.NAMED));
    }

    /** For what is kept in the schema. */
    static Binding literals(Dice dice, Values values) {
        return new Binding(dice, values, Style.LITERALS);
    }

    String value(ColumnType type) {
        if (style == Style.LITERALS || dice.percent(40)) {
            return values.literal(type);
        }
        if (!made.isEmpty() && style != Style.POSITIONAL && dice.percent(10)) {
            return mark(dice.below(made.size())); // once more
        }
        made.add(values.parameter(type));
        return mark(made.size() - 1);
    }

    /** A small whole number. */
    String small(int low, int high) {
        long number = dice.between(low, high);
        if (style == Style.LITERALS || dice.percent(50)) {
            return number < 0 ? "(" + number + ")" : String.valueOf(number);
        }
        made.add(dice.percent(50) ? Parameter.same(number) : new Parameter((int) number, number));
        return mark(made.size() - 1);
    }

    private static String mark(int number) {
        return "\u0001" + number + "\u0001";
    }

    Sql finish(String text, Sql.Kind kind) {
        Matcher matcher = MARK.matcher(text);
        StringBuilder finished = new StringBuilder();
        List<Integer> order = new ArrayList<>();
        List<String> names = new ArrayList<>();
        while (matcher.find()) {
            int number = Integer.parseInt(matcher.group(1));
            if (style == Style.POSITIONAL || !order.contains(number)) {
                order.add(number);
            }
            int position = style == Style.POSITIONAL ? order.size() : order.indexOf(number) + 1;
            String name = "p" + number;
            if (style == Style.NAMED && names.size() < order.size()) {
                names.add(name);
            }
            matcher.appendReplacement(
                    finished,
                    Matcher.quoteReplacement(
                            switch (style) {
                                case NUMBERED -> "?" + position;
                                // The prefix is part of SQLite's name: one for each parameter.
                                case NAMED -> ":@$".charAt(number % 3) + name;
                                default -> "?";
                            }));
        }
        matcher.appendTail(finished);
        return new Sql(finished.toString(), order.stream().map(made::get).toList(), List.copyOf(names), kind);
    }
}
