package io.wesdb.examples.sql;

/** What a column is made for. Which values it holds is another matter, unless its table is STRICT. */
enum ColumnType {
    INTEGER,
    REAL,
    TEXT,
    BLOB,
    /** Any value. */
    ANY;

    /** A declared type with that affinity, or with NUMERIC's. */
    String declared(Dice dice, boolean strict) {
        return switch (this) {
            case INTEGER ->
                strict ? dice.one("INT", "INTEGER") : dice.one("INTEGER", "INT", "BIGINT", "BOOLEAN", "DATE");
            case REAL -> strict ? "REAL" : dice.one("REAL", "DOUBLE", "FLOAT", "DECIMAL(10, 2)", "NUMERIC");
            case TEXT -> strict ? "TEXT" : dice.one("TEXT", "VARCHAR(20)", "CLOB", "TEXT", "DATETIME");
            case BLOB -> "BLOB";
            case ANY -> strict ? "ANY" : dice.one("", "NUMERIC", "BLOB");
        };
    }
}
