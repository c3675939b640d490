package io.wesdb.examples.harness;

import io.wesdb.examples.DemoNode;
import io.wesdb.examples.NodeClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A node, the gate at which the others find it, and its clock. For one thread, apart from {@link #name}, {@link #client} and what is
 * volatile.
 */
final class SiteNode {
    private final DemoNode node;
    private final NodeClient client;
    private final Network network;
    private final Lives lives;
    private final Path clock;
    private volatile boolean withheld;
    private volatile boolean gone;
    private volatile boolean excused;
    private final Set<Path> setAside = ConcurrentHashMap.newKeySet();
    private boolean down = true;

    SiteNode(DemoNode node, NodeClient client, Network network, Lives lives, Path clock) {
        this.node = node;
        this.client = client;
        this.network = network;
        this.lives = lives;
        this.clock = clock;
    }

    String name() {
        return node.name();
    }

    Path file() {
        return node.file();
    }

    DemoNode process() {
        return node;
    }

    /** It serves at the same address whenever it is launched. */
    NodeClient client() {
        return client;
    }

    /** Whether callers are kept from it. */
    boolean isWithheld() {
        return withheld;
    }

    void withhold(boolean withhold) {
        withheld = withhold;
    }

    /** Whether it has left for good. */
    boolean isGone() {
        return gone;
    }

    /** Whether it was ended on purpose, and not launched again yet. */
    boolean isDown() {
        return down;
    }

    void launch() throws IOException {
        lives.begin(node::launch, node::close);
        down = false;
        for (Gate gate : network.gatesTo(name())) {
            gate.open();
        }
    }

    /** SIGKILL; its machine then refuses connections. */
    void kill() throws InterruptedException {
        down = true;
        node.kill();
        network.gatesTo(name()).forEach(Gate::close);
    }

    /** SIGTERM, and it does not come back. */
    void leave() throws IOException, InterruptedException {
        withheld = true;
        gone = true;
        down = true;
        if (node.isAlive()) {
            node.stop();
        }
        network.gatesTo(name()).forEach(Gate::close);
    }

    /** Its wall clock is off by that much, from about now on. */
    void shiftClock(long millis) throws IOException {
        Files.writeString(clock, String.valueOf(millis));
    }

    /** From here on its file is damaged on purpose: it may be in quarantine, or set its file aside. */
    void excuse() {
        excused = true;
    }

    boolean isExcused() {
        return excused;
    }

    /** What it has set aside so far is forgiven; more is not. */
    void excuseNoMore() throws IOException {
        setAside.addAll(setAsideEver());
        excused = false;
    }

    /** The directories into which it has put files that it thinks are of no use, but for those that it was excused for. */
    List<Path> setAside() throws IOException {
        return setAsideEver().stream().filter(path -> !setAside.contains(path)).toList();
    }

    private List<Path> setAsideEver() throws IOException {
        String prefix = file().getFileName() + "-aside-";
        try (Stream<Path> beside = Files.list(file().toAbsolutePath().getParent())) {
            return beside.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }

    /** The database and what SQLite keeps beside it, as far as it is there. */
    List<Path> files() {
        return List.of("", "-wal", "-shm").stream()
                .map(suffix -> file().resolveSibling(file().getFileName() + suffix))
                .filter(Files::exists)
                .toList();
    }
}
