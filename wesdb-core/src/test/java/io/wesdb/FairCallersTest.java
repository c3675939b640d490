package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Callers take turns, on real nodes. */
@Timeout(120)
class FairCallersTest {
    private static final WriteOptions PATIENT = WriteOptions.defaults().withTimeout(Duration.ofSeconds(60));
    private static final int MANY = 5_000;

    /** More than can be told by chance: nothing is overtaken where writes wait in one line. */
    private static final int TELLING = 500;

    private static final int TRIES = 20;

    @TempDir
    Path directory;

    private static CompletableFuture<WriteResult> insert(WesDb node, String caller, int number) {
        return node.executeAsync(
                List.of(Statement.of("INSERT INTO t(caller, n) VALUES (?, ?)", caller, number)),
                PATIENT.withCaller(caller));
    }

    @Test
    void aWriteGivenLastOvertakesThoseOfAHogAndTheHogsKeepTheirOrder() {
        try (TestCluster cluster = new TestCluster(directory).start(2)) {
            WesDb node = cluster.node(cluster.follower());
            node.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, caller TEXT, n INTEGER)");
            long overtaken = 0;
            for (int attempt = 0; attempt < TRIES && overtaken < TELLING; attempt++) {
                node.execute("DELETE FROM t");
                List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
                for (int i = 0; i < MANY; i++) {
                    writes.add(insert(node, "hog", i));
                }
                writes.add(insert(node, "polite", 0));
                writes.forEach(CompletableFuture::join);
                List<Long> ofTheHog = node.query("SELECT n FROM t WHERE caller = 'hog' ORDER BY id").rows().stream()
                        .map(row -> row.getLong(0))
                        .toList();
                assertEquals(IntStream.range(0, MANY).asLongStream().boxed().toList(), ofTheHog);
                overtaken = node.query("SELECT count(*) FROM t WHERE id > (SELECT id FROM t WHERE caller = 'polite')")
                        .single()
                        .getLong(0);
            }
            assertTrue(overtaken >= TELLING, "the last of " + TRIES + " tries overtook " + overtaken);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aCallersNameHasItsBounds() {
        WriteOptions options = WriteOptions.defaults().withCaller("x".repeat(WriteOptions.MAX_CALLER_LENGTH));
        assertEquals(
                options.caller(),
                options.withTimeout(Duration.ofSeconds(1))
                        .withIdempotencyKey("k")
                        .withPreconditions()
                        .caller());
        assertThrows(InvalidRequestException.class, () -> options.withCaller(""));
        assertThrows(InvalidRequestException.class, () -> options.withCaller(options.caller() + "x"));
    }
}
