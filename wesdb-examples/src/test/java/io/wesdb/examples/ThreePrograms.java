package io.wesdb.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Three node programs in three processes; the first runs the ZooKeeper server. For one thread. */
final class ThreePrograms implements AutoCloseable {
    private static final List<String> NAMES = List.of("a", "b", "c");

    private final List<NodeProcess> processes = new ArrayList<>();
    private final List<NodeClient> clients = new ArrayList<>();

    /**
     * Returns once all three are ready.
     *
     * @param environments one for each process
     * @param shared options that all three get
     */
    static ThreePrograms start(
            List<String> command, Path directory, List<Map<String, String>> environments, List<String> shared)
            throws IOException, InterruptedException {
        ThreePrograms programs = new ThreePrograms();
        try {
            String zooKeeper = "127.0.0.1:" + freePort();
            for (int i = 0; i < NAMES.size(); i++) {
                programs.launch(command, directory, i, environments.get(i), zooKeeper, shared);
                if (i == 0) {
                    programs.awaitReady(i); // the others need its ZooKeeper
                }
            }
            programs.awaitReady(1);
            programs.awaitReady(2);
            return programs;
        } catch (IOException | InterruptedException | RuntimeException e) {
            programs.close();
            throw e;
        }
    }

    private void launch(
            List<String> command,
            Path directory,
            int i,
            Map<String, String> environment,
            String zooKeeper,
            List<String> shared)
            throws IOException {
        String name = NAMES.get(i);
        List<String> options = new ArrayList<>(
                List.of("--db", directory.resolve(name + ".db").toString(), "--node", name, "--http", "127.0.0.1:0"));
        options.addAll(List.of(i == 0 ? "--embedded-zk" : "--zk", zooKeeper));
        options.addAll(shared);
        processes.add(NodeProcess.start(command, environment, directory.resolve(name + ".log"), options));
    }

    private void awaitReady(int i) throws IOException, InterruptedException {
        clients.add(new NodeClient(HttpClient.newHttpClient(), processes.get(i).awaitReady()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    List<NodeClient> clients() {
        return clients;
    }

    NodeClient client(int i) {
        return clients.get(i % clients.size());
    }

    /** SIGTERM to that process; gives its exit code. */
    int stop(int i) throws IOException, InterruptedException {
        return processes.get(i).stop();
    }

    String log(int i) throws IOException {
        return processes.get(i).readLog();
    }

    @Override
    public void close() {
        processes.forEach(NodeProcess::close);
    }
}
