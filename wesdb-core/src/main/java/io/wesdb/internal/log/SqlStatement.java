package io.wesdb.internal.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement as the log carries it.
 *
 * @param sql exactly one statement
 * @param values its positional parameters: Long, Double, String, byte[] or null
 */
public record SqlStatement(String sql, List<@Nullable Object> values) {

    /** Not more than it takes in the log, and not much less. */
    public long leastBytes() {
        long bytes = sql.length();
        for (Object value : values) {
            if (value instanceof String text) {
                bytes += text.length();
            } else if (value instanceof byte[] blob) {
                bytes += blob.length;
            } else {
                bytes++;
            }
        }
        return bytes;
    }
}
