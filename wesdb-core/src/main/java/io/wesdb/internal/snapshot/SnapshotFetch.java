package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one snapshot from whichever node gives one, and does not give up until it is closed (I9). It asks the sources in
 * turn; who has begun to give is asked again after a broken connection, and goes on where it was broken off; who refuses or
 * cannot be reached is passed over; when all have been asked there is a pause. What has been received is kept until
 * another snapshot is begun.
 *
 * <p>A state machine owned by its lane: everything happens there, writing to the sink included, so it should be one that may
 * wait for a disk. {@link #start}, {@link #close} and {@link #progress} may be called from any thread. Used once.
 */
public final class SnapshotFetch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFetch.class);

    /** Who may have a snapshot. */
    public record Source(String node, String address) {}

    /** What the sink has now, whole, and whose it is; not verified beyond each chunk. */
    public record Fetched(SnapshotOffer offer, String sourceNode) {}

    /** @param source the node that gives it */
    public record Progress(String source, long index, long receivedBytes, long totalBytes) {}

    /** Where the bytes go; called on the lane. What it throws ends the fetch. */
    public interface Sink {
        /** How many bytes from the beginning are here. */
        long received();

        /** Always at {@link #received}. */
        void write(long offset, byte[] bytes);
    }

    /** Called on the lane. What it throws ends the fetch. */
    public interface SinkFactory {
        /** A sink for this snapshot; the one before, if any, is not used any more. */
        Sink open(String sourceNode, SnapshotOffer offer);
    }

    private record Partial(Source source, SnapshotOffer offer, Sink sink) {}

    private record Piece(long offset, int length, CompletableFuture<byte[]> bytes) {}

    private final Lane lane;
    private final SnapshotClient client;
    private final Supplier<List<Source>> sources;
    private final SinkFactory sinks;
    private final long minIndex;
    private final FetchSettings settings;
    private final FetchProgress progress;
    private final CompletableFuture<Fetched> result = new CompletableFuture<>();

    private final Deque<Source> toAsk = new ArrayDeque<>();
    private final Deque<Piece> window = new ArrayDeque<>();
    private @Nullable Source current;
    private @Nullable SnapshotTransfer transfer;
    private @Nullable Partial partial;
    private Lane.@Nullable Timer pause;
    /** Counts connections, so that what an earlier one still brings is not mistaken for the present one's. */
    private int attempt;

    private int failuresInARow;
    private long pauseMillis;
    private long askedToWaitMillis;
    private boolean started;

    /**
     * @param sources who may be asked, best first; called on the lane before each round
     * @param minIndex of no use is a snapshot that is older
     */
    public SnapshotFetch(
            Lane lane,
            Clock clock,
            SnapshotClient client,
            Supplier<List<Source>> sources,
            SinkFactory sinks,
            long minIndex,
            FetchSettings settings) {
        this.lane = lane;
        this.client = client;
        this.sources = sources;
        this.sinks = sinks;
        this.minIndex = minIndex;
        this.settings = settings;
        this.progress = new FetchProgress(clock);
        this.pauseMillis = settings.firstPauseMillis();
    }

    /**
     * Begins. The future completes on the lane: exceptionally with what the sink threw, or cancelled after {@link #close};
     * from then on the sink is left alone.
     */
    public CompletableFuture<Fetched> start() {
        lane.execute(() -> {
            if (!started) {
                started = true;
                guarded(this::nextRound);
            }
        });
        return result.copy();
    }

    /** Null before anything is fetched. */
    public @Nullable Progress progress() {
        return progress.latest();
    }

    /** Idempotent; the sink may be used until the result is complete. */
    @Override
    public void close() {
        lane.execute(() -> {
            started = true;
            if (!result.isDone()) {
                result.cancel(false);
                disconnect();
            }
        });
    }

    private void nextRound() {
        List<Source> round = new ArrayList<>(sources.get());
        Partial begun = partial;
        if (begun != null) {
            // Going on is better than beginning anew with a better source.
            round.stream()
                    .filter(source -> source.node().equals(begun.source().node()))
                    .findFirst()
                    .ifPresent(toAsk::add);
            round.removeAll(toAsk);
        }
        toAsk.addAll(round);
        askedToWaitMillis = 0;
        nextSource();
    }

    private void nextSource() {
        current = toAsk.poll();
        failuresInARow = 0;
        if (current != null) {
            connect(current);
            return;
        }
        long wait = Math.min(Math.max(pauseMillis, askedToWaitMillis), settings.maxPauseMillis());
        pauseMillis = Math.min(pauseMillis * 2, settings.maxPauseMillis());
        LOG.info("no node gives a snapshot of at least index {}, asking again in {} ms", minIndex, wait);
        after(wait, this::nextRound);
    }

    private void after(long millis, Runnable next) {
        pause = lane.schedule(millis, () -> {
            if (!result.isDone()) {
                guarded(next);
            }
        });
    }

    /** What the sink or the sources throw ends the fetch. */
    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            disconnect();
            result.completeExceptionally(e);
        }
    }

    private void connect(Source source) {
        int mine = ++attempt;
        client.connect(source.address())
                .whenComplete((made, failure) -> lane.execute(() -> {
                    if (mine != attempt || result.isDone()) {
                        if (made != null) {
                            made.close();
                        }
                    } else if (made == null) {
                        failed(source, failure);
                    } else {
                        transfer = made;
                        askOffer(source, made);
                    }
                }));
    }

    private void askOffer(Source source, SnapshotTransfer from) {
        Partial begun = partialOf(source);
        from.offer(minIndex, begun == null ? null : begun.offer().id())
                .whenComplete(onLane(source, offer -> offered(source, from, offer)));
    }

    private @Nullable Partial partialOf(Source source) {
        return partial != null && partial.source().node().equals(source.node()) ? partial : null;
    }

    /** An answer to the present connection; what its handling throws is the sink's. */
    private <T> BiConsumer<T, Throwable> onLane(Source source, Consumer<T> handle) {
        int mine = attempt;
        return (answer, failure) -> lane.execute(() -> {
            if (mine != attempt || result.isDone()) {
                return;
            }
            guarded(() -> {
                if (failure != null) {
                    failed(source, failure);
                } else {
                    handle.accept(answer);
                }
            });
        });
    }

    private void offered(Source source, SnapshotTransfer from, SnapshotOffer offer) {
        Partial begun = partialOf(source);
        if (begun == null || !begun.offer().equals(offer)) {
            if (offer.index() < minIndex) {
                failed(source, new IllegalStateException("the snapshot offered is older than asked for"));
                return;
            }
            begun = new Partial(source, offer, sinks.open(source.node(), offer));
            partial = begun;
        }
        progress.begun(source.node(), offer, begun.sink().received());
        pump(begun, from);
    }

    /** Writes what has come, in order, and asks for more. */
    private void pump(Partial into, SnapshotTransfer from) {
        Sink sink = into.sink();
        SnapshotOffer offer = into.offer();
        while (!window.isEmpty() && window.element().bytes().isDone()) {
            if (window.element().bytes().isCompletedExceptionally()) {
                return; // its own callback is on its way
            }
            Piece piece = window.remove();
            byte[] bytes = piece.bytes().join();
            if (bytes.length != piece.length()) {
                failed(into.source(), new IllegalStateException("a chunk has another length than asked for"));
                return;
            }
            sink.write(piece.offset(), bytes);
            failuresInARow = 0;
            pauseMillis = settings.firstPauseMillis();
            progress.received(into.source().node(), offer, piece.offset() + piece.length());
        }
        long end = window.isEmpty()
                ? sink.received()
                : window.getLast().offset() + window.getLast().length();
        while (window.size() < settings.window() && end < offer.lengthBytes()) {
            int length = (int) Math.min(settings.chunkBytes(), offer.lengthBytes() - end);
            Piece piece = new Piece(end, length, from.chunk(offer.id(), end, length));
            window.add(piece);
            piece.bytes().whenComplete(onLane(into.source(), bytes -> pump(into, from)));
            end += length;
        }
        if (window.isEmpty()) {
            progress.finished(into.source().node(), offer);
            disconnect();
            result.complete(new Fetched(offer, into.source().node()));
        }
    }

    private void disconnect() {
        attempt++;
        window.clear();
        if (transfer != null) {
            transfer.close();
            transfer = null;
        }
        if (pause != null) {
            pause.cancel();
            pause = null;
        }
    }

    private void failed(Source source, Throwable failure) {
        disconnect();
        Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                ? wrapped.getCause()
                : failure;
        LOG.info("no snapshot from {} at {}: {}", source.node(), source.address(), cause.toString());
        if (cause instanceof SnapshotRefusedException refused) {
            askedToWaitMillis = Math.max(askedToWaitMillis, refused.retryAfterMillis());
            if (refused.reason() != SnapshotRefusedException.Reason.GONE) {
                nextSource();
                return;
            }
            partial = null;
        } else if (partialOf(source) == null) {
            nextSource();
            return;
        }
        if (failuresInARow++ < settings.maxRetries()) {
            long wait = Math.min(settings.firstPauseMillis() << (failuresInARow - 1), settings.maxPauseMillis());
            after(wait, () -> connect(source));
        } else {
            nextSource();
        }
    }
}
