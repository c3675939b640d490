package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Nemesis.Strike;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Those that kill and stop processes. */
final class ProcessNemeses {
    private static final int SESSION_MILLIS = (int) Site.SESSION_TIMEOUT.toMillis();
    private static final int LONGEST_AWAY_MILLIS = 4_000;

    private ProcessNemeses() {}

    static List<Nemesis> all() {
        return List.of(
                new Nemesis("kill-leader", "SIGKILL", (targets, random) -> kill(one(targets.takeLeader()), random)),
                new Nemesis("kill-follower", "SIGKILL", (targets, random) -> kill(one(targets.takeFollower()), random)),
                new Nemesis(
                        "kill-several",
                        "SIGKILL, some at once",
                        (targets, random) -> kill(
                                targets.take(2
                                        + random.nextInt(targets.site().nodes().size() - 2)),
                                random)),
                new Nemesis(
                        "kill-all",
                        "SIGKILL, all nodes at once",
                        (targets, random) -> kill(targets.take(Integer.MAX_VALUE), random)),
                new Nemesis(
                        "pause-short",
                        "SIGSTOP for less than a session",
                        (targets, random) ->
                                pause(one(targets.takeAny()), SESSION_MILLIS / 4 + random.nextInt(SESSION_MILLIS / 2))),
                new Nemesis(
                        "pause-long",
                        "SIGSTOP for more than a session",
                        (targets, random) -> pause(
                                one(targets.takeAny()), SESSION_MILLIS * 5 / 4 + random.nextInt(SESSION_MILLIS * 2))),
                new Nemesis(
                        "zk-kill",
                        "SIGKILL of one ZooKeeper server",
                        (targets, random) -> killServers(targets.takeServers(1), random)),
                new Nemesis(
                        "zk-pause",
                        "SIGSTOP of one ZooKeeper server",
                        (targets, random) -> pauseServers(
                                targets.takeServers(1), SESSION_MILLIS / 4 + random.nextInt(2 * SESSION_MILLIS))),
                new Nemesis(
                        "zk-ensemble",
                        "SIGKILL of all ZooKeeper servers",
                        (targets, random) -> killServers(targets.takeServers(Ensemble.SIZE), random)));
    }

    private static List<SiteNode> one(@Nullable SiteNode node) {
        return node == null ? List.of() : List.of(node);
    }

    private static @Nullable Strike kill(List<SiteNode> nodes, Random random) throws InterruptedException {
        if (nodes.isEmpty()) {
            return null;
        }
        for (SiteNode node : nodes) {
            node.kill();
        }
        List<String> names = nodes.stream().map(SiteNode::name).toList();
        long away = random.nextInt(LONGEST_AWAY_MILLIS);
        return new Strike(String.join(", ", names) + " killed", names, away, () -> {
            for (SiteNode node : nodes) {
                node.launch();
            }
        });
    }

    private static @Nullable Strike pause(List<SiteNode> nodes, long millis) throws IOException, InterruptedException {
        if (nodes.isEmpty()) {
            return null;
        }
        SiteNode node = nodes.get(0);
        node.process().signal("STOP");
        return new Strike(
                node.name() + " stopped for " + seconds(millis),
                List.of(node.name()),
                millis,
                () -> node.process().signal("CONT"));
    }

    private static @Nullable Strike killServers(List<ZooKeeperServer> servers, Random random)
            throws InterruptedException {
        if (servers.isEmpty()) {
            return null;
        }
        List<String> names = servers.stream()
                .map(server -> server.name() + " (" + server.mode() + ")")
                .toList();
        for (ZooKeeperServer server : servers) {
            server.kill();
        }
        return new Strike(
                String.join(", ", names) + " killed",
                servers.stream().map(ZooKeeperServer::name).toList(),
                random.nextInt(LONGEST_AWAY_MILLIS),
                () -> {
                    for (ZooKeeperServer server : servers) {
                        server.launch();
                    }
                });
    }

    private static @Nullable Strike pauseServers(List<ZooKeeperServer> servers, long millis)
            throws IOException, InterruptedException {
        if (servers.isEmpty()) {
            return null;
        }
        ZooKeeperServer server = servers.get(0);
        String mode = server.mode();
        server.signal("STOP");
        return new Strike(
                server.name() + " (" + mode + ") stopped for " + seconds(millis),
                List.of(server.name()),
                millis,
                () -> server.signal("CONT"));
    }

    static String seconds(long millis) {
        return String.format("%.1f s", millis / 1e3);
    }
}
