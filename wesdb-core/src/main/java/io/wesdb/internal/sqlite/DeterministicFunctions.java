package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.time.ZoneId;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;
import org.sqlite.core.Codes;

/**
 * Registers our own versions of SQLite's functions of time and chance on a connection. They reach everything SQLite
 * evaluates, DEFAULT clauses, triggers, views and bound {@code 'now'} included, which rewriting SQL text would not.
 *
 * <p>The date functions are registered as deterministic, or SQLite would not have them in an index or a generated
 * column; {@link PureExpressionRules} tells what follows. random() is not, so that SQLite calls it for every row.
 */
final class DeterministicFunctions implements AutoCloseable {
    /** The bytes live in Java's heap for a moment. A constant, for the outcome must be the same on every node. */
    static final int MAX_RANDOM_BLOB_BYTES = 64 * 1024 * 1024;

    private final ExecutionContext context;
    private final DateFunctions dates;

    private DeterministicFunctions(ExecutionContext context, ZoneId zone) {
        this.context = context;
        this.dates = new DateFunctions(context, zone);
    }

    /** For the writer: time, chance, and a total_changes() that does not tell what the connection did before. */
    static DeterministicFunctions forWriter(SQLiteConnection connection, ExecutionContext context, ZoneId zone)
            throws SQLException {
        DeterministicFunctions functions = forReader(connection, context, zone);
        functions.registerRandom(connection);
        return functions;
    }

    /** For readers: time only. */
    static DeterministicFunctions forReader(SQLiteConnection connection, ExecutionContext context, ZoneId zone)
            throws SQLException {
        DeterministicFunctions functions = new DeterministicFunctions(context, zone);
        for (String name : DateFunctions.names()) {
            functions.registerDate(connection, name, name, name.equals("timediff") ? 2 : -1);
        }
        for (Map.Entry<String, String> current :
                DateFunctions.currentFunctions().entrySet()) {
            functions.registerDate(connection, current.getKey(), current.getValue(), 0);
        }
        return functions;
    }

    private void registerDate(SQLiteConnection connection, String name, String meaning, int argumentCount)
            throws SQLException {
        Function function = new GuardedFunction(context) {
            @Override
            void call() throws SQLException {
                try {
                    give(dates.call(meaning, arguments()));
                } catch (DateFunctions.ImpureException e) {
                    error("non-deterministic use of " + name
                            + "() in an index, a generated column or a CHECK constraint");
                }
            }
        };
        Function.create(connection, name, function, argumentCount, Function.FLAG_DETERMINISTIC);
    }

    private void registerRandom(SQLiteConnection connection) throws SQLException {
        Function random = new GuardedFunction(context) {
            @Override
            void call() throws SQLException {
                result(context.nextRandom());
            }
        };
        Function randomBlob = new GuardedFunction(context) {
            @Override
            void call() throws SQLException {
                long length = Math.max(1, value_long(0));
                if (length > MAX_RANDOM_BLOB_BYTES) {
                    error("randomblob() gives at most " + MAX_RANDOM_BLOB_BYTES + " bytes");
                } else {
                    result(randomBytes((int) length));
                }
            }
        };
        Function.create(connection, "random", random, 0, 0);
        Function.create(connection, "randomblob", randomBlob, 1, 0);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        long random = 0;
        for (int i = 0; i < length; i++) {
            random = i % 8 == 0 ? context.nextRandom() : random >>> 8;
            bytes[i] = (byte) random;
        }
        return bytes;
    }

    @Override
    public void close() throws SQLException {
        dates.close();
    }

    /**
     * A function whose failures are told apart: {@code error(…)} is for the SQL's faults; what is thrown is ours or the
     * machine's, is kept for the applier, and must not become an outcome.
     */
    abstract static class GuardedFunction extends Function {
        private final ExecutionContext context;

        GuardedFunction(ExecutionContext context) {
            this.context = context;
        }

        abstract void call() throws SQLException;

        @Override
        @SuppressWarnings("CatchAndPrintStackTrace")
        protected final void xFunc() throws SQLException {
            try {
                call();
            } catch (SQLException e) {
                if (SqliteErrors.isOutcome(e)) {
                    error(SqliteErrors.message(e)); // SQLite itself says so, on every node alike
                } else {
                    context.fault(e);
                    error("internal error");
                }
            } catch (RuntimeException | Error e) {
                context.fault(e);
                error("internal error");
            }
        }

        final @Nullable Object[] arguments() throws SQLException {
            @Nullable Object[] arguments = new @Nullable Object[args()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = switch (value_type(i)) {
                    case Codes.SQLITE_INTEGER -> value_long(i);
                    case Codes.SQLITE_FLOAT -> value_double(i);
                    case Codes.SQLITE_NULL -> null;
                    // SQLite's date functions read a blob as text, and text up to the first NUL.
                    default -> cut(value_text(i));
                };
            }
            return arguments;
        }

        private static @Nullable String cut(@Nullable String text) {
            int end = text == null ? -1 : text.indexOf('\0');
            return text == null || end < 0 ? text : text.substring(0, end);
        }

        final void give(@Nullable Object value) throws SQLException {
            if (value == null) {
                result();
            } else if (value instanceof Long number) {
                result(number.longValue());
            } else if (value instanceof Double number) {
                result(number.doubleValue());
            } else if (value instanceof String text) {
                result(text);
            } else {
                throw new IllegalStateException("a date function gave " + value.getClass());
            }
        }
    }
}
