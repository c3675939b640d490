package io.wesdb.internal.zookeeper;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.StartException;
import io.wesdb.internal.env.Lane;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedZooKeeperTest {
    private static final byte[] DATA = "kept".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private final LiveEnvironment environment = new LiveEnvironment("embedded");

    @AfterEach
    void stop() {
        environment.close();
    }

    private Lane lane() {
        return environment.newLane("zookeeper");
    }

    private static ZooKeeperConnection connect(EmbeddedZooKeeper server) {
        return ZooKeeperConnection.open(server.connectString(), Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    @Test
    void whatWasAcknowledgedSurvivesARestart() throws Exception {
        int port;
        try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start("127.0.0.1", 0, directory, lane());
                ZooKeeperConnection connection = connect(server)) {
            port = server.port();
            connection.create("/kept", DATA, CreateMode.PERSISTENT).get(10, TimeUnit.SECONDS);
        }
        try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start("127.0.0.1", port, directory, lane());
                ZooKeeperConnection connection = connect(server)) {
            assertArrayEquals(
                    DATA,
                    connection.get("/kept", null).get(10, TimeUnit.SECONDS).bytes());
        }
    }

    @Test
    void severalServersLiveInOneProcessAndLeaveNothingBehind() {
        Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
        Map<String, String> settingsBefore = globalSettings();
        EmbeddedZooKeeper first = EmbeddedZooKeeper.start("127.0.0.1", 0, directory.resolve("1"), lane());
        EmbeddedZooKeeper second = EmbeddedZooKeeper.start("127.0.0.1", 0, directory.resolve("2"), lane());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            assertTrue(before.contains(thread) || thread.isDaemon(), thread + " would keep the process alive");
        }
        first.close();
        try (ZooKeeperConnection connection = connect(second)) {
            assertTrue(connection.connected());
        }
        second.close();
        second.close();
        environment.close();
        assertEquals(settingsBefore, globalSettings());
        await().untilAsserted(() -> {
            Set<Thread> left = new HashSet<>(Thread.getAllStackTraces().keySet());
            left.removeAll(before);
            left.removeIf(thread -> thread.getName().startsWith("awaitility"));
            assertEquals(Set.of(), left);
        });
    }

    /** ZooKeeper's own classes set one of the JDK's for TLS as they are loaded; that is not ours to prevent. */
    private static Map<String, String> globalSettings() {
        Map<String, String> settings = new TreeMap<>();
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("zookeeper."))
                .forEach(name -> settings.put(name, System.getProperty(name)));
        return settings;
    }

    @Test
    void aPortOrDirectoryInUseIsAClearErrorAndHarmsNobody() {
        try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start("127.0.0.1", 0, directory.resolve("1"), lane())) {
            StartException portTaken = assertThrows(
                    StartException.class,
                    () -> EmbeddedZooKeeper.start("127.0.0.1", server.port(), directory.resolve("2"), lane()));
            assertTrue(portTaken.getMessage().contains(server.connectString()), portTaken.getMessage());
            StartException directoryTaken = assertThrows(
                    StartException.class,
                    () -> EmbeddedZooKeeper.start("127.0.0.1", 0, directory.resolve("1"), lane()));
            assertTrue(directoryTaken.getMessage().contains("another"), directoryTaken.getMessage());
            try (ZooKeeperConnection connection = connect(server)) {
                assertTrue(connection.connected());
            }
        }
    }

    @Test
    void itListensOnTheGivenAddressOnly() throws Exception {
        try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start("127.0.0.1", 0, directory, lane());
                Socket socket = new Socket()) {
            InetSocketAddress other = new InetSocketAddress("127.0.0.2", server.port());
            assertThrows(ConnectException.class, () -> socket.connect(other, 2_000));
        }
    }
}
