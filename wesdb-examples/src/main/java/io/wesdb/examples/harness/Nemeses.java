package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** All nemeses, by their names. */
final class Nemeses {
    private Nemeses() {}

    /** @param mostNodes at a time */
    static List<Nemesis> all(int mostNodes) {
        List<Nemesis> all = new ArrayList<>(ProcessNemeses.all());
        all.addAll(NetworkNemeses.all());
        all.addAll(FileNemeses.all());
        all.addAll(MembershipNemeses.all(mostNodes));
        return all;
    }

    /**
     * What a word on the command line means.
     *
     * @param word names joined by +, which are done at once; the part of a name before its hyphen means all that begin so, each for itself
     * @throws IllegalArgumentException if one is not known
     */
    static List<List<Nemesis>> named(String word, List<Nemesis> all) {
        List<List<Nemesis>> combinations = List.of(List.of());
        for (String name : word.split("\\+", -1)) {
            List<List<Nemesis>> longer = new ArrayList<>();
            for (List<Nemesis> combination : combinations) {
                for (Nemesis nemesis : matching(name.strip(), all)) {
                    List<Nemesis> one = new ArrayList<>(combination);
                    one.add(nemesis);
                    longer.add(one);
                }
            }
            combinations = longer;
        }
        return combinations;
    }

    private static List<Nemesis> matching(String name, List<Nemesis> all) {
        List<Nemesis> matching = all.stream()
                .filter(nemesis -> nemesis.name().equals(name) || nemesis.name().startsWith(name + "-"))
                .toList();
        if (matching.isEmpty()) {
            throw new IllegalArgumentException("no nemesis is called '" + name + "'; there are "
                    + all.stream().map(Nemesis::name).collect(Collectors.joining(", ")));
        }
        return matching;
    }
}
