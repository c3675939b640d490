package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.WesDb;
import java.net.http.HttpClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A ledger that finds nothing wrong proves something only if it finds what is. */
@Timeout(60)
class LedgerTest {
    @TempDir
    Path directory;

    @Test
    void itFindsWhatIsMissingAlthoughAcknowledgedAndWhatIsThereAlthoughRefused() throws Exception {
        try (WesDb db = WesDb.builder()
                .dbPath(directory.resolve("a.db"))
                .http("127.0.0.1", 0)
                .start()) {
            db.execute("CREATE TABLE written(id INTEGER PRIMARY KEY)");
            long index = db.execute(
                            "INSERT INTO written VALUES (?), (?), (?)",
                            Ledger.id(0, 0),
                            Ledger.id(1, 0),
                            Ledger.id(1, 7))
                    .index();
            NodeClient node = new NodeClient(
                    HttpClient.newHttpClient(), "http://" + db.status().httpAddress());
            Ledger ledger = new Ledger(2);
            ledger.acknowledged(0, 0);
            assertEquals(new Ledger.Audit(0, 0, 3), ledger.audit(node, index));

            ledger.acknowledged(0, 1);
            assertEquals(new Ledger.Audit(1, 0, 3), ledger.audit(node, index));

            ledger.refused(1, 7);
            assertEquals(new Ledger.Audit(1, 1, 3), ledger.audit(node, index));
        }
    }
}
