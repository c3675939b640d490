package io.wesdb.examples;

import io.wesdb.WesDb;
import io.wesdb.WesDbBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The node program's options. One that is not given leaves the builder's default alone, so defaults stand in one place. */
final class NodeOptions {
    /** slf4j-simple's levels. */
    enum LogLevel {
        trace,
        debug,
        info,
        warn,
        error,
        off
    }

    @Option(
            names = "--db",
            order = 1,
            paramLabel = "PATH",
            description = "The SQLite file; made if it is not there. Required.")
    @Nullable Path db;

    @Option(
            names = "--http",
            order = 2,
            paramLabel = "HOST:PORT",
            converter = OptionTypes.AddressType.class,
            description = "Where to serve HTTP; port 0 picks one. Required. There is no authentication and no TLS:"
                    + " use a loopback address or a private network.")
    @Nullable Address http;

    @ArgGroup(exclusive = true, multiplicity = "0..1", order = 3)
    @Nullable ZooKeeperOptions zooKeeper;

    /** Which ZooKeeper to use; one or the other. */
    static final class ZooKeeperOptions {
        @Option(
                names = "--zk",
                order = 3,
                paramLabel = "CONNECT_STRING",
                description = "The ZooKeeper ensemble, host:port,host:port,…"
                        + " Default: a ZooKeeper server inside this process, reached by nobody else.")
        @Nullable String connectString;

        @Option(
                names = "--embedded-zk",
                order = 4,
                paramLabel = "HOST:PORT",
                converter = OptionTypes.AddressType.class,
                description =
                        "Runs a ZooKeeper server inside this process at that address, its data beside the database;"
                                + " further nodes name it with --zk.")
        @Nullable Address embedded;
    }

    @Option(
            names = "--cluster",
            order = 5,
            paramLabel = "NAME",
            description = "Nodes of one name in one ZooKeeper share a database. Default: default.")
    @Nullable String cluster;

    @Option(
            names = "--node",
            order = 6,
            paramLabel = "ID",
            description = "This node's name, unique in the cluster. Default: made once, kept beside the database.")
    @Nullable String node;

    @Option(
            names = "--advertise",
            order = 7,
            paramLabel = "HOST:PORT",
            converter = OptionTypes.AddressType.class,
            description = "What the other nodes are told to connect to. Default: where HTTP is served.")
    @Nullable Address advertise;

    @Option(
            names = "--session-timeout",
            order = 8,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "ZooKeeper's session timeout: how long a silent node counts as present. Default: 10s.")
    @Nullable Duration sessionTimeout;

    @Option(
            names = "--start-timeout",
            order = 9,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How long the start may go without progress before it is given up. Default: 60s.")
    @Nullable Duration startTimeout;

    @Option(
            names = "--request-timeout",
            order = 10,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How long a request may take that does not say otherwise. Default: 10s.")
    @Nullable Duration requestTimeout;

    @Option(
            names = "--close-timeout",
            order = 11,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How long leaving may take after SIGTERM. Default: 10s.")
    @Nullable Duration closeTimeout;

    @Option(
            names = "--max-body",
            order = 12,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "How large a request's body may be. Default: 48m.")
    @Nullable Long maxBody;

    @Option(
            names = "--max-command",
            order = 13,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "How large a command may be, its SQL and parameters encoded. Default: 32m.")
    @Nullable Long maxCommand;

    @Option(
            names = "--max-pending-writes",
            order = 15,
            paramLabel = "COUNT",
            description = "How many writes may be pending; past it they are refused as overloaded. Default: 16384.")
    @Nullable Integer maxPendingWrites;

    @Option(
            names = "--max-pending",
            order = 16,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "How many bytes the pending writes may have. Default: 128m.")
    @Nullable Long maxPending;

    @Option(
            names = "--time-zone",
            order = 18,
            paramLabel = "ZONE",
            converter = OptionTypes.ZoneType.class,
            description =
                    "What 'localtime' means in SQL on every node; counts only for the node that makes the cluster."
                            + " Default: UTC.")
    @Nullable ZoneId timeZone;

    @Option(
            names = "--no-foreign-keys",
            order = 19,
            description = "Foreign keys are not enforced; counts only for the node that makes the cluster.")
    boolean noForeignKeys;

    @Mixin
    ReadingOptions reading = new ReadingOptions();

    @Mixin
    UpkeepOptions upkeep = new UpkeepOptions();

    @Option(
            names = "--log-level",
            order = 50,
            paramLabel = "LEVEL",
            description = "${COMPLETION-CANDIDATES}. Default: info.")
    LogLevel logLevel = LogLevel.info;

    /** A builder with these settings. They are checked when it is started. */
    WesDbBuilder toBuilder() {
        WesDbBuilder builder = WesDb.builder();
        applyPlace(builder);
        applyTimeouts(builder);
        applyBounds(builder);
        reading.apply(builder);
        upkeep.apply(builder);
        if (timeZone != null) {
            builder.timeZone(timeZone);
        }
        return builder.foreignKeys(!noForeignKeys);
    }

    private void applyPlace(WesDbBuilder builder) {
        if (db != null) {
            builder.dbPath(db);
        }
        if (http != null) {
            builder.http(http.host(), http.port());
        }
        if (zooKeeper != null && zooKeeper.connectString != null) {
            builder.zk(zooKeeper.connectString);
        }
        if (zooKeeper != null && zooKeeper.embedded != null) {
            builder.embeddedZk(zooKeeper.embedded.host(), zooKeeper.embedded.port());
        }
        if (cluster != null) {
            builder.cluster(cluster);
        }
        if (node != null) {
            builder.nodeId(node);
        }
        if (advertise != null) {
            builder.advertise(advertise.host(), advertise.port());
        }
    }

    private void applyTimeouts(WesDbBuilder builder) {
        if (sessionTimeout != null) {
            builder.sessionTimeout(sessionTimeout);
        }
        if (startTimeout != null) {
            builder.startTimeout(startTimeout);
        }
        if (requestTimeout != null) {
            builder.requestTimeout(requestTimeout);
        }
        if (closeTimeout != null) {
            builder.closeTimeout(closeTimeout);
        }
    }

    private void applyBounds(WesDbBuilder builder) {
        if (maxBody != null) {
            builder.maxBodyBytes(maxBody);
        }
        if (maxCommand != null) {
            builder.maxCommandBytes(maxCommand);
        }
        if (maxPendingWrites != null) {
            builder.maxPendingWrites(maxPendingWrites);
        }
        if (maxPending != null) {
            builder.maxPendingBytes(maxPending);
        }
    }
}
