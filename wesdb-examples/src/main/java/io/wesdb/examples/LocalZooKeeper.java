package io.wesdb.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;

/** One ZooKeeper server in this process, so that the demonstration needs nothing installed. */
public final class LocalZooKeeper implements AutoCloseable {
    private static final long START_MILLIS = 20_000;

    private final ZooKeeperServerEmbedded server;
    private final String connectString;

    private LocalZooKeeper(ZooKeeperServerEmbedded server, String connectString) {
        this.server = server;
        this.connectString = connectString;
    }

    /** @param sessionTimeout the shortest that nodes may ask for */
    public static LocalZooKeeper start(Path directory, Duration sessionTimeout) throws Exception {
        int port = freePort();
        Properties settings = new Properties();
        settings.setProperty("clientPort", String.valueOf(port));
        settings.setProperty("clientPortAddress", "127.0.0.1");
        settings.setProperty(
                "dataDir", Files.createDirectories(directory.resolve("data")).toString());
        // A server grants no session shorter than two ticks.
        settings.setProperty("tickTime", String.valueOf(sessionTimeout.toMillis() / 2));
        settings.setProperty("admin.enableServer", "false");
        settings.setProperty("maxClientCnxns", "0");
        ZooKeeperServerEmbedded server = ZooKeeperServerEmbedded.builder()
                .baseDir(directory)
                .configuration(settings)
                .exitHandler(ExitHandler.LOG_ONLY)
                .build();
        server.start(START_MILLIS);
        return new LocalZooKeeper(server, "127.0.0.1:" + port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    public String connectString() {
        return connectString;
    }

    @Override
    public void close() {
        server.close();
    }
}
