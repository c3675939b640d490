package io.wesdb.internal.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement as the log carries it.
 *
 * @param sql exactly one statement
 * @param values its positional parameters: Long, Double, String, byte[] or null
 */
public record SqlStatement(String sql, List<@Nullable Object> values) {}
