package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Nemesis.Strike;
import io.wesdb.examples.harness.Network.Direction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Those that do something to the connections between processes. */
final class NetworkNemeses {
    private static final int LEAST_MILLIS = 1_000;
    private static final int MORE_MILLIS = 7_000;
    private static final int LEAST_BYTES_PER_SECOND = 20_000;
    private static final int MORE_BYTES_PER_SECOND = 200_000;

    /** Less than after which servers give each other up. */
    private static final int MOST_LAG_MILLIS = 1_200;

    private NetworkNemeses() {}

    static List<Nemesis> all() {
        return List.of(
                new Nemesis("split-nodes", "two nodes cannot reach each other", NetworkNemeses::splitNodes),
                new Nemesis("split-zk", "a node and ZooKeeper, or some of its servers", NetworkNemeses::splitZooKeeper),
                new Nemesis("split-leader", "the leader and everybody else", NetworkNemeses::splitLeader),
                new Nemesis("split-half", "a minority of nodes and servers and the rest", NetworkNemeses::splitHalf),
                new Nemesis("split-one-way", "bytes come through one way only", NetworkNemeses::splitOneWay),
                new Nemesis("zk-split", "ZooKeeper servers cannot reach each other", NetworkNemeses::splitServers),
                new Nemesis("zk-lag", "one ZooKeeper server hears the others late", NetworkNemeses::lag),
                new Nemesis("refuse", "a node refuses the others' connections", NetworkNemeses::refuse),
                new Nemesis("latency", "slow lines, each piece as late as chance has it", NetworkNemeses::latency),
                new Nemesis("narrow", "lines with little bandwidth", NetworkNemeses::narrow),
                new Nemesis("resets", "connections break at random", NetworkNemeses::resets));
    }

    private static Strike impose(
            Targets targets, Random random, String what, List<String> struck, Collection<Direction> where, Rule rule) {
        Network network = targets.network();
        boolean late = random.nextBoolean();
        network.impose(where, rule);
        String ends = !rule.hole() ? "" : late ? "; what was held came late" : "; what was held was lost";
        return new Strike(
                what + ends, struck, LEAST_MILLIS + random.nextInt(MORE_MILLIS), () -> network.lift(where, rule, late));
    }

    private static @Nullable SiteNode any(Targets targets, Random random) {
        SiteNode leader = targets.leader();
        List<SiteNode> nodes = targets.site().nodes();
        return leader != null && random.nextBoolean() ? leader : nodes.get(random.nextInt(nodes.size()));
    }

    private static String described(Targets targets, SiteNode node) {
        return node.name() + (node == targets.leader() ? " (leader)" : "");
    }

    private static @Nullable Strike splitNodes(Targets targets, Random random) {
        SiteNode one = any(targets, random);
        if (one == null) {
            return null;
        }
        List<String> others = new ArrayList<>(targets.shuffled(targets.site().names()));
        others.remove(one.name());
        List<String> some = others.subList(0, 1 + random.nextInt(others.size()));
        return impose(
                targets,
                random,
                described(targets, one) + " cut off from " + String.join(", ", some),
                with(some, one.name()),
                Network.between(List.of(one.name()), some),
                random.nextInt(4) == 0 ? Rule.REFUSE : Rule.HOLE);
    }

    private static @Nullable Strike splitZooKeeper(Targets targets, Random random) {
        SiteNode one = any(targets, random);
        if (one == null) {
            return null;
        }
        List<String> servers = targets.shuffled(targets.site().ensemble().names());
        List<String> some = servers.subList(0, random.nextBoolean() ? servers.size() : 1 + random.nextInt(2));
        return impose(
                targets,
                random,
                described(targets, one) + " cut off from " + String.join(", ", some),
                with(some, one.name()),
                Network.between(List.of(one.name()), some),
                random.nextInt(4) == 0 ? Rule.REFUSE : Rule.HOLE);
    }

    private static @Nullable Strike splitLeader(Targets targets, Random random) {
        SiteNode leader = targets.leader();
        if (leader == null) {
            return null;
        }
        List<String> others = new ArrayList<>(targets.site().names());
        others.remove(leader.name());
        others.addAll(targets.site().ensemble().names());
        return impose(
                targets,
                random,
                leader.name() + " (leader) cut off from everybody",
                List.of(leader.name()),
                Network.between(List.of(leader.name()), others),
                Rule.HOLE);
    }

    private static Strike splitHalf(Targets targets, Random random) {
        List<String> nodes = targets.shuffled(targets.site().names());
        List<String> servers = targets.shuffled(targets.site().ensemble().names());
        List<String> minority = new ArrayList<>(nodes.subList(0, (nodes.size() - 1) / 2));
        // As often without a server: then the minority is without ZooKeeper too.
        minority.addAll(servers.subList(0, random.nextInt(2)));
        List<String> majority = new ArrayList<>(nodes);
        majority.addAll(servers);
        majority.removeAll(minority);
        return impose(
                targets,
                random,
                String.join(", ", minority) + " cut off from " + String.join(", ", majority),
                minority,
                Network.between(minority, majority),
                Rule.HOLE);
    }

