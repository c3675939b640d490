package io.wesdb.examples.harness;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * All connections between the processes, which go through this one: each asks for another at a {@link Gate}, and what passes it is ruled
 * for each direction by itself. A proxy rather than the kernel's rules, so that it works for anyone, on any system and without root.
 *
 * <p>Its limits: it sees connections, not packets. A lost packet has no counterpart but a reset; and each end's kernel acknowledges to the
 * proxy what the other may never get, as with a packet that is acknowledged by a machine which dies before the program reads it.
 *
 * <p>Thread safe.
 */
final class Network implements AutoCloseable {
    private static final int THREADS = 2;

    /** From one process to another, by their names. */
    record Direction(String from, String to) {}

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("network", true), NioIoHandler.newFactory());
    private final Map<Direction, List<Rule>> imposed = new ConcurrentHashMap<>();
    private final Map<Direction, Rule> rules = new ConcurrentHashMap<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final List<Gate> gates = new CopyOnWriteArrayList<>();

    /** Through which {@code from}, and nobody else, reaches what listens at {@code targetPort}. Open at once. */
    Gate gate(String from, String to, int port, int targetPort) throws IOException {
        return open(new Gate(this, loops, from, to, port, targetPort));
    }

    /** Through which nodes reach that one, who say in the first lines of each connection who they are. */
    Gate peerGate(String to, int port, int targetPort) throws IOException {
        return open(new Gate(this, loops, Gate.SAYS_WHO_IT_IS, to, port, targetPort));
    }

    private Gate open(Gate gate) throws IOException {
        gates.add(gate);
        gate.open();
        return gate;
    }

    /** All gates in front of that process, which refuse connections while it is down: its machine would. */
    List<Gate> gatesTo(String process) {
        return gates.stream().filter(gate -> gate.to().equals(process)).toList();
    }

    Rule rule(Direction direction) {
        return rules.getOrDefault(direction, Rule.PASS);
    }

    /** That rule too, besides those that there are. */
    void impose(Collection<Direction> directions, Rule rule) {
        change(
                directions,
                direction -> imposed.computeIfAbsent(direction, key -> new CopyOnWriteArrayList<>())
                        .add(rule));
    }

    /**
     * Takes back what was imposed.
     *
     * @param late whether what was held comes now, as TCP sends it again until it gives up; else the connections that were held up are
     *     reset, as when it has given up
     */
    void lift(Collection<Direction> directions, Rule rule, boolean late) {
        if (!late) {
            touching(directions).forEach(Connection::resetIfHeld);
        }
        change(
                directions,
                direction -> imposed.getOrDefault(direction, List.of()).remove(rule));
    }

    private interface Change {
        void apply(Direction direction);
    }

    private synchronized void change(Collection<Direction> directions, Change change) {
        for (Direction direction : directions) {
            change.apply(direction);
            Rule rule = imposed.getOrDefault(direction, List.of()).stream().reduce(Rule.PASS, Rule::and);
            rules.put(direction, rule);
        }
        touching(directions).forEach(Connection::ruleChanged);
    }

    private List<Connection> touching(Collection<Direction> directions) {
        return connections.stream()
                .filter(connection -> directions.contains(connection.there()) || directions.contains(connection.back()))
                .toList();
    }

    /** Whether the one has a connection to the other that it began. */
    boolean connected(String from, String to) {
        Direction there = new Direction(from, to);
        return connections.stream().anyMatch(connection -> connection.there().equals(there));
    }

    void add(Connection connection) {
        connections.add(connection);
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    /** Both directions between any of some and any of others. */
    static List<Direction> between(Collection<String> some, Collection<String> others) {
        Set<Direction> both = new LinkedHashSet<>(fromTo(some, others));
        both.addAll(fromTo(others, some));
        return List.copyOf(both);
    }

    static List<Direction> fromTo(Collection<String> some, Collection<String> others) {
        return some.stream()
                .flatMap(from -> others.stream().filter(to -> !to.equals(from)).map(to -> new Direction(from, to)))
                .distinct()
                .toList();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
