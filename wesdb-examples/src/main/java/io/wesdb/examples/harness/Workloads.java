package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.List;

/** All workloads, by their names. */
final class Workloads {
    private static final List<String> NAMES = List.of("keyed-inserts");

    private Workloads() {}

    static List<String> names() {
        return NAMES;
    }

    /** New ones. @throws IllegalArgumentException if one is not known */
    static List<Workload> named(List<String> names) {
        List<Workload> workloads = new ArrayList<>();
        for (String name : names) {
            workloads.add(
                    switch (name) {
                        case "keyed-inserts" -> new KeyedInserts();
                        default ->
                            throw new IllegalArgumentException(
                                    "no workload is called '" + name + "'; there are " + String.join(", ", NAMES));
                    });
        }
        return workloads;
    }
}
