package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Verified;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What the node program asks of a node that runs, instead of running one itself. */
final class NodeCommands {
    /** The options that may go together with such a command. */
    static final Set<String> NAMES =
            Set.of("--server", "--remove-node", "--trust-node", "--transfer-leadership", "--verify", "--log-level");

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration VERIFY_TIMEOUT = Duration.ofMinutes(5);

    @Option(
            names = "--server",
            order = 40,
            paramLabel = "URL",
            converter = OptionTypes.ServerType.class,
            description = "The HTTP address of a running node, http://HOST:PORT, for the commands that follow:"
                    + " they are done by that node, and this program ends.")
    @Nullable String server;

    @ArgGroup(exclusive = true, multiplicity = "0..1", order = 41)
    @Nullable Wanted wanted;

    /** The command; one of them. */
    static final class Wanted {
        @Option(
                names = "--remove-node",
                order = 41,
                paramLabel = "ID",
                description = "Takes a node that is gone for good off the register.")
        @Nullable String removeNode;

        @Option(
                names = "--trust-node",
                order = 42,
                paramLabel = "ID",
                description = "Where nodes differ without a majority: those that differ from this one take a snapshot"
                        + " from it.")
        @Nullable String trustNode;

        @Option(
                names = "--transfer-leadership",
                order = 44,
                arity = "0..1",
                fallbackValue = "",
                paramLabel = "ID",
                description = "Has the leader hand over, to this node or to any other one.")
        @Nullable String transferLeadership;

        @Option(
                names = "--verify",
                order = 43,
                description = "Compares the contents of all nodes. Exit code 0 only if all are shown to be equal.")
        boolean verify;
    }

    boolean areGiven() {
        return server != null || wanted != null;
    }

    /** What a command came to, for a person, and whether that is what one hopes for. */
    record Said(String line, boolean good) {}

    /** @throws IOException if it was not done, or may not have been; the message says which and why */
    Said run() throws IOException {
        String address = server;
        Wanted command = wanted;
        if (address == null || command == null) {
            throw new IllegalStateException("not complete: see isComplete");
        }
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
        try {
            return run(new NodeClient(http, address), command);
        } catch (NodeClient.Refused e) {
            throw new IOException(address + " answers " + e.getMessage(), e);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException(address + " cannot be reached; nothing was done", e);
        } catch (HttpTimeoutException e) {
            throw new IOException(address + " did not answer in time; it is not known what was done", e);
        } catch (UncheckedIOException e) {
            throw new IOException(address + " does not answer as a wesdb node does", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted; it is not known what was done", e);
        }
    }

    boolean isComplete() {
        return server != null && wanted != null;
    }

    private static Said run(NodeClient node, Wanted command) throws IOException, InterruptedException {
        if (command.removeNode != null) {
            node.removeNode(command.removeNode);
            return new Said(command.removeNode + " is off the register; the log is no longer kept for it", true);
        } else if (command.trustNode != null) {
            node.trustNode(command.trustNode);
            return new Said(command.trustNode + " is trusted; nodes that differ from it take a snapshot from it", true);
        }
        String successor = command.transferLeadership;
        if (successor != null) {
            String leader = successor.isEmpty() ? node.transferLeadership() : node.transferLeadership(successor);
            return new Said(leader + " leads", true);
        }
        Verified verified = node.verify(VERIFY_TIMEOUT);
        return new Said(text(verified), verified.sound());
    }

    private static String text(Verified verified) {
        List<String> parts = new ArrayList<>();
        if (verified.tied()) {
            parts.add("the nodes differ and there is no majority (see --trust-node)");
        } else if (!verified.agreeing().isEmpty()) {
            parts.add(String.join(", ", verified.agreeing()) + (verified.sound() ? ": equal" : " agree"));
        }
        for (Map.Entry<String, List<String>> node : verified.differing().entrySet()) {
            parts.add(node.getKey() + " differs in " + String.join(", ", node.getValue()));
        }
        if (!verified.silent().isEmpty()) {
            parts.add(String.join(", ", verified.silent()) + " did not report in time");
        }
        return "verified at index " + verified.index() + ": " + String.join("; ", parts);
    }
}
