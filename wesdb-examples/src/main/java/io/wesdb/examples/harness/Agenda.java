package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Which nemeses come next: each once, in an order drawn from the seed, then again in another; with pairs between them. For one thread. */
final class Agenda {
    private final List<List<Nemesis>> all;
    private final boolean withPairs;
    private final Random random;
    private final List<List<Nemesis>> next = new ArrayList<>();
    private boolean onceRound;

    /** @param withPairs whether two of those that stand alone are drawn and done at once, after all have been done alone */
    Agenda(List<List<Nemesis>> all, boolean withPairs, Random random) {
        this.all = List.copyOf(all);
        this.withPairs = withPairs;
        this.random = random;
    }

    /** Done at once. */
    List<Nemesis> next() {
        if (next.isEmpty()) {
            next.addAll(all);
            if (onceRound && withPairs) {
                for (int i = 0; i < all.size(); i++) {
                    next.add(pair());
                }
            }
            Collections.shuffle(next, random);
            onceRound = true;
        }
        return next.remove(0);
    }

    private List<Nemesis> pair() {
        List<Nemesis> drawn = new ArrayList<>();
        while (drawn.size() < 2) {
            Nemesis nemesis = all.get(random.nextInt(all.size())).get(0);
            if (!drawn.contains(nemesis)) {
                drawn.add(nemesis);
            }
        }
        return drawn;
    }
}
