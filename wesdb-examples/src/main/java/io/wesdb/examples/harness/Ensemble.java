package io.wesdb.examples.harness;

import io.wesdb.examples.Await;
import io.wesdb.examples.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Three ZooKeeper servers, each a process of its own that knows the others by gates in the network. Every transaction is synced to disk, as
 * ZooKeeper does unless told otherwise. For one thread.
 */
final class Ensemble implements AutoCloseable {
    static final int SIZE = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TICK_MILLIS = 200;
    private static final int INIT_TICKS = 50;
    private static final int SYNC_TICKS = 10;

    private final Network network;
    private final Ports ports;
    private final Lives lives;
    private final List<ZooKeeperServer> servers = new ArrayList<>();
    private final int[] clientPorts = new int[SIZE];

    private Ensemble(Network network, Ports ports, Lives lives) {
        this.lives = lives;
        this.network = network;
        this.ports = ports;
    }

    /** Returns when all serve. @param sessionTimeout the shortest that clients may ask for */
    static Ensemble start(Path directory, Network network, Ports ports, Lives lives, Duration sessionTimeout)
            throws IOException, InterruptedException {
        Ensemble ensemble = new Ensemble(network, ports, lives);
        try {
            ensemble.configure(directory, sessionTimeout);
            for (ZooKeeperServer server : ensemble.servers) {
                server.launch();
            }
            Await.until(PATIENCE, "the ZooKeeper servers", ensemble::isWell);
            return ensemble;
        } catch (IOException | InterruptedException e) {
            ensemble.close();
            throw e;
        }
    }

    static String nameOf(int server) {
        return "zk" + (server + 1);
    }

    private void configure(Path directory, Duration sessionTimeout) throws IOException {
        int[] quorumPorts = new int[SIZE];
        int[] electionPorts = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            quorumPorts[i] = ports.reserve();
            electionPorts[i] = ports.reserve();
            clientPorts[i] = ports.reserve();
        }
        for (int i = 0; i < SIZE; i++) {
            Path home = Files.createDirectories(directory.resolve(nameOf(i)));
            Path data = Files.createDirectories(home.resolve("data"));
            Files.writeString(data.resolve("myid"), String.valueOf(i + 1));
            List<String> lines = new ArrayList<>(List.of(
                    "dataDir=" + data,
                    "tickTime=" + TICK_MILLIS,
                    "initLimit=" + INIT_TICKS,
                    "syncLimit=" + SYNC_TICKS,
                    "clientPort=" + clientPorts[i],
                    "clientPortAddress=127.0.0.1",
                    "minSessionTimeout=" + sessionTimeout.toMillis(),
                    "maxSessionTimeout=" + 10 * sessionTimeout.toMillis(),
                    "maxClientCnxns=0",
                    "admin.enableServer=false",
                    "autopurge.purgeInterval=1"));
            for (int j = 0; j < SIZE; j++) {
                int quorum = i == j ? quorumPorts[j] : gate(nameOf(i), j, quorumPorts[j]);
                int election = i == j ? electionPorts[j] : gate(nameOf(i), j, electionPorts[j]);
                lines.add("server." + (j + 1) + "=127.0.0.1:" + quorum + ":" + election);
            }
            Path configuration = Files.write(home.resolve("zoo.cfg"), lines);
            servers.add(new ZooKeeperServer(
                    nameOf(i), configuration, directory.resolve(nameOf(i) + ".log"), clientPorts[i], network, lives));
        }
    }

    private int gate(String from, int server, int targetPort) throws IOException {
        return network.gate(from, nameOf(server), ports.reserve(), targetPort).port();
    }

    /** For that node, which gets gates of its own. */
    String connectStringFor(String node) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            addresses.add("127.0.0.1:" + gate(node, i, clientPorts[i]));
        }
        return String.join(",", addresses);
    }

    List<ZooKeeperServer> servers() {
        return List.copyOf(servers);
    }

    List<String> names() {
        return servers.stream().map(ZooKeeperServer::name).toList();
    }

    /** All serve. */
    boolean isWell() {
        List<String> modes = servers.stream().map(ZooKeeperServer::mode).toList();
        return modes.stream().filter("leader"::equals).count() == 1
                && modes.stream().filter("follower"::equals).count() == SIZE - 1;
    }

    /** For a person. */
    String describe() {
        return servers.stream()
                .map(server -> server.name() + " "
                        + (server.isAlive() ? server.mode().isEmpty() ? "not serving" : server.mode() : "not running"))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        servers.forEach(ZooKeeperServer::close);
    }
}
