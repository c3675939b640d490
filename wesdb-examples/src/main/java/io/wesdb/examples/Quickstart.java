package io.wesdb.examples;

import io.wesdb.WesDb;
import java.nio.file.Files;
import java.time.Instant;

public final class Quickstart {
    public static void main(String[] args) throws Exception {
        var file = Files.createTempDirectory("wesdb").resolve("app.db");
        try (var db = WesDb.builder().dbPath(file).start()) {
            db.execute("CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP)");
            var written = db.execute("INSERT INTO note(text) VALUES (?), (?)", "hello", "world");
            System.out.println("written at log index " + written.index());
            for (var row : db.query("SELECT * FROM note WHERE text LIKE ?", "h%")) {
                System.out.println(
                        row.getLong("id") + " " + row.getString("text") + " " + row.get("at", Instant.class));
            }
        }
    }
}
