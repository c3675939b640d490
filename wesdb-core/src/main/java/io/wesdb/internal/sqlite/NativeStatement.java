package io.wesdb.internal.sqlite;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.core.CoreStatement;
import org.sqlite.core.DB;

/**
 * A prepared statement driven step by step: bind and execute, read the row, step, reset. JDBC's ResultSet keeps the
 * column names of the first preparation although SQLite prepares anew when the schema changes, gives small integers
 * another type, and loses the distinction between an error of the first step and of a later one. Owned by the thread
 * that owns its connection.
 */
final class NativeStatement implements AutoCloseable {
    private static final int ROW = 100;
    private static final int DONE = 101;
    private static final int INTEGER = 1;
    private static final int FLOAT = 2;
    private static final int TEXT = 3;
    private static final int BLOB = 4;

    private static final byte[] NOTHING = {};
    private static final int CHECK_BYTES = 1 << 20;
    private static final int ROW_COST_BYTES = 1 << 10;
    private static final int LARGE_BYTES = 1 << 12;

    private final PreparedStatement statement;
    private final CoreStatement core;
    private final DB db;
    private boolean holdsLarge;

    private NativeStatement(PreparedStatement statement, DB db) {
        this.statement = statement;
        this.core = (CoreStatement) statement;
        this.db = db;
    }

    static NativeStatement prepare(SQLiteConnection connection, String sql) throws SQLException {
        return new NativeStatement(connection.prepareStatement(sql), connection.getDatabase());
    }

    /** Binds and takes the first step; true if there is a row. */
    boolean execute(@Nullable Object... values) throws SQLException {
        // Without values there is no need of DB.execute, which finalizes the statement after most errors.
        return values.length == 0 ? step() : db.execute(core, values);
    }

    boolean execute(List<@Nullable Object> values) throws SQLException {
        if (values.isEmpty()) {
            return step();
        }
        for (Object value : values) {
            holdsLarge |= RowReader.sizeBytes(value) > LARGE_BYTES;
        }
        return db.execute(core, values.toArray());
    }

    /** Executes to the end, rows or not. */
    void run(@Nullable Object... values) throws SQLException {
        try {
            boolean row = execute(values);
            while (row) {
                row = step();
            }
        } finally {
            reset();
        }
    }

    /** The next row; false at the end. */
    boolean step() throws SQLException {
        int code = core.pointer.safeRunInt(DB::step);
        if (code == ROW) {
            return true;
        } else if (code != DONE) {
            db.throwex(code);
        }
        return false;
    }

    int parameterCount() throws SQLException {
        return statement.getParameterMetaData().getParameterCount();
    }

    int columnCount() throws SQLException {
        return core.pointer.safeRunInt(DB::column_count);
    }

    List<String> columns() throws SQLException {
        String[] names = core.pointer.safeRun(DB::column_names);
        return names == null ? List.of() : List.of(names);
    }

    @Nullable Object value(int column) throws SQLException {
        int type = core.pointer.safeRunInt((d, pointer) -> d.column_type(pointer, column));
        return switch (type) {
            case INTEGER -> integer(column);
            case FLOAT -> core.pointer.safeRunDouble((d, pointer) -> d.column_double(pointer, column));
            case TEXT -> core.pointer.safeRun((d, pointer) -> d.column_text(pointer, column));
            case BLOB -> blob(column);
            default -> null;
        };
    }

    private byte[] blob(int column) throws SQLException {
        byte @Nullable [] bytes = core.pointer.safeRun((d, pointer) -> d.column_blob(pointer, column));
        return bytes == null ? new byte[0] : bytes;
    }

    long integer(int column) throws SQLException {
        return core.pointer.safeRunLong((d, pointer) -> d.column_long(pointer, column));
    }

    /**
     * Executes to the end and gives the sum of the rows' hashes, folded with their number. The driver is entered once for
     * all rows, and texts are taken as the bytes they are: so this is many times faster than making values of them.
     *
     * @param check called every now and then; may throw to end it
     */
    long hashRows(long seed, Runnable check) throws SQLException {
        return core.pointer.safeRunLong((d, pointer) -> {
            int columns = d.column_count(pointer);
            long sum = 0;
            long count = 0;
            long unchecked = 0;
            int code;
            while ((code = d.step(pointer)) == ROW) {
                long hash = seed;
                for (int i = 0; i < columns; i++) {
                    int type = d.column_type(pointer, i);
                    hash = Mix64.fold(hash, type);
                    switch (type) {
                        case INTEGER -> hash = Mix64.fold(hash, d.column_long(pointer, i));
                        case FLOAT -> hash = Mix64.fold(hash, Double.doubleToRawLongBits(d.column_double(pointer, i)));
                        case TEXT, BLOB -> {
                            byte @Nullable [] bytes = d.column_blob(pointer, i);
                            hash = Mix64.fold(hash, bytes == null ? NOTHING : bytes);
                            unchecked += bytes == null ? 0 : bytes.length;
                        }
                        default -> {}
                    }
                }
                sum += hash;
                count++;
                unchecked += ROW_COST_BYTES;
                if (unchecked >= CHECK_BYTES) {
                    unchecked = 0;
                    check.run();
                }
            }
            if (code != DONE) {
                d.throwex(code);
            }
            return Mix64.fold(Mix64.fold(seed, sum), count);
        });
    }

    /**
     * Ends the execution; its error, if any, was reported by the step already. Large values that were bound are let go
     * of: a statement may be kept for long, and its text tells nothing of how large they are (I12).
     */
    void reset() throws SQLException {
        if (!core.pointer.isClosed()) {
            core.pointer.safeRunInt(DB::reset);
            if (holdsLarge) {
                holdsLarge = false;
                core.pointer.safeRunInt(DB::clear_bindings);
            }
        }
    }

    /** Whether the driver has finalized it, as it does after most errors. */
    boolean isClosed() throws SQLException {
        return core.pointer.isClosed();
    }

    /** What finalizing reports is the error of the last step, which was reported then. */
    void closeQuietly() {
        try {
            statement.close();
        } catch (SQLException e) {
            return;
        }
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
