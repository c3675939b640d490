package io.wesdb.examples.harness;

import io.wesdb.examples.Await;
import io.wesdb.examples.DemoNode;
import io.wesdb.examples.LongRun;
import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Status;
import io.wesdb.examples.NodeProgram;
import io.wesdb.examples.Ports;
import io.wesdb.examples.SmallDisk;
import java.io.File;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where it all happens: the ensemble and the nodes, each a process, the network between them, and a directory for what they leave behind. No
 * process outlives it, not even if this one is ended by a signal. For one thread, apart from {@link #nodes} and {@link #serving}.
 */
final class Site implements AutoCloseable {
    /** Short, so that the next leader comes soon. */
    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration START_PATIENCE = Duration.ofSeconds(90);
    private static final Duration ANSWER = Duration.ofSeconds(2);

    /** The log is short, so that some of the nodes that were away need a snapshot; and contents are compared all the time. */
    private static final List<String> OPTIONS = List.of(
            "--session-timeout",
            SESSION_TIMEOUT.toMillis() + "ms",
            "--max-log-entries",
            "2000",
            "--verify-interval",
            "1m",
            "--optimize-interval",
            "1m");

    private static final int SMALL_DISK_MEGABYTES = 256;

    private final Path directory;
    private final List<Path> overlays;
    private final Ports ports = new Ports();
    private final Network network = new Network();
    private final Lives lives = new Lives();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER)
            .build();
    private final List<SiteNode> nodes = new CopyOnWriteArrayList<>();
    private final Thread hook = new Thread(this::endAll, "site-end");
    private final List<Nemesis.End> afterwards = new ArrayList<>();
    private @Nullable Ensemble ensemble;
    private @Nullable SmallDisk smallDisk;
    private @Nullable SiteNode onSmallDisk;
    private int named;

    private Site(Path directory, List<Path> overlays) {
        this.directory = directory;
        this.overlays = overlays;
    }

    /**
     * Returns when all serve.
     *
     * @param overlays directories in front of the class path of every node process
     * @param withSmallDisk whether one node gets a place that can be filled, if this process may make one
     */
    static Site start(int count, List<Path> overlays, boolean withSmallDisk) throws IOException, InterruptedException {
        Site site = new Site(Files.createTempDirectory("wesdb-faults"), overlays);
        Runtime.getRuntime().addShutdownHook(site.hook);
        try {
            ShiftedClock.writeInto(site.directory.resolve("clock"), overlays);
            site.ensemble = Ensemble.start(site.directory, site.network, site.ports, site.lives, SESSION_TIMEOUT);
            if (withSmallDisk) {
                site.smallDisk = SmallDisk.mount(SMALL_DISK_MEGABYTES);
            }
            for (int i = 0; i < count; i++) {
                SiteNode node = site.add(i == count - 1);
                node.launch();
            }
            for (SiteNode node : site.nodes) {
                awaitReady(node);
            }
            return site;
        } catch (IOException | InterruptedException e) {
            site.close();
            throw e;
        }
    }

    private static void awaitReady(SiteNode node) throws IOException, InterruptedException {
        boolean ready = Await.within(
                START_PATIENCE,
                () -> !node.process().isAlive() || node.client().status(ANSWER).ready());
        if (!node.process().isAlive()) {
            throw new IOException(node.name() + " ended instead of getting ready; its log:\n"
                    + node.process().readLog());
        } else if (!ready) {
            throw new IOException(node.name() + " did not get ready within " + START_PATIENCE.toSeconds()
                    + " s; its log:\n" + node.process().readLog());
        }
    }

    /** One more node, not launched. @param last whether it is the one for the small disk */
    SiteNode add(boolean last) throws IOException {
        String name = "n" + ++named;
        boolean small = last && smallDisk != null && smallDisk.isMounted() && onSmallDisk == null;
        Path place = small && smallDisk != null ? smallDisk.directory() : directory;
        int port = ports.reserve();
        Gate gate = network.peerGate(name, ports.reserve(), port);
        List<String> options = new ArrayList<>(List.of("--zk", ensemble().connectStringFor(name)));
        options.addAll(List.of("--advertise", "127.0.0.1:" + gate.port()));
        options.addAll(OPTIONS);
        Path clock = directory.resolve(name + ".clock");
        DemoNode process = new DemoNode(
                name,
                place.resolve(name + ".db"),
                directory.resolve(name + ".log"),
                command(clock),
                options,
                http,
                port);
        SiteNode node =
                new SiteNode(process, new NodeClient(http, "http://127.0.0.1:" + port, name), network, lives, clock);
        node.shiftClock(0);
        if (small) {
            onSmallDisk = node;
        }
        nodes.add(node);
        return node;
    }

    private List<String> command(Path clock) {
        List<String> classPath = new ArrayList<>();
        classPath.add(directory.resolve("clock").toString());
        overlays.forEach(overlay -> classPath.add(overlay.toAbsolutePath().toString()));
        classPath.add(System.getProperty("java.class.path"));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-D" + ShiftedSystem.FILE + "=" + clock,
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
                "-cp",
                String.join(File.pathSeparator, classPath),
                NodeProgram.class.getName());
    }

    Path directory() {
        return directory;
    }

    Network network() {
        return network;
    }

    Ensemble ensemble() {
        if (ensemble == null) {
            throw new IllegalStateException("not started");
        }
        return ensemble;
    }

    /** All that there are, but for those that have left for good. */
    List<SiteNode> nodes() {
        return nodes.stream().filter(node -> !node.isGone()).toList();
    }

    /** All that there ever were. */
    List<SiteNode> allEver() {
        return List.copyOf(nodes);
    }

    /** Those that callers may ask, whatever state they are in. */
    List<SiteNode> serving() {
        return nodes.stream()
                .filter(node -> !node.isGone() && !node.isWithheld())
                .toList();
    }

    List<String> names() {
        return nodes().stream().map(SiteNode::name).toList();
    }

    /** The node whose disk can be filled, if there is one. */
    @Nullable SiteNode onSmallDisk() {
        return onSmallDisk != null && !onSmallDisk.isGone() ? onSmallDisk : null;
    }

    @Nullable SmallDisk smallDisk() {
        return smallDisk;
    }

    /** The node that leads, as most that answer say; null if none does. */
    @Nullable SiteNode leader() throws InterruptedException {
        long highest = -1;
        SiteNode leader = null;
        for (SiteNode asked : nodes()) {
            Status status = status(asked);
            if (status != null && status.leader() != null && status.epoch() > highest) {
                highest = status.epoch();
                leader = named(status.leader());
            }
        }
        return leader;
    }

    @Nullable SiteNode named(@Nullable String name) {
        return nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Null if it does not answer soon. */
    static @Nullable Status status(SiteNode node) throws InterruptedException {
        try {
            return node.client().status(ANSWER);
        } catch (IOException e) {
            return null;
        }
    }

    /** Every server and every node serves, all know the same leader, and nobody is behind. */
    boolean isWell() throws InterruptedException {
        if (!ensemble().isWell()) {
            return false;
        }
        String leader = null;
        for (SiteNode node : nodes()) {
            Status status = status(node);
            if (status == null || !status.ready() || status.leader() == null || status.applied() < status.head()) {
                return false;
            }
            if (status.dispute() != null) {
                return false;
            }
            if (leader != null && !leader.equals(status.leader())) {
                return false;
            }
            leader = status.leader();
        }
        return named(leader) != null;
    }

    /** What is to be looked at once all is well again after a fault. */
    void afterwards(Nemesis.End look) {
        afterwards.add(look);
    }

    /** @throws IOException if it is not as it should be */
    void runAfterwards() throws IOException, InterruptedException {
        while (!afterwards.isEmpty()) {
            afterwards.remove(0).end();
        }
    }

    /** Whether one's file was damaged on purpose, so that nodes may dispute. */
    boolean isAnyExcused() {
        return nodes().stream().anyMatch(SiteNode::isExcused);
    }

    /** For a person: why it is not well. */
    String describe() throws InterruptedException {
        StringBuilder text = new StringBuilder(ensemble().describe());
        for (SiteNode node : nodes()) {
            Status status = status(node);
            text.append("\n").append(node.name()).append(": ");
            text.append(status != null ? status.toString() : node.process().isAlive() ? "no answer" : "not running");
        }
        return text.toString();
    }

    /** What every thread of the processes does now, as files beside the logs. */
    void dumpThreads() throws IOException, InterruptedException {
        for (SiteNode node : nodes()) {
            if (node.process().isAlive()) {
                Process dump = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                        .toString(),
                                String.valueOf(node.process().pid()),
                                "Thread.print")
                        .redirectErrorStream(true)
                        .redirectOutput(
                                directory.resolve(node.name() + ".threads").toFile())
                        .start();
                dump.waitFor();
            }
        }
    }

    /** The logs of all processes of all lives, by name. */
    String logs(String part) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(part))
                    .map(Path::toString)
                    .sorted()
                    .collect(Collectors.joining(", "));
        }
    }

    private void endAll() {
        lives.end();
        network.close();
        ports.close();
        if (smallDisk != null) {
            smallDisk.close();
        }
    }

    /** What the processes left behind. */
    void delete() {
        LongRun.delete(directory);
    }

    @Override
    public void close() {
        endAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the process is ending, so the hook does the same
        }
    }
}
