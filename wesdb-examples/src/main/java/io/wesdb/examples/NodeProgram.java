package io.wesdb.examples;

import io.wesdb.ConfigurationException;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/**
 * A wesdb node as a program of its own, spoken to over HTTP. Prints {@code ready http://HOST:PORT} on standard output once it serves;
 * logs go to standard error. Exit code 0 after SIGTERM or SIGINT, 1 if the node could not start, 2 for wrong options.
 */
@Command(
        name = "wesdb-node",
        mixinStandardHelpOptions = true,
        versionProvider = NodeProgram.Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        customSynopsis =
                "wesdb-node --db PATH --http HOST:PORT [--zk CONNECT_STRING | --embedded-zk HOST:PORT] [OPTION…]",
        description = {
            "Runs one node of a replicated SQLite database and serves it over HTTP.",
            "Prints 'ready http://HOST:PORT' once it serves; SIGTERM makes it leave tidily.",
            ""
        },
        footer = {
            "",
            "Durations are like 500ms, 2s, 5m; sizes like 1000, 64k, 48m.",
            "Exit codes: 0 left tidily, 1 could not start, 2 wrong options.",
            "",
            "Three nodes on one machine:",
            "  wesdb-node --db a.db --http 127.0.0.1:8081 --embedded-zk 127.0.0.1:2181",
            "  wesdb-node --db b.db --http 127.0.0.1:8082 --zk 127.0.0.1:2181",
            "  wesdb-node --db c.db --http 127.0.0.1:8083 --zk 127.0.0.1:2181"
        })
public final class NodeProgram implements Callable<Integer> {
    static final int COULD_NOT_START = 1;
    static final int WRONG_OPTIONS = 2;

    private final PrintStream out;
    private final PrintStream err;

    @Mixin
    private final NodeOptions options = new NodeOptions();

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
                        .map(CommandLine.Model.OptionSpec::longestName)
                        .toList();
    }

    @Override
    public Integer call() {
        setUpLogging();
        NodeLife life = new NodeLife();
        try {
            WesDb db = life.start(options.toBuilder());
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
