package io.wesdb.internal.node;

import io.wesdb.VerificationResult;
import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.sqlite.ContentHash;
import io.wesdb.internal.sqlite.ContentSnapshot;
import io.wesdb.internal.sqlite.HashAbortedException;
import io.wesdb.internal.sqlite.StorageException;
import io.wesdb.internal.sqlite.VerifyCommand;
import io.wesdb.internal.verify.Jury;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.WriteGateway;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in finding out who has diverged (I10): has the leader put the command into the log that makes every
 * node hash its content, hashes this node's in the background, and takes both to the {@link Jury}.
 *
 * <p>Owned by the replicator lane, but for {@link #verify}, {@link #suspend} and {@link #resume}.
 */
final class Verification implements FileUser {
    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);

    /** How long the others' hashes are waited for, and how long hashing may hold back checkpoints. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** Called on the replicator lane. */
    interface Listener {
        /** This node's content is not that of {@code healthy}. */
        void diverged(String why, Set<String> healthy);

        /** {@link #dispute} is another. */
        void disputeChanged();
    }

    /** Told on the replicator lane that a file cannot be read to its end. */
    interface DamageListener {
        void damaged(StorageException damage);
    }

    private final Lane lane;
    private final Lane hashLane;
    private final Environment env;
    private final WriteGateway gateway;
    private final Duration interval;
    private final Listener listener;
    private final Reports reports;
    private final Jury jury;
    private volatile @Nullable ContentSnapshot hashing;
    private Lane.@Nullable Timer next;
    private boolean closed;

    Verification(
            Lane lane,
            ReplicatorParts parts,
            WriteGateway gateway,
            LongFunction<OptionalLong> digestAt,
            Listener listener) {
        this.lane = lane;
        this.env = parts.env();
        this.hashLane = env.newLane("verify");
        this.gateway = gateway;
        this.interval = parts.verifyInterval();
        this.listener = listener;
        this.reports = parts.cluster().reports();
        this.jury = new Jury(
                lane,
                env.clock(),
                reports,
                parts.cluster().membership()::members,
                parts.node(),
                digestAt,
                LIMIT,
                0,
                new FromJury());
    }

    /** Any thread; once. */
    void start() {
        jury.start();
    }

    /**
     * Has all nodes hash their contents and gives what comes of it. Any thread; fails as a write does.
     *
     * @param timeout how long the others are waited for
     */
    CompletableFuture<VerificationResult> verify(Duration timeout) {
        long deadlineNanos = env.clock().nanos() + timeout.toNanos();
        return gateway.submit(Caller.NODE, BatchCodec.encodeCommand(VerifyCommand.command()), false, deadlineNanos)
                .thenCompose(written -> jury.verification(written.index(), remaining(deadlineNanos)));
    }

    private Duration remaining(long deadlineNanos) {
        return Duration.ofNanos(Math.max(1_000_000, deadlineNanos - env.clock().nanos()));
    }

    /** A person's decision. Any thread. */
    CompletableFuture<Void> trust(String node, long head) {
        return jury.trust(node, head);
    }

    /** {@code node} belongs to the cluster no more: what it said is forgotten. Any thread. */
    void removed(String node) {
        reports.withdraw(node);
    }

    /** What a person must decide; null for nothing. Any thread. */
    @Nullable String dispute() {
        return jury.dispute();
    }

    /** This node leads: it has contents compared from time to time. */
    void lead() {
        if (!interval.isZero() && next == null) {
            next = lane.schedule(interval.toMillis(), this::verifyNow);
        }
    }

    /** This node does not lead any more. */
    void follow() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    private void verifyNow() {
        next = null;
        verify(LIMIT)
                .whenComplete((result, failure) ->
                        LOG.info("the regular verification: {}", failure == null ? result : failure.toString()));
        lead();
    }

    void applied(long index) {
        jury.applied(index);
    }

    /** The file is another one, which was a snapshot of {@code index}. */
    void replaced(long index) {
        jury.replaced(index);
    }

    void outcomesDiffer(long index, long own, long leaders) {
        jury.outcomesDiffer(index, own, leaders);
    }

    /** The log has come to a point at which contents are to be compared. */
    void contentSnapshot(ContentSnapshot snapshot, DamageListener damage) {
        if (closed || hashing != null) {
            LOG.info("the content at index {} is not hashed: another one is being hashed", snapshot.index());
            snapshot.close();
            return;
        }
        hashing = snapshot;
        hashLane.execute(() -> hash(snapshot, damage));
    }

    private void hash(ContentSnapshot snapshot, DamageListener damage) {
        long begun = env.clock().nanos();
        try (snapshot) {
            ContentHash hash = snapshot.hash(() -> false, env.clock(), begun + LIMIT.toNanos());
            LOG.info(
                    "the content at index {} was hashed in {} ms",
                    hash.index(),
                    (env.clock().nanos() - begun) / 1_000_000);
            lane.execute(() -> jury.contentHashed(
                    new io.wesdb.internal.verify.ContentHash(hash.index(), hash.total(), hash.tables())));
        } catch (HashAbortedException e) {
            if (e.reason() == HashAbortedException.Reason.LATE) {
                LOG.warn("the content is too large to be compared: {}", e.getMessage());
            } else {
                LOG.info("{}", e.getMessage());
            }
        } catch (StorageException e) {
            LOG.error("the content at index {} cannot be hashed", snapshot.index(), e);
            if (e.kind() == StorageException.Kind.DAMAGED) {
                lane.execute(() -> damage.damaged(e));
            }
        } catch (RuntimeException e) {
            LOG.error("the content at index {} cannot be hashed", snapshot.index(), e);
        } finally {
            hashing = null;
        }
    }

    @Override
    public CompletableFuture<Void> suspend() {
        ContentSnapshot open = hashing;
        if (open == null) {
            return CompletableFuture.completedFuture(null);
        }
        open.close();
        return open.closed();
    }

    @Override
    public void resume() {
        // A snapshot is opened when the log says so.
    }

    /** Completes when nothing is hashed any more. */
    CompletableFuture<Void> close() {
        closed = true;
        follow();
        jury.close();
        return suspend();
    }

    private final class FromJury implements Jury.Listener {
        @Override
        public void quarantine(String why, Set<String> healthyNodes) {
            listener.diverged(why, healthyNodes);
        }

        @Override
        public void disputed(String why) {
            listener.disputeChanged();
        }

        @Override
        public void settled() {
            listener.disputeChanged();
        }
    }
}
