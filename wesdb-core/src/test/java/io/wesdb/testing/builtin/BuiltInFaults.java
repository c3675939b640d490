package io.wesdb.testing.builtin;

import java.util.List;
import java.util.stream.Stream;

/** All of them. */
public final class BuiltInFaults {
    private BuiltInFaults() {}

    public static List<BuiltInFault> all() {
        return Stream.of(LogFaults.all(), WriteFaults.all(), ApplyFaults.all(), ReadFaults.all())
                .flatMap(List::stream)
                .toList();
    }

    /** @throws IllegalArgumentException if there is none of that name */
    public static BuiltInFault named(String name) {
        return all().stream()
                .filter(fault -> fault.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no fault is named " + name));
    }
}
