package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection over which a snapshot is taken, the client's side. Made once: when it breaks, everything under way fails and
 * it is of no use any more; also when an answer takes too long, for then what is behind it would too. Thread safe; its
 * fields are the event loop's.
 */
final class PeerSnapshotConnection implements SnapshotTransfer, PeerHandshake.Listener {
    private final String address;
    private final PeerConnector connector;
    private final PeerSettings settings;
    private final EventLoop loop;
    private final Consumer<PeerSnapshotConnection> ended;
    private final CompletableFuture<SnapshotTransfer> connected = new CompletableFuture<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final Map<Long, Pending<?>> pending = new HashMap<>();
    private @Nullable Channel channel;
    private @Nullable IOException broken;
    private long nextId = 1;

    private record Pending<T>(Class<T> type, CompletableFuture<T> answer, int length, Future<?> timeout) {}

    /** @param ended told once, when it has come to its end */
    PeerSnapshotConnection(
            String address,
            PeerConnector connector,
            PeerSettings settings,
            EventLoop loop,
            Consumer<PeerSnapshotConnection> ended) {
        this.address = address;
        this.connector = connector;
        this.settings = settings;
        this.loop = loop;
        this.ended = ended;
    }

    CompletableFuture<SnapshotTransfer> connect() {
        run(() -> connector.resolve(address, loop, this::connect, this::breakOff));
        return connected;
    }

    private void connect(InetSocketAddress resolved) {
        if (broken == null) {
            Channel connecting = connector.connect(resolved, address, loop, this);
            channel = connecting;
            connecting.closeFuture().addListener(gone -> breakOff("the connection to " + address + " ended"));
        }
    }

    @Override
    public void ready() {
        connected.complete(this);
    }

    @Override
    public void writable() {
        // Requests are small and few; nothing waits for this.
    }

    @Override
    public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
        return ask(
                SnapshotOffer.class,
                0,
                settings.offerTimeout(),
                (to, id) -> Frame.offerRequest(to.alloc(), new Frame.OfferRequest(id, minIndex, resumeId)));
    }

    @Override
    public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
        return ask(
                byte[].class,
                length,
                settings.chunkTimeout(),
                (to, id) -> Frame.chunkRequest(to.alloc(), new Frame.ChunkRequest(id, snapshotId, offset, length)));
    }

    private <T> CompletableFuture<T> ask(
            Class<T> type, int length, Duration timeout, BiFunction<Channel, Long, ByteBuf> request) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                Channel to = channel;
                if (broken != null || to == null) {
                    answer.completeExceptionally(broken != null ? broken : new IOException("not connected"));
                    return;
                }
                long id = nextId++;
                Future<?> timer = loop.schedule(
                        () -> breakOff(address + " has not answered within " + timeout),
                        timeout.toNanos(),
                        TimeUnit.NANOSECONDS);
                pending.put(id, new Pending<>(type, answer, length, timer));
                to.writeAndFlush(request.apply(to, id), to.voidPromise());
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new IOException("this node is closing", e));
        }
        return answer;
    }

    @Override
    public boolean received(Frame frame) {
        if (frame instanceof Frame.Offer offer) {
            return answer(offer.id(), 0, offer.offer());
        } else if (frame instanceof Frame.Chunk chunk) {
            return chunk.isSound() && answer(chunk.id(), chunk.bytes().length, chunk.bytes());
        } else if (frame instanceof Frame.Refusal refusal) {
            Pending<?> asked = pending.remove(refusal.id());
            if (asked != null) {
                asked.timeout().cancel(false);
                asked.answer().completeExceptionally(refusal.why());
            }
            return asked != null;
        }
        return false;
    }

    /** False if nobody asked for such a thing. */
    private <T> boolean answer(long id, int length, T value) {
        Pending<?> asked = pending.remove(id);
        if (asked == null) {
            return false;
        }
        asked.timeout().cancel(false);
        if (asked.length() != length || !asked.type().isInstance(value)) {
            asked.answer().completeExceptionally(new IOException(address + " gives what it was not asked for"));
            return false;
        }
        complete(asked, value);
        return true;
    }

    private static <T> void complete(Pending<T> asked, Object value) {
        asked.answer().complete(asked.type().cast(value));
    }

    private void breakOff(String why) {
        if (broken != null) {
            return;
        }
        IOException failure = new IOException(why);
        broken = failure;
        if (channel != null) {
            channel.close();
        }
        List<Pending<?>> unanswered = new ArrayList<>(pending.values());
        pending.clear();
        unanswered.forEach(asked -> asked.timeout().cancel(false));
        connected.completeExceptionally(failure);
        unanswered.forEach(asked -> asked.answer().completeExceptionally(failure));
        ended.accept(this);
        end.countDown();
    }

    private void run(Runnable work) {
        try {
            loop.execute(work);
        } catch (RejectedExecutionException e) {
            breakOff("this node is closing"); // the event loop has ended, so nobody else is here
        }
    }

    @Override
    public void close() {
        run(() -> breakOff("closed"));
    }

    void awaitEnd(long time, TimeUnit unit) {
        if (loop.inEventLoop()) {
            return;
        }
        try {
            end.await(time, unit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
