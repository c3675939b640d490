package io.wesdb.examples.bench;

import java.util.List;

/** All parts, in the order in which they run. */
final class Parts {
    private Parts() {}

    static List<Part> all() {
        return List.of(
                new WritesPart(),
                new CommandsPart(),
                new MixedPart(),
                new ReadsPart(),
                new EnsemblePart(),
                new ValuesPart(),
                new NodesPart(),
                new SizesPart(),
                new CatchUpPart(),
                new BootstrapPart(),
                new ChangesPart(),
                new MemoryPart());
    }
}
