package io.wesdb.examples;

import io.wesdb.ConfigurationException;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A wesdb node as a program of its own, spoken to over HTTP. Prints {@code ready http://HOST:PORT} on standard output once it serves;
 * logs, and how far a recovery is, go to standard error. Exit code 0 after SIGTERM or SIGINT, 1 if the node could not start, 2 for wrong
 * options. With {@code --server} it runs no node but asks one that runs to do something ({@link NodeCommands}), and ends.
 */
@Command(
        name = "wesdb-node",
        mixinStandardHelpOptions = true,
        versionProvider = NodeProgram.Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        customSynopsis = {
            "wesdb-node --db PATH --http HOST:PORT [--zk CONNECT_STRING | --embedded-zk HOST:PORT] [OPTION…]",
            "wesdb-node --server URL (--verify | --remove-node ID | --trust-node ID | --transfer-leadership [ID])"
        },
        description = {
            "Runs one node of a replicated SQLite database and serves it over HTTP.",
            "Prints 'ready http://HOST:PORT' once it serves; SIGTERM makes it leave tidily.",
            ""
        },
        footer = {
            "",
            "Durations are like 500ms, 2s, 5m, 1h, 7d; sizes like 1000, 64k, 48m.",
            "Exit codes: 0 left tidily, or done; 1 could not start, not done, or nodes not equal; 2 wrong options.",
            "",
            "Three nodes on one machine:",
            "  wesdb-node --db a.db --http 127.0.0.1:8081 --embedded-zk 127.0.0.1:2181",
            "  wesdb-node --db b.db --http 127.0.0.1:8082 --zk 127.0.0.1:2181",
            "  wesdb-node --db c.db --http 127.0.0.1:8083 --zk 127.0.0.1:2181"
        })
public final class NodeProgram implements Callable<Integer> {
    static final int COULD_NOT_START = 1;
    static final int NOT_DONE = 1;
    static final int WRONG_OPTIONS = 2;

    private final PrintStream out;
    private final PrintStream err;

    @Mixin
    private final NodeOptions options = new NodeOptions();

    @Mixin
    private final NodeCommands commands = new NodeCommands();

    @Spec
    private @Nullable CommandSpec spec;

    private NodeProgram(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    /** Runs the program and gives its exit code; returns while it serves only if the calling thread is interrupted. */
    static int run(String[] args, PrintStream out, PrintStream err) {
        NodeProgram program = new NodeProgram(out, err);
        return new CommandLine(program)
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((fault, given) -> program.fail(WRONG_OPTIONS, fault))
                .setExecutionExceptionHandler((fault, command, given) -> program.fail(COULD_NOT_START, fault))
                .execute(args);
    }

    /** The names of all options, as the help shows them. */
    static List<String> optionNames() {
        return new CommandLine(new NodeProgram(System.out, System.err))
                .getCommandSpec().options().stream()
                        .map(OptionSpec::longestName)
                        .toList();
    }

    @Override
    public Integer call() {
        return commands.areGiven() ? command() : serve();
    }

    private int command() {
        if (!commands.isComplete()) {
            throw wrong("--server goes with one of --verify, --remove-node, --trust-node and --transfer-leadership");
        }
        List<String> surplus =
                matched().filter(name -> !NodeCommands.NAMES.contains(name)).toList();
        if (!surplus.isEmpty()) {
            throw wrong(String.join(", ", surplus) + " does not go with --server: the node at that address does it");
        }
        try {
            NodeCommands.Said said = commands.run();
            out.println(said.line());
            out.flush();
            return said.good() ? 0 : NOT_DONE;
        } catch (IOException e) {
            return fail(NOT_DONE, e);
        }
    }

    private Stream<String> matched() {
        return spec().commandLine().getParseResult().matchedOptions().stream().map(OptionSpec::longestName);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("called before picocli has set it");
        }
        return spec;
    }

    private int serve() {
        if (options.db == null || options.http == null) {
            throw wrong("Missing required options: --db=PATH and --http=HOST:PORT");
        }
        setUpLogging();
        NodeLife life = new NodeLife();
        try {
            WesDb db = life.start(options.toBuilder().onProgress(new ProgressLines(err, System::nanoTime)));
            out.println("ready http://" + db.status().httpAddress());
            out.flush();
            life.awaitEnd();
            return 0;
        } catch (WesDbException e) {
            life.startFailed();
            return life.isLeaving()
                    ? 0
                    : fail(e instanceof ConfigurationException ? WRONG_OPTIONS : COULD_NOT_START, e);
        }
    }

    /** slf4j-simple reads these once, when the first logger is made: nothing of wesdb may be touched before. */
    private void setUpLogging() {
        System.setProperty("org.slf4j.simpleLogger.log.io.wesdb", options.logLevel.name());
        if (options.logLevel.compareTo(NodeOptions.LogLevel.debug) <= 0) {
            System.setProperty("org.slf4j.simpleLogger.log.org.apache.zookeeper", "info");
            System.setProperty("org.slf4j.simpleLogger.log.org.apache.curator", "info");
        }
    }

    /** One line, whatever the fault: it is read by a person, or by a supervisor that shows the last line. */
    private int fail(int exitCode, Exception fault) {
        String message = fault.getMessage() == null ? fault.toString() : fault.getMessage();
        err.println("wesdb-node: " + message.strip().replaceAll("\\s*\\R\\s*", "; ")
                + (exitCode == WRONG_OPTIONS ? " (--help tells more)" : ""));
        err.flush();
        return exitCode;
    }

    /** The version that the jar's manifest carries. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = NodeProgram.class.getPackage().getImplementationVersion();
            return new String[] {"wesdb-node " + (version == null ? "(not packaged)" : version)};
        }
    }
}
