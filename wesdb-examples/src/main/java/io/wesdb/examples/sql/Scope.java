package io.wesdb.examples.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * What an expression may use. Immutable.
 *
 * @param columns how they are written here
 * @param tables for subqueries; none where the expression is kept in the schema and must depend on its row alone
 */
record Scope(List<Reference> columns, Binding binding, List<Table> tables) {
    /** A column in reach. */
    record Reference(String text, ColumnType type) {}

    static Scope of(Table table, String alias, Binding binding, List<Table> tables) {
        return new Scope(references(table, alias), binding, tables);
    }

    /** For CHECK constraints, generated columns and indexes. */
    static Scope ofRow(List<Table.Column> columns, Binding binding) {
        return new Scope(
                columns.stream().map(c -> new Reference(c.name(), c.type())).toList(), binding, List.of());
    }

    static Scope ofNothing(Binding binding) {
        return new Scope(List.of(), binding, List.of());
    }

    static List<Reference> references(Table table, String alias) {
        String prefix = alias.isEmpty() ? "" : alias + ".";
        return table.columns().stream()
                .map(column -> new Reference(prefix + column.name(), column.type()))
                .toList();
    }

    Scope and(List<Reference> more) {
        List<Reference> both = new ArrayList<>(columns);
        both.addAll(more);
        return new Scope(List.copyOf(both), binding, tables);
    }

    Scope withoutSubqueries() {
        return new Scope(columns, binding, List.of());
    }
}
