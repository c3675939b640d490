package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false);

    @Test
    void oneClaimThatDoesNotHoldSpoilsTheResult() {
        screen.prove(true, "one");
        assertTrue(screen.allHeld());
        screen.prove(false, "two");
        screen.prove(true, "three");
        assertFalse(screen.allHeld());
        assertTrue(text().contains("✗ NOT SO: two"), text());
    }

    @Test
    void columnsAreAligned() {
        screen.table(List.of(List.of("a", "b"), List.of("long", "x"), List.of("", "y")));

        assertEquals("   a     b\n   long  x\n         y\n", text());
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
