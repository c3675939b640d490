package io.wesdb.examples.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What the generator knows of the database. A command changes a copy, which counts once the command is done. */
final class Schema {
    private final Map<String, Table> tables;
    final List<String> indexes;
    final List<String> triggers;
    private int made;

    Schema() {
        this(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>(), 0);
    }

    private Schema(Map<String, Table> tables, List<String> indexes, List<String> triggers, int made) {
        this.tables = tables;
        this.indexes = indexes;
        this.triggers = triggers;
        this.made = made;
    }

    Schema copy() {
        return new Schema(new LinkedHashMap<>(tables), new ArrayList<>(indexes), new ArrayList<>(triggers), made);
    }

    /** A name that nothing has had, some of them in need of quotes. */
    String freshName(Dice dice, String prefix) {
        String plain = prefix + ++made;
        return switch (dice.below(12)) {
            case 0 -> "\"" + prefix + " " + made + "\"";
            case 1 -> "[" + prefix + "-" + made + "]";
            case 2 -> "`" + prefix + "$" + made + "`";
            case 3 -> prefix + "ü" + made;
            case 4 -> "\"" + prefix + "\"\"" + made + "\"";
            default -> plain;
        };
    }

    List<Table> tables(Predicate<Table> wanted) {
        return tables.values().stream().filter(wanted).toList();
    }

    List<Table> all() {
        return List.copyOf(tables.values());
    }

    void put(Table table) {
        tables.put(table.name(), table);
    }

    void remove(String name) {
        tables.remove(name);
    }

    void replace(String oldName, Table table) {
        tables.remove(oldName);
        put(table);
    }
}
