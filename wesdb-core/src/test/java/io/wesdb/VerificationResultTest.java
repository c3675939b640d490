package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerificationResultTest {
    private static final List<String> NOBODY = List.of();

    @Test
    void itIsSoundOnlyIfEveryNodeReportedTheSame() {
        List<String> two = List.of("n1", "n2");
        assertTrue(new VerificationResult(1, two, Map.of(), NOBODY, false).sound());
        assertFalse(new VerificationResult(1, two, Map.of("n3", List.of("t")), NOBODY, false).sound());
        assertFalse(new VerificationResult(1, two, Map.of(), List.of("n3"), false).sound());
        assertFalse(new VerificationResult(1, NOBODY, Map.of(), NOBODY, true).sound());
    }

    @Test
    void itDoesNotChangeWithWhatItWasMadeFrom() {
        List<String> tables = new ArrayList<>(List.of("t"));
        Map<String, List<String>> differing = new HashMap<>(Map.of("n9", tables, "n10", List.of("u")));
        VerificationResult result = new VerificationResult(1, List.of("n1"), differing, NOBODY, false);
        tables.add("u");
        differing.clear();
        assertEquals(List.of("t"), result.differing().get("n9"));
        assertEquals(List.of("n10", "n9"), List.copyOf(result.differing().keySet()));
        assertThrows(
                UnsupportedOperationException.class, () -> result.differing().clear());
    }
}