    private static @Nullable Strike splitOneWay(Targets targets, Random random) {
        SiteNode one = any(targets, random);
        if (one == null) {
            return null;
        }
        List<String> others = new ArrayList<>(targets.site().names());
        others.remove(one.name());
        List<String> servers = targets.site().ensemble().names();
        List<String> rest = random.nextBoolean() ? servers : random.nextBoolean() ? others : with(servers, others);
        boolean mute = random.nextBoolean();
        return impose(
                targets,
                random,
                described(targets, one) + (mute ? " is not heard by " : " does not hear ") + String.join(", ", rest),
                List.of(one.name()),
                mute ? Network.fromTo(List.of(one.name()), rest) : Network.fromTo(rest, List.of(one.name())),
                Rule.HOLE);
    }

    private static Strike splitServers(Targets targets, Random random) {
        List<String> servers = targets.shuffled(targets.site().ensemble().names());
        List<String> one = servers.subList(0, 1);
        List<String> others = servers.subList(1, servers.size());
        return switch (random.nextInt(3)) {
            case 0 ->
                impose(
                        targets,
                        random,
                        "no ZooKeeper server reaches another",
                        servers,
                        Network.between(servers, servers),
                        Rule.HOLE);
            case 1 ->
                impose(
                        targets,
                        random,
                        one.get(0) + " is not heard by the other servers",
                        one,
                        Network.fromTo(one, others),
                        Rule.HOLE);
            default ->
                impose(
                        targets,
                        random,
                        one.get(0) + " cut off from the other servers",
                        one,
                        Network.between(one, others),
                        Rule.HOLE);
        };
    }

    /**
     * The other two stay quick, so writes do, and that one is of the past all the while: whoever is connected to it and does not ask it to
     * catch up is told what was true a moment ago.
     */
    private static @Nullable Strike lag(Targets targets, Random random) {
        List<ZooKeeperServer> followers = targets
                .shuffled(targets.site().ensemble().servers())
                .stream()
                .filter(server -> server.mode().equals("follower"))
                .toList();
        if (followers.isEmpty()) {
            return null;
        }
        // One that a node listens to, if there is one; best if the leader does not, whose writes would be slow.
        String late = followers.stream()
                .map(ZooKeeperServer::name)
                .max(Comparator.comparingInt(server -> listeners(targets, server)))
                .orElseThrow();
        int millis = 200 + random.nextInt(MOST_LAG_MILLIS - 200);
        return impose(
                targets,
                random,
                late + " hears the other servers " + millis + " ms late",
                List.of(late),
                Network.fromTo(targets.site().ensemble().names(), List.of(late)),
                Rule.delay(millis, 1));
    }

    /** How many nodes have a connection to that server; none if the leader is among them. */
    private static int listeners(Targets targets, String server) {
        SiteNode leader = targets.leader();
        if (leader != null && targets.network().connected(leader.name(), server)) {
            return 0;
        }
        return (int) targets.site().names().stream()
                .filter(node -> targets.network().connected(node, server))
                .count();
    }

    /** As when its process had died: the machine says so to all. Those connected stay so. */
    private static @Nullable Strike refuse(Targets targets, Random random) {
        SiteNode one = any(targets, random);
        if (one == null || targets.take(one) == null) {
            return null;
        }
        List<Gate> gates = targets.network().gatesTo(one.name());
        gates.forEach(Gate::close);
        return new Strike(
                described(targets, one) + " refuses connections",
                List.of(one.name()),
                LEAST_MILLIS + random.nextInt(MORE_MILLIS),
                () -> {
                    for (Gate gate : gates) {
                        gate.open();
                    }
                });
    }

    private static Strike latency(Targets targets, Random random) {
        int millis = 5 + random.nextInt(150);
        int jitter = 1 + random.nextInt(2 * millis);
        return lines(
                targets,
                random,
                "every piece " + millis + " to " + (millis + jitter) + " ms late",
                Rule.delay(millis, jitter));
    }

    private static Strike narrow(Targets targets, Random random) {
        long bytes = LEAST_BYTES_PER_SECOND + random.nextInt(MORE_BYTES_PER_SECOND);
        return lines(targets, random, String.format("%,d kB/s", bytes / 1000), Rule.narrow(bytes));
    }

    private static Strike resets(Targets targets, Random random) {
        double chance = 0.002 + 0.05 * random.nextDouble();
        return lines(targets, random, String.format("reset with each %.0fth piece", 1 / chance), Rule.resets(chance));
    }

    /** Between all nodes and ZooKeeper, between the nodes, or between the servers. */
    private static Strike lines(Targets targets, Random random, String what, Rule rule) {
        List<String> nodes = targets.site().names();
        List<String> servers = targets.site().ensemble().names();
        return switch (random.nextInt(3)) {
            case 0 ->
                impose(
                        targets,
                        random,
                        "nodes and ZooKeeper: " + what,
                        with(nodes, servers),
                        Network.between(nodes, servers),
                        rule);
            case 1 -> impose(targets, random, "among nodes: " + what, nodes, Network.between(nodes, nodes), rule);
            default ->
                impose(
                        targets,
                        random,
                        "among ZooKeeper servers: " + what,
                        servers,
                        Network.between(servers, servers),
                        rule);
        };
    }

    private static List<String> with(List<String> some, String one) {
        return with(some, List.of(one));
    }

    private static List<String> with(List<String> some, List<String> others) {
        List<String> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }
}
