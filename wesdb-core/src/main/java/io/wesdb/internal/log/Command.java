package io.wesdb.internal.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one client wants done atomically, and when.
 *
 * @param key what the client calls it, so that it is done once however often it is repeated; null if it is not to be
 *     remembered
 * @param conditions what must hold before the statements are executed, or nothing is
 * @param statements in order, at least one
 */
public record Command(@Nullable IdempotencyKey key, List<Condition> conditions, List<SqlStatement> statements) {
    public Command {
        conditions = List.copyOf(conditions);
        statements = List.copyOf(statements);
    }

    public Command(List<SqlStatement> statements) {
        this(null, List.of(), statements);
    }

    /** The same under a key. */
    public Command withKey(String text) {
        return new Command(BatchCodec.key(text, this), conditions, statements);
    }
}
