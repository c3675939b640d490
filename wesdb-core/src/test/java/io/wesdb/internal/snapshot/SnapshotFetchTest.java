package io.wesdb.internal.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.snapshot.SnapshotFetch.Fetched;
import io.wesdb.internal.snapshot.SnapshotFetch.Source;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way to a snapshot through refusals and broken connections, on simulated time. */
@Timeout(60)
class SnapshotFetchTest {
    private static final FetchSettings SETTINGS = new FetchSettings(10_000, 4, 200, 5_000, 5);

    private final SimulatedWorld world = new SimulatedWorld(7);
    private CuttingClient client = client(world);
    private final MemorySink sink = new MemorySink();
    private List<Source> sources = List.of(source("a"), source("b"));

    private static CuttingClient client(SimulatedWorld world) {
        return new CuttingClient(world.lane("network"), world.random());
    }

    private static Source source(String node) {
        return new Source(node, node + ":1");
    }

    private SnapshotFetch fetch(SimulatedWorld in, long minIndex) {
        return new SnapshotFetch(
                in.lane("fetch"), in.environment("me").clock(), client, () -> sources, sink, minIndex, SETTINGS);
    }

    private Fetched run(SnapshotFetch fetch) {
        CompletableFuture<Fetched> result = fetch.start();
        world.runUntil("a snapshot", 120_000, result::isDone);
        Fetched fetched = result.join();
        assertTrue(sink.isWhole());
        assertEquals(0, client.open, "connections are closed");
        SnapshotFetch.Progress progress = fetch.progress();
        assertNotNull(progress);
        assertEquals(fetched.offer().lengthBytes(), progress.receivedBytes());
        assertEquals(fetched.offer().lengthBytes(), progress.totalBytes());
        assertEquals(fetched.sourceNode(), progress.source());
        return fetched;
    }

    /** Gives bytes from memory, and refuses when told to. */
    private final class Giving implements SnapshotService {
        private String id = "first";
        private long index = 10;
        private @Nullable SnapshotRefusedException refuseOffers;
        private int goneAfterChunks = Integer.MAX_VALUE;
        private int chunks;

        private byte[] content() {
            byte[] content = new byte[123_456];
            new java.util.Random(id.hashCode()).nextBytes(content);
            return content;
        }

        @Override
        public SnapshotTransfer begin(String forNode) {
            return new SnapshotTransfer() {
                @Override
                public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
                    if (refuseOffers != null) {
                        return CompletableFuture.failedFuture(refuseOffers);
                    } else if (resumeId != null && !resumeId.equals(id)) {
                        return CompletableFuture.failedFuture(refusal(Reason.GONE, 0));
                    }
                    CRC32C checksum = new CRC32C();
                    checksum.update(content());
                    return CompletableFuture.completedFuture(
                            new SnapshotOffer(id, index, content().length, (int) checksum.getValue()));
                }

                @Override
                public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
                    if (!snapshotId.equals(id) || ++chunks > goneAfterChunks) {
                        goneAfterChunks = Integer.MAX_VALUE;
                        id = "second";
                        return CompletableFuture.failedFuture(refusal(Reason.GONE, 0));
                    }
                    byte[] bytes = new byte[length];
                    System.arraycopy(content(), (int) offset, bytes, 0, length);
                    return CompletableFuture.completedFuture(bytes);
                }

