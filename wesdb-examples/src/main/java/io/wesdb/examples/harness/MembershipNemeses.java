package io.wesdb.examples.harness;

import io.wesdb.examples.Await;
import io.wesdb.examples.harness.Nemesis.Strike;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Those that are no faults, but change who is there and who leads. */
final class MembershipNemeses {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** With fewer, a node that differs from another could not be told from it. */
    private static final int FEWEST = 3;

    private MembershipNemeses() {}

    /** @param most nodes at a time */
    static List<Nemesis> all(int most) {
        return List.of(
                new Nemesis("join", "a new node", (targets, random) -> join(targets, most)),
                new Nemesis("leave", "a node leaves for good", MembershipNemeses::leave),
                new Nemesis("handover", "the leader is asked to hand over", MembershipNemeses::handOver));
    }

    private static @Nullable Strike join(Targets targets, int most) throws IOException {
        if (targets.site().nodes().size() >= most) {
            return null;
        }
        SiteNode node = targets.site().add(false);
        node.launch();
        return new Strike(node.name() + " joins", List.of(node.name()), 0, () -> {});
    }

    /** Callers are kept from it first, as whoever takes a node away would do it. */
    private static @Nullable Strike leave(Targets targets, Random random) throws IOException, InterruptedException {
        List<SiteNode> nodes = targets.site().nodes();
        if (nodes.size() <= FEWEST) {
            return null;
        }
        SiteNode node = targets.takeAny();
        if (node != null && node == targets.site().onSmallDisk()) {
            node = targets.takeAny(); // without it no disk would ever be full again
        }
        if (node == null) {
            return null;
        }
        SiteNode leaving = node;
        leaving.leave();
        return new Strike(
                leaving.name() + " leaves for good",
                List.of(leaving.name()),
                0,
                () -> targets.site().afterwards(() -> {
                    SiteNode asked = targets.site().nodes().get(0);
                    Await.until(PATIENCE, "the register to forget " + leaving.name(), () -> {
                        asked.client().removeNode(leaving.name());
                        return true;
                    });
                }));
    }

    private static @Nullable Strike handOver(Targets targets, Random random) throws InterruptedException {
        List<SiteNode> nodes = targets.shuffled(targets.site().nodes());
        SiteNode asked =
                nodes.stream().filter(node -> !node.isDown()).findFirst().orElse(null);
        if (asked == null) {
            return null;
        }
        nodes.remove(asked);
        String to = random.nextBoolean() ? nodes.get(0).name() : null;
        String said;
        try {
            said = to == null
                    ? asked.client().transferLeadership()
                    : asked.client().transferLeadership(to);
        } catch (IOException e) {
            said = "refused: " + e; // as it may be while something is wrong
        }
        return new Strike(
                asked.name() + " asked to hand over" + (to == null ? "" : " to " + to) + ": " + said,
                List.of(asked.name()),
                0,
                () -> {});
    }
}
