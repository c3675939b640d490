package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadsTest {

    @Test
    void workloadsAreKnownByTheirNames() {
        assertEquals(
                List.of("register", "append", "set", "bank", "ids", "upserts"),
                Workloads.all().stream().map(Workload::name).toList());
        assertEquals(
                List.of("bank", "set"),
                Workloads.named(List.of("bank", "set", "bank")).stream()
                        .map(Workload::name)
                        .toList());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Workloads.named(List.of("bnak")));
        assertTrue(e.getMessage().contains("'bnak'") && e.getMessage().contains("register, append"), e.getMessage());
    }
}
