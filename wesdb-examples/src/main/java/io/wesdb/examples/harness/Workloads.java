package io.wesdb.examples.harness;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** All workloads that there are. */
public final class Workloads {
    private Workloads() {}

    /** A new one of each, always in the same order. */
    public static List<Workload> all() {
        return List.of(
                new RegisterWorkload(),
                new AppendWorkload(),
                new SetWorkload(),
                new BankWorkload(),
                new IdsWorkload(),
                new UpsertWorkload());
    }

    static List<String> names() {
        return all().stream().map(Workload::name).toList();
    }

    /**
     * New ones, as named; a name that comes twice counts once.
     *
     * @throws IllegalArgumentException if there is none of such a name, or none was named; the message tells which there are
     */
    public static List<Workload> named(List<String> names) {
        Map<String, Workload> all = all().stream()
                .collect(Collectors.toMap(Workload::name, each -> each, (one, other) -> one, LinkedHashMap::new));
        if (names.isEmpty()) {
            throw new IllegalArgumentException("no workload was named; there are " + String.join(", ", all.keySet()));
        }
        return names.stream()
                .distinct()
                .map(name -> {
                    Workload workload = all.get(name);
                    if (workload == null) {
                        throw new IllegalArgumentException(
                                "there is no workload '" + name + "'; there are " + String.join(", ", all.keySet()));
                    }
                    return workload;
                })
                .toList();
    }
}
