package io.wesdb.internal.sqlite;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Values by SQL text, the least recently used given up first (I12). For one thread. */
final class BoundedCache<V> {
    /** A longer text is hardly ever repeated, and would fill the memory. */
    private static final int MAX_TEXT_LENGTH = 16 * 1024;

    private final int capacity;
    private final Consumer<V> discard;
    private final Map<String, V> values = new LinkedHashMap<>(64, 0.75f, true);

    BoundedCache(int capacity, Consumer<V> discard) {
        this.capacity = capacity;
        this.discard = discard;
    }

    @Nullable V get(String sql) {
        return values.get(sql);
    }

    /** Gives it to the caller, who puts it back or discards it. */
    @Nullable V take(String sql) {
        return values.remove(sql);
    }

    /** False if it is not kept: then the caller discards it. */
    boolean put(String sql, V value) {
        if (sql.length() > MAX_TEXT_LENGTH) {
            return false;
        }
        V former = values.put(sql, value);
        if (former != null) {
            discard.accept(former);
        } else if (values.size() > capacity) {
            String eldest = values.keySet().iterator().next();
            remove(eldest);
        }
        return true;
    }

    void remove(String sql) {
        V former = values.remove(sql);
        if (former != null) {
            discard.accept(former);
        }
    }

    void clear() {
        values.values().forEach(discard);
        values.clear();
    }
}
