package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A permit comes to those who wait, in their order, and is never lost. */
class PermitsTest {
    @Test
    void whoeverGivesThePermitBackAtOnceDoesNotNestTheNextOnesInOneStack() {
        Permits permits = new Permits(1);
        assertTrue(permits.acquire().isDone());
        List<Integer> served = new ArrayList<>();
        int count = 100_000;
        for (int i = 0; i < count; i++) {
            int number = i;
            var unused = permits.acquire().thenRun(() -> {
                served.add(number);
                permits.release();
            });
        }
        permits.release();
        assertEquals(count, served.size());
        assertEquals(count - 1, served.get(count - 1));
        assertTrue(permits.acquire().isDone(), "the permit was lost");
        assertFalse(permits.acquire().isDone());
    }
}
