package io.wesdb.examples;

import java.io.IOException;

/**
 * A table of any size whose content follows from the row's number, so that whoever reads it can check it without having it. Its texts are
 * in no order.
 */
final class Rows {
    static final String TABLE = "CREATE TABLE data(id INTEGER PRIMARY KEY, k INTEGER NOT NULL, name TEXT NOT NULL)";
    static final String ALL = "SELECT id, k, name FROM data ORDER BY id";
    static final String ONE = "SELECT k, name FROM data WHERE id = ?";

    private static final int ROWS_A_COMMAND = 100_000;
    /** Numbers in SQL and Java alike; {@link #k} and {@link #name} say the same. */
    private static final String FILL = "WITH RECURSIVE c(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM c WHERE i < ?)"
            + " INSERT INTO data SELECT i, i * 7919 % 1000003,"
            + " printf('number %08x of many, a customer', i * 2654435761 % 4294967296) FROM c";

    private Rows() {}

    /** Executes a command with its parameters. */
    interface Execute {
        void execute(String sql, Object... parameters) throws IOException, InterruptedException;
    }

    /** Numbers 1 to {@code count}. */
    static void fill(Execute node, long count) throws IOException, InterruptedException {
        node.execute(TABLE);
        for (long done = 0; done < count; done += ROWS_A_COMMAND) {
            node.execute(FILL, done + 1, Math.min(count, done + ROWS_A_COMMAND));
        }
    }

    static long k(long id) {
        return id * 7919 % 1_000_003;
    }

    static String name(long id) {
        return "number " + hex(id * 2_654_435_761L % 4_294_967_296L) + " of many, a customer";
    }

    private static String hex(long value) {
        String digits = Long.toHexString(value);
        return "0".repeat(8 - digits.length()) + digits;
    }

    /** As a line of a streamed answer to {@link #ALL}. */
    static String line(long id) {
        return "[" + id + "," + k(id) + ",\"" + name(id) + "\"]";
    }
}
