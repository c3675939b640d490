package io.wesdb.examples.bench;

import io.wesdb.examples.Ports;
import io.wesdb.examples.harness.ZooKeeperProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** ZooKeeper in processes of its own; every transaction is synced to disk, as it does unless told otherwise. For one thread. */
final class ZooKeeperServers implements AutoCloseable {
    private static final String HEAP = "-Xmx1g";

    private final List<Process> processes = new ArrayList<>();
    private final Ports ports = new Ports();
    private final String connectString;

    /** Begins to start them; a client waits until they serve. */
    ZooKeeperServers(Path directory, int count) throws IOException {
        List<String> quorum = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (int i = 1; count > 1 && i <= count; i++) {
            quorum.add("server." + i + "=127.0.0.1:" + ports.reserve() + ":" + ports.reserve());
        }
        try {
            for (int i = 1; i <= count; i++) {
                int port = ports.reserve();
                addresses.add("127.0.0.1:" + port);
                launch(directory, i, port, quorum);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        connectString = String.join(",", addresses);
    }

    private void launch(Path directory, int number, int port, List<String> quorum) throws IOException {
        Path home = Files.createDirectories(directory.resolve("zookeeper-" + number));
        Path data = Files.createDirectories(home.resolve("data"));
        Files.writeString(data.resolve("myid"), String.valueOf(number));
        List<String> lines = new ArrayList<>(List.of(
                "dataDir=" + data,
                "tickTime=200",
                "initLimit=50",
                "syncLimit=50",
                "clientPort=" + port,
                "clientPortAddress=127.0.0.1",
                "minSessionTimeout=1000",
                "maxSessionTimeout=60000",
                "maxClientCnxns=0",
                "admin.enableServer=false"));
        lines.addAll(quorum);
        Path configuration = Files.write(home.resolve("zoo.cfg"), lines);
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-Dzookeeper.admin.enableServer=false",
                "-Dzookeeper.jmx.log4j.disable=true",
                "-cp",
                System.getProperty("java.class.path"),
                ZooKeeperProgram.class.getName(),
                configuration.toString());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(
                directory.resolve("zookeeper-" + number + ".log").toFile()));
        processes.add(builder.start());
    }

    String connectString() {
        return connectString;
    }

    long cpuNanos() {
        return processes.stream().mapToLong(WorkerProcess::cpuNanos).sum();
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        ports.close();
    }
}
