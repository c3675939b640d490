package io.wesdb.internal.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TableHashesTest {
    private static SortedMap<String, Long> tables(int count) {
        SortedMap<String, Long> tables = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            tables.put("table_" + i, i * 31L);
        }
        return tables;
    }

    @Test
    void tablesDifferThatHaveAnotherHashOrAreMissingOnOneSide() {
        SortedMap<String, Long> own = new TreeMap<>(Map.of("a", 1L, "b", 2L, "c", 3L));
        SortedMap<String, Long> other = new TreeMap<>(Map.of("a", 1L, "b", 9L, "d", 3L));
        assertEquals(Set.of("b", "c", "d"), TableHashes.differing(own, other));
        assertEquals(Set.of(), TableHashes.differing(own, own));
        assertEquals(Set.of(), TableHashes.differing(own, new TreeMap<>()));
    }

    @Test
    void foldingIsBoundedAndKeepsEveryDifference() {
        SortedMap<String, Long> tables = tables(50_000);
        SortedMap<String, Long> folded = TableHashes.fold(tables);
        assertTrue(folded.size() <= 4_096);
        assertEquals(folded, TableHashes.fold(tables(50_000)));
        assertEquals(folded, TableHashes.fold(folded));
        for (int i = 0; i < 50_000; i += 5_000) {
            SortedMap<String, Long> changed = new TreeMap<>(tables);
            changed.merge("table_" + i, 1L, Long::sum);
            assertNotEquals(folded, TableHashes.fold(changed));
        }
        SortedMap<String, Long> fewer = new TreeMap<>(tables);
        fewer.remove("table_0"); // its hash is 0
        assertNotEquals(folded, TableHashes.fold(fewer));
    }

    @Test
    void aBucketThatDiffersIsToldByThoseOfOurTablesThatAreInIt() {
        SortedMap<String, Long> own = tables(20_000);
        SortedMap<String, Long> changed = new TreeMap<>(own);
        changed.put("table_777", -1L);
        SortedSet<String> differing = TableHashes.differing(own, TableHashes.fold(changed));
        assertEquals(1, differing.size());
        assertTrue(differing.first().contains("table_777"), differing.first());
        assertEquals(differing, TableHashes.differing(own, TableHashes.fold(changed)));
        // if neither side has names any more, it is the bucket
        SortedSet<String> bucket = TableHashes.differing(TableHashes.fold(own), TableHashes.fold(changed));
        assertTrue(bucket.first().startsWith("(tables whose names fall into bucket "), bucket.first());
    }

    @Test
    void aFewTablesComparedWithAFoldOfTheSameAreEqual() {
        SortedMap<String, Long> own = tables(3);
        assertEquals(Set.of(), TableHashes.differing(own, TableHashes.fold(own)));
        assertEquals(Set.of(), TableHashes.differing(TableHashes.fold(own), own));
    }
}
