package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whom the nemeses of one moment strike: none does something to a process that another one has in hand. For one thread. */
final class Targets {
    private final Site site;
    private final Random random;
    private final Set<String> taken = new HashSet<>();
    private final @Nullable SiteNode leader;

    Targets(Site site, Random random) throws InterruptedException {
        this.site = site;
        this.random = random;
        this.leader = site.leader();
    }

    Site site() {
        return site;
    }

    Network network() {
        return site.network();
    }

    /** Who led before anything was broken; null if nobody did. */
    @Nullable SiteNode leader() {
        return leader;
    }

    /** Nobody else gets it. */
    @Nullable SiteNode take(@Nullable SiteNode node) {
        return node != null && taken.add(node.name()) ? node : null;
    }

    @Nullable SiteNode takeLeader() {
        return take(leader);
    }

    @Nullable SiteNode takeFollower() {
        return take(first(free().stream().filter(node -> node != leader).toList()));
    }

    /** The leader as often as a follower. */
    @Nullable SiteNode takeAny() {
        SiteNode chosen = random.nextBoolean() ? takeLeader() : null;
        return chosen != null ? chosen : take(first(free()));
    }

    /** So many, fewer if there are not as many. */
    List<SiteNode> take(int count) {
        List<SiteNode> chosen = shuffled(free());
        chosen = chosen.subList(0, Math.min(count, chosen.size()));
        chosen.forEach(node -> taken.add(node.name()));
        return chosen;
    }

    private List<SiteNode> free() {
        return site.nodes().stream()
                .filter(node -> !taken.contains(node.name()))
                .toList();
    }

    /** Servers, in an order of chance, that nobody has in hand. */
    List<ZooKeeperServer> takeServers(int count) {
        List<ZooKeeperServer> chosen = shuffled(site.ensemble().servers().stream()
                .filter(server -> !taken.contains(server.name()))
                .toList());
        chosen = chosen.subList(0, Math.min(count, chosen.size()));
        chosen.forEach(server -> taken.add(server.name()));
        return chosen;
    }

    private @Nullable SiteNode first(List<SiteNode> nodes) {
        return nodes.isEmpty() ? null : nodes.get(random.nextInt(nodes.size()));
    }

    <T> List<T> shuffled(List<T> list) {
        List<T> shuffled = new ArrayList<>(list);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }
}
