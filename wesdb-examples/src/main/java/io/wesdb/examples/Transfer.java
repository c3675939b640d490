package io.wesdb.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Money that goes from one account to another, as one command: the accounts and the row that tells of it. Immutable.
 *
 * @param id of its own, which is its idempotency key too
 */
public record Transfer(
        String id, Guard guard, int from, int to, long amount, long fromBefore, long toBefore, long readAt) {
    /** What keeps it from being done on top of something else. */
    public enum Guard {
        /** Both balances must be as they were read: what is written is computed from them. */
        BALANCES,
        /** Nothing may have been written since they were read. */
        INDEX,
        /** The account that pays must be open; that it has enough is for a CHECK to see. */
        OPEN
    }

    public static final String SCHEMA = """
            CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK(balance >= 0), open INTEGER NOT NULL);
            CREATE TABLE transfers(id TEXT NOT NULL, source INTEGER, target INTEGER, amount INTEGER, at TEXT, mark INTEGER);""";

    public static final String BALANCES_OF_TWO = "SELECT balance FROM account WHERE id IN (?, ?) ORDER BY id";

    /** As the HTTP interface takes it. */
    public Map<String, ?> command() {
        Map<String, Object> command = new LinkedHashMap<>();
        List<Map<String, ?>> statements = new ArrayList<>();
        // Who has too little fails after the other one was given: were a command not taken back as a whole, it would
        // show.
        if (guard == Guard.OPEN) {
            statements.add(statement("UPDATE account SET balance = balance + ? WHERE id = ?", amount, to));
            statements.add(statement("UPDATE account SET balance = balance - ? WHERE id = ?", amount, from));
        } else {
            statements.add(statement("UPDATE account SET balance = ? WHERE id = ?", toBefore + amount, to));
            statements.add(statement("UPDATE account SET balance = ? WHERE id = ?", fromBefore - amount, from));
        }
        statements.add(statement(
                "INSERT INTO transfers VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP, random()) RETURNING mark",
                id,
                from,
                to,
                amount));
        command.put("statements", statements);
        switch (guard) {
            case BALANCES -> {
                List<List<Long>> rows = from < to
                        ? List.of(List.of(fromBefore), List.of(toBefore))
                        : List.of(List.of(toBefore), List.of(fromBefore));
                command.put("precondition", expecting(BALANCES_OF_TWO, rows, Math.min(from, to), Math.max(from, to)));
            }
            case INDEX -> command.put("expectIndex", readAt);
            case OPEN ->
                command.put(
                        "precondition", expecting("SELECT open FROM account WHERE id = ?", List.of(List.of(1)), from));
        }
        return command;
    }

    private static Map<String, ?> statement(String sql, Object... parameters) {
        return Map.of("sql", sql, "params", Arrays.asList(parameters));
    }

    private static Map<String, ?> expecting(String sql, List<? extends List<?>> rows, Object... parameters) {
        return Map.of("sql", sql, "params", Arrays.asList(parameters), "expect", rows);
    }
}
