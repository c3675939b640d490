package io.wesdb.examples.harness;

import io.wesdb.examples.NodeProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server of the ensemble: a name, a directory, ports, and, while it runs, a process. For one thread. */
final class ZooKeeperServer implements AutoCloseable {
    private static final int ANSWER_MILLIS = 1_000;

    private final String name;
    private final Path configuration;
    private final Path log;
    private final int clientPort;
    private final Network network;
    private final Lives lives;
    private volatile @Nullable NodeProcess process;

    ZooKeeperServer(String name, Path configuration, Path log, int clientPort, Network network, Lives lives) {
        this.name = name;
        this.configuration = configuration;
        this.log = log;
        this.clientPort = clientPort;
        this.network = network;
        this.lives = lives;
    }

    String name() {
        return name;
    }

    void launch() throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dzookeeper.admin.enableServer=false",
                "-Dzookeeper.4lw.commands.whitelist=srvr",
                "-Dzookeeper.jmx.log4j.disable=true",
                // Servers that could not talk to each other try again within a second, not within a minute.
                "-Dzookeeper.fastleader.maxNotificationInterval=1000",
                // The node program's file of settings, on the same class path, would hold them at errors.
                "-Dorg.slf4j.simpleLogger.log.org.apache.zookeeper=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
                "-cp",
                System.getProperty("java.class.path"),
                ZooKeeperProgram.class.getName(),
                configuration.toString());
        lives.begin(() -> process = NodeProcess.start(command, Map.of(), log, List.of()), this::close);
        for (Gate gate : network.gatesTo(name)) {
            gate.open();
        }
    }

    boolean isAlive() {
        NodeProcess last = process;
        return last != null && last.isAlive();
    }

    /** leader or follower; or empty while it does not serve. */
    String mode() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), clientPort), ANSWER_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return answer.lines()
                    .filter(line -> line.startsWith("Mode: "))
                    .map(line -> line.substring("Mode: ".length()))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    /** SIGKILL; its machine then refuses connections. */
    void kill() throws InterruptedException {
        NodeProcess last = process;
        if (last != null) {
            last.kill();
        }
        network.gatesTo(name).forEach(Gate::close);
    }

    void signal(String signal) throws IOException, InterruptedException {
        NodeProcess last = process;
        if (last != null) {
            Signals.send(last.pid(), signal);
        }
    }

    String readLog() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    @Override
    public void close() {
        NodeProcess last = process;
        if (last != null) {
            last.close();
        }
    }
}