                @Override
                public void close() {}
            };
        }
    }

    private static SnapshotRefusedException refusal(Reason reason, long retryAfterMillis) {
        return new SnapshotRefusedException(reason, "a test", retryAfterMillis);
    }

    @Test
    void theFirstSourceThatGivesIsTaken() {
        client.services.put("b:1", new Giving());
        assertEquals("b", run(fetch(world, 10)).sourceNode());
        assertEquals(List.of("a:1", "b:1"), client.connects);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BUSY", "NOT_SERVING", "NO_SPACE", "FAILED", "BEHIND"})
    void whoRefusesIsPassedOver(String reason) {
        Giving refusing = new Giving();
        refusing.refuseOffers = refusal(Reason.valueOf(reason), 0);
        client.services.put("a:1", refusing);
        client.services.put("b:1", new Giving());
        assertEquals("b", run(fetch(world, 0)).sourceNode());
    }

    @Test
    void aSnapshotThatIsTooOldIsNotTaken() {
        Giving old = new Giving();
        old.index = 9;
        client.services.put("a:1", old);
        client.services.put("b:1", new Giving());
        assertEquals("b", run(fetch(world, 10)).sourceNode());
        assertEquals(List.of("b"), sink.begun);
    }

    @Test
    void whenAllHaveRefusedThereIsAPauseThatGrowsToABound() {
        Giving busy = new Giving();
        busy.refuseOffers = refusal(Reason.BUSY, 0);
        client.services.put("a:1", busy);
        sources = List.of(source("a"));
        CompletableFuture<Fetched> result = fetch(world, 0).start();
        world.run(60_000);
        assertTrue(client.connects.size() >= 13 && client.connects.size() <= 18, client.connects.size() + " attempts");
        busy.refuseOffers = null;
        world.runUntil("a snapshot", 6_000, result::isDone);
        assertTrue(sink.isWhole());
    }

    @Test
    void whoIsBusyIsAskedAgainWhenItSays() {
        Giving busy = new Giving();
        busy.refuseOffers = refusal(Reason.BUSY, 3_000);
        client.services.put("a:1", busy);
        fetch(world, 0).start();
        world.run(2_900);
        assertEquals(1, client.connects.stream().filter("a:1"::equals).count());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aBrokenConnectionIsMadeAgainAndTheTransferGoesOn(long seed) {
        SimulatedWorld seeded = new SimulatedWorld(seed);
        client = client(seeded);
        client.cutOneIn = 6;
        client.services.put("a:1", new Giving());
        CompletableFuture<Fetched> result = fetch(seeded, 0).start();
        seeded.runUntil("a snapshot", 120_000, result::isDone);
        assertTrue(sink.isWhole());
        assertEquals(List.of("a"), sink.begun, "begun once");
        assertEquals(client.connects.size() - 1, client.resumed.size());
        long lost = (long) client.resumed.size() * SETTINGS.window() * SETTINGS.chunkBytes();
        assertTrue(client.bytesServed <= 123_456 + lost, client.bytesServed + " bytes, and " + lost + " may be lost");
    }

    @Test
    void aSnapshotThatIsGoneInTheMiddleIsReplacedByANewOne() {
        Giving forgetful = new Giving();
        forgetful.goneAfterChunks = 7;
        client.services.put("a:1", forgetful);
        assertEquals("second", run(fetch(world, 0)).offer().id());
        assertEquals(List.of("a", "a"), sink.begun);
    }

    @Test
    void whoGoesAwayInTheMiddleIsReplacedByAnother() {
        Giving leaving = new Giving();
        client.services.put("a:1", leaving);
        client.services.put("b:1", new Giving());
        SnapshotFetch fetch = fetch(world, 0);
        CompletableFuture<Fetched> result = fetch.start();
        world.runUntil("some", 10_000, () -> sink.bytes().length > 50_000);
        client.services.remove("a:1");
        client.cutOneIn = 1;
        world.runUntil("the connection is broken", 10_000, () -> client.open == 0);
        client.cutOneIn = 0;
        world.runUntil("a snapshot", 30_000, result::isDone);
        assertEquals("b", result.join().sourceNode());
        assertTrue(sink.isWhole());
    }

    @Test
    void whatTheSinkThrowsEndsTheFetch() {
        client.services.put("a:1", new Giving());
        IllegalStateException full = new IllegalStateException("the disk is full");
        SnapshotFetch fetch = new SnapshotFetch(
                world.lane("fetch"),
                world.environment("me").clock(),
                client,
                () -> sources,
                (node, offer) -> new SnapshotFetch.Sink() {
                    @Override
                    public long received() {
                        return 0;
                    }

                    @Override
                    public void write(long offset, byte[] bytes) {
                        throw full;
                    }
                },
                0,
                SETTINGS);
        CompletableFuture<Fetched> result = fetch.start();
        world.runUntil("the end", 10_000, result::isDone);
        assertSame(full, assertThrows(CompletionException.class, result::join).getCause());
        assertEquals(0, client.open);
    }

    @Test
    void closingEndsItAndLeavesTheSinkAlone() {
        client.services.put("a:1", new Giving());
        SnapshotFetch fetch = fetch(world, 0);
        CompletableFuture<Fetched> result = fetch.start();
        world.runUntil("some", 10_000, () -> sink.bytes().length > 50_000);
        fetch.close();
        fetch.close();
        world.runUntil("the end", 1_000, result::isDone);
        int received = sink.bytes().length;
        assertTrue(result.isCompletedExceptionally());
        assertEquals(0, client.open);
        world.run(30_000);
        assertEquals(received, sink.bytes().length);
        assertEquals(1, client.connects.size());

        SnapshotFetch pausing = fetch(world, 0);
        client.services.clear();
        CompletableFuture<Fetched> nothing = pausing.start();
        world.run(10_000);
        pausing.close();
        world.runUntil("the end", 1_000, nothing::isDone);
        int connects = client.connects.size();
        world.run(30_000);
        assertEquals(connects, client.connects.size());
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void aRealFileIsFetchedWhileItIsWrittenWhateverBreaks(long seed, @TempDir Path directory) {
        SimulatedWorld seeded = new SimulatedWorld(seed);
        client = client(seeded);
        client.cutOneIn = 40;
        List<SnapshotGiver> givers = new ArrayList<>();
        try (GivingFile file = new GivingFile(directory.resolve("db"), 1)) {
            long first = file.index();
            for (Source each : sources) {
                SnapshotGiver giver = new SnapshotGiver(
                        file.path,
                        file.mainFile,
                        SnapshotSettings.defaults(),
                        seeded.environment(each.node()),
                        () -> null);
                givers.add(giver);
                client.services.put(each.address(), giver);
            }
            CompletableFuture<Fetched> result = fetch(seeded, first).start();
            while (!result.isDone()) {
                file.write();
                seeded.run(50);
            }
            assertTrue(sink.isWhole(), "seed " + seed);
            assertTrue(result.join().offer().index() >= first);
            for (SnapshotGiver giver : givers) {
                CompletableFuture<Void> stopped = giver.stop();
                seeded.runUntil("the end", 1_000, stopped::isDone);
            }
            assertFalse(file.filesBeside().size() > 0);
        }
    }
}
