package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the README lets its reader run first works. */
@Timeout(90)
class DemonstrationsTest {
    @Test
    void quickstartRuns() throws Exception {
        Quickstart.main(new String[0]);
    }

    @Test
    void everyComparisonOfThreeNodesHoldsAndTheOutputIsPlain() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        boolean allHeld = ThreeNodes.run(new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false));

        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(allHeld, text);
        assertTrue(text.contains("leads after"), text);
        assertTrue(text.contains("6 tickets and their draws, the same in all three files"), text);
        assertTrue(text.indexOf('\u001b') < 0, text);
    }
}
