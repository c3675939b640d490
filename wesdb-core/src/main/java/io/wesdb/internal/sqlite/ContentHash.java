package io.wesdb.internal.sqlite;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node's whole content at one index, as numbers that are equal on all nodes (I3, I10). Immutable.
 *
 * @param index after which entry
 * @param total of all tables
 * @param tables by table, so that nodes that differ can say where; the schema is the table {@link #SCHEMA}
 */
public record ContentHash(long index, long total, SortedMap<String, Long> tables) {
    public static final String SCHEMA = "sqlite_schema";

    public ContentHash {
        tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    }

    static ContentHash of(long index, SortedMap<String, Long> tables) {
        long total = tables.size();
        for (Map.Entry<String, Long> table : tables.entrySet()) {
            total = Mix64.fold(Mix64.fold(total, table.getKey()), table.getValue());
        }
        return new ContentHash(index, total, tables);
    }
}
