package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar; run after it was made, see the pom. */
@Timeout(60)
class NodeJarCheck {
    private static final String JAR = System.getProperty("wesdb.node.jar");
    private static final List<String> COMMAND =
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-jar", JAR);

    @TempDir
    Path directory;

    @Test
    void theJarServesWithItsOwnZooKeeperAndItsOwnSqlite() throws Exception {
        List<String> options = List.of(
                "--db",
                directory.resolve("jar.db").toString(),
                "--http",
                "127.0.0.1:0",
                "--embedded-zk",
                "127.0.0.1:0");
        try (NodeProcess process = NodeProcess.start(COMMAND, Map.of(), directory.resolve("jar.log"), options)) {
            NodeClient client = new NodeClient(HttpClient.newHttpClient(), process.awaitReady());
            long index = client.execute("CREATE TABLE t AS SELECT 'hello' AS x").index();
            assertEquals(
                    "[[hello]]", client.query(index, "SELECT x FROM t").rows().toString());
            assertEquals(0, process.stop(), process.readLog());
            assertEquals(
                    "",
                    process.readLog()
                            .lines()
                            .filter(line -> line.contains("[ERROR]"))
                            .findAny()
                            .orElse(""));
        }
    }

    @Test
    void theJarKnowsItsVersion() throws Exception {
        Process process = new ProcessBuilder(COMMAND.get(0), "-jar", JAR, "--version").start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertTrue(said.matches("wesdb-node [0-9]+\\.[0-9]+\\.[0-9]+\\S*\\s"), said);
        assertEquals(0, process.waitFor());
    }

    @Test
    void theJarCarriesLicencesAndNoSignatures() throws Exception {
        try (JarFile jar = new JarFile(JAR)) {
            assertNotNull(jar.getEntry("META-INF/LICENSE"));
            assertNotNull(jar.getEntry("META-INF/NOTICE"));
            assertNotNull(jar.getEntry("META-INF/services/java.sql.Driver"));
            assertTrue(jar.stream().noneMatch(entry -> entry.getName().matches("META-INF/[^/]*\\.(SF|RSA|DSA)")));
        }
    }
}
