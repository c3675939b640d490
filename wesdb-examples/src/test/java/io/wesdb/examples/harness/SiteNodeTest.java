package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.DemoNode;
import io.wesdb.examples.NodeClient;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node of the harness is excused for. */
class SiteNodeTest {
    @Test
    void aFileThatWasSetAsideIsForgivenOnlyIfItWasDamagedOnPurpose(@TempDir Path directory) throws IOException {
        try (Network network = new Network()) {
            SiteNode node = node(directory, network);
            assertEquals(List.of(), node.setAside());

            Files.createDirectory(directory.resolve("n10.db-aside-20260101T000000Z-damaged"));
            assertEquals(List.of(), node.setAside(), "another node's");

            node.excuse();
            assertTrue(node.isExcused());
            Files.createDirectory(directory.resolve("n1.db-aside-20260101T000000Z-damaged"));
            node.excuseNoMore();
            assertFalse(node.isExcused());
            assertEquals(List.of(), node.setAside());

            Path unexplained = Files.createDirectory(directory.resolve("n1.db-aside-20260101T000001Z-diverged"));
            assertEquals(List.of(unexplained), node.setAside());
        }
    }

    private static SiteNode node(Path directory, Network network) {
        HttpClient http = HttpClient.newHttpClient();
        DemoNode process = new DemoNode("n1", directory, List.of(), http);
        return new SiteNode(
                process,
                new NodeClient(http, "http://127.0.0.1:1", "n1"),
                network,
                new Lives(),
                directory.resolve("n1.clock"));
    }
}
