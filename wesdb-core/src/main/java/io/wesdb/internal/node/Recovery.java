package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import io.wesdb.Role;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.snapshot.FetchSettings;
import io.wesdb.internal.snapshot.IncomingSnapshot;
import io.wesdb.internal.snapshot.OldFile;
import io.wesdb.internal.snapshot.ReplicaFiles;
import io.wesdb.internal.snapshot.SnapshotFetch;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotRejectedException;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaInspector;
import io.wesdb.internal.sqlite.ReplicaPosition;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.sqlite.ReplicaVerdict;
import io.wesdb.internal.sqlite.StorageException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this node comes by a file from which the log can be followed (I9): looks at the one it has; opens it if it is sound
 * and the log still reaches back to it; otherwise sets it aside and begins anew, from the log if that is whole, else from
 * a snapshot of another member. No person is needed, except where a guess could lose what was acknowledged.
 *
 * <pre>
 * open ─► inspect ─► sound ──────► compare with the log ─► open the file ─► {@link Listener#opened}
 *                 ├► absent ─────► log whole? open a new one : fetch ─► verify ─► install ─► open
 *                 ├► damaged, of another lineage, forked ─► set aside ─► open
 *                 ├► cannot be used now ─► wait ─► open
 *                 └► another's, of another format, ahead of the log ─► {@link Listener#hopeless}
 * </pre>
 *
 * <p>Owned by the replicator lane; what touches files runs on a lane of its own.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final long LOG_RETRY_MILLIS = 200;
    private static final long PROGRESS_MILLIS = 250;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 15_000;

    /** Each costs as much of the disk as the database has (I12). */
    private static final int MAX_SET_ASIDE = 3;

    private static final long SET_ASIDE_NANOS = TimeUnit.HOURS.toNanos(1);

    /** Called on the replicator lane. */
    interface Listener {
        /** The file is open; it belongs to the listener now. */
        void opened(Replica replica);

        /** Another file, a snapshot of {@code index}, is in place. */
        void installed(long index);

        /** {@link #progress} has changed. */
        void progressed();

        /** A person must decide. */
        void hopeless(String why);
    }

    enum Phase {
        OPENING,
        WAITING,
        FETCHING,
        INSTALLING,
        CATCHING_UP
    }

    private final Lane lane;
    private final Lane fileLane;
    private final ReplicatorParts parts;
    private final ReplicatedLog log;
    private final ReplicaFiles files;
    private final List<FileUser> fileUsers;
    private final Listener listener;

    private Phase phase = Phase.OPENING;
    private @Nullable String reason;
    private Set<String> healthy = Set.of();
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private final Deque<Long> setAsides = new ArrayDeque<>();
    private @Nullable SnapshotFetch fetch;
    private volatile boolean closing;

    /** Owned by the file lane. */
    private @Nullable IncomingSnapshot incoming;

    /** @param fileUsers all who, besides the applier, may have the database open */
    Recovery(Lane lane, ReplicatorParts parts, List<FileUser> fileUsers, Listener listener) {
        this.fileUsers = List.copyOf(fileUsers);
        this.lane = lane;
        this.parts = parts;
        this.listener = listener;
        this.log = parts.cluster().log();
        this.files = parts.files();
        this.fileLane = parts.env().newLane("recovery");
    }

    /** What is being done, for status. */
    NodeStatus.Recovery progress() {
        SnapshotFetch.Progress fetched = fetch == null ? null : fetch.progress();
        return fetched == null
                ? new NodeStatus.Recovery(name(phase), null, 0, 0, 0, reason)
                : new NodeStatus.Recovery(
                        name(phase),
                        fetched.source(),
                        fetched.index(),
                        fetched.receivedBytes(),
                        fetched.totalBytes(),
                        reason);
    }

    private static String name(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    /** The index from which this node will follow the log when the snapshot it fetches is in place; 0 if none is known. */
    long expectedIndex() {
        SnapshotFetch.Progress fetched = fetch == null ? null : fetch.progress();
        return fetched == null ? 0 : fetched.index();
    }

    /** The node serves: what was wrong is over. */
    void arrived() {
        healthy = Set.of();
        reason = null;
        pauseMillis = FIRST_PAUSE_MILLIS;
    }

    /** Opens the file, or comes by one. */
    void open() {
        enter(Phase.OPENING);
        onFiles(
                () -> {
                    files.recover();
                    return ReplicaInspector.inspect(
                            files.database(),
                            parts.replicaSettings().clusterId(),
                            parts.replicaSettings().lineage());
                },
                this::inspected);
    }

    /** Opens the file again after a pause, which grows until the node serves. */
    void retryLater(String why) {
        reason = why;
        enter(Phase.WAITING);
        LOG.warn("{} tries again in {} ms: {}", parts.node(), pauseMillis, why);
        lane.schedule(pauseMillis, () -> {
            if (!closing) {
                open();
            }
        });
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
    }

    /** Puts another file in the place of this node's, which is closed. */
    void replace(Replacement replacement) {
        reason = replacement.why();
        healthy = replacement.healthy();
        enter(Phase.OPENING);
        String asideFor = replacement.asideFor();
        if (asideFor == null) {
            letGo(this::compareAndFetch);
        } else if (replacement.proven()) {
            setAside(asideFor, replacement.why());
        } else {
            letGo(() -> onFiles(this::integrityProblem, problem -> prove(asideFor, replacement.why(), problem)));
        }
    }

    private String integrityProblem() {
        String problem = ReplicaInspector.integrityProblem(files.database(), () -> closing);
        return problem == null ? "" : problem;
    }

    private void prove(String asideFor, String why, String problem) {
        if (problem.isEmpty()) {
            listener.hopeless(why + ". But the file passes SQLite's integrity check, so it was not replaced");
        } else {
            setAside(asideFor, why + ": " + problem);
        }
    }

    private void setAside(String asideFor, String why) {
        reason = why;
        long now = parts.env().clock().nanos();
        setAsides.removeIf(at -> now - at > SET_ASIDE_NANOS);
        if (setAsides.size() >= MAX_SET_ASIDE) {
            listener.hopeless(why + ". It would be the " + (MAX_SET_ASIDE + 1)
                    + "th file within an hour to be set aside: what is wrong is not the file");
            return;
        }
        setAsides.add(now);
        letGo(() -> onFiles(() -> files.setAside(asideFor), aside -> {
            LOG.warn("{}: {}; the file was set aside in {}", parts.node(), why, aside);
            open();
        }));
    }

    /** Everything that has the file open lets go of it first: a closing connection would delete the new file's -wal. */
    private void letGo(Runnable then) {
        CompletableFuture<?>[] released =
                fileUsers.stream().map(FileUser::suspend).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(released)
                .whenComplete((done, failure) -> lane.execute(() -> {
                    if (closing) {
                        return;
                    } else if (failure != null) {
                        listener.hopeless("the file cannot be let go of: " + failure);
                    } else {
                        then.run();
                    }
                }));
    }

    private void inspected(ReplicaVerdict verdict) {
        if (verdict instanceof ReplicaVerdict.Absent) {
            compare(ReplicaPosition.START);
        } else if (verdict instanceof ReplicaVerdict.Sound sound) {
            compare(sound.position());
        } else if (verdict instanceof ReplicaVerdict.Damaged) {
            setAside("damaged", verdict.message(files.database()));
        } else if (verdict instanceof ReplicaVerdict.OtherLineage) {
            setAside("other-lineage", verdict.message(files.database()));
        } else if (verdict instanceof ReplicaVerdict.Unusable) {
            retryLater(verdict.message(files.database()));
        } else {
            listener.hopeless(verdict.message(files.database()));
        }
    }

    private record Extent(long first, long head) {}

    private void withExtent(Consumer<Extent> then) {
        log.first()
                .thenCombine(log.head(), (first, head) -> new Extent(first, head.index()))
                .whenComplete((extent, failure) -> lane.execute(() -> {
                    if (closing) {
                        return;
                    } else if (failure != null) {
                        LOG.debug("the log's extent cannot be read, trying again", failure);
                        lane.schedule(LOG_RETRY_MILLIS, () -> withExtent(then));
                    } else {
                        then.accept(extent);
                    }
                }));
    }

    private void compare(ReplicaPosition position) {
        withExtent(extent -> {
            long applied = position.applied();
            if (applied > extent.head()) {
                listener.hopeless("this node's file is ahead of the log: it has applied " + applied
                        + ", the log ends at " + extent.head()
                        + ". ZooKeeper was probably restored from an old state, and what the log lacks may be"
                        + " acknowledged writes. Nothing was changed: see 'ahead of the log' in the README");
            } else if (applied == 0 && !healthy.isEmpty()) {
                fetch(extent.first()); // what the log gave once led astray
            } else if (applied + 1 < extent.first()) {
                reason = applied == 0
                        ? "its file is new, and the log begins at " + extent.first()
                        : "it was away too long: it has applied " + applied + ", the log begins at " + extent.first();
                letGo(() -> fetch(extent.first()));
            } else if (applied < extent.first()) {
                openFile();
            } else {
                compareHistory(position);
            }
        });
    }

    /** The log may have been restored from an old state and grown past this file's end with another history. */
    private void compareHistory(ReplicaPosition position) {
        log.read(position.applied())
                .whenComplete((bytes, failure) -> lane.execute(() -> {
                    if (closing) {
                        return;
                    } else if (failure != null && isMissing(failure)) {
                        openFile();
                    } else if (failure != null) {
                        lane.schedule(LOG_RETRY_MILLIS, () -> compareHistory(position));
                    } else if (isOf(position, bytes)) {
                        openFile();
                    } else {
                        setAside(
                                "forked",
                                "entry " + position.applied() + " in the log is not the one that this node's file"
                                        + " has applied");
                    }
                }));
    }

    private static boolean isMissing(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof EntryMissingException;
    }

    private static boolean isOf(ReplicaPosition position, byte[] bytes) {
        try {
            Entry entry = EntryCodec.decode(bytes, position.applied());
            return entry.epoch() == position.epoch() && entry.logBytes() == position.logBytes();
        } catch (CorruptEntryException e) {
            return true; // this node has applied it, so it needs it no more
        }
    }

    private void openFile() {
        onFiles(() -> parts.openReplica().apply(parts.replicaSettings()), replica -> {
            fetch = null;
            enter(Phase.CATCHING_UP);
            fileUsers.forEach(FileUser::resume);
            listener.opened(replica);
        });
    }

    private void compareAndFetch() {
        withExtent(extent -> fetch(extent.first()));
    }

    private void fetch(long first) {
        enter(Phase.FETCHING);
        SnapshotFetch fetching = new SnapshotFetch(
                fileLane,
                parts.env().clock(),
                parts.snapshots(),
                this::sources,
                this::sink,
                first - 1,
                FetchSettings.defaults());
        fetch = fetching;
        watch(fetching);
        fetching.start()
                .whenComplete((fetched, failure) -> lane.execute(() -> ifOpen(() -> {
                    if (failure == null) {
                        install();
                    } else {
                        retryLater("no snapshot could be fetched: " + failure.getMessage());
                    }
                })));
    }

    private void watch(SnapshotFetch watched) {
        if (fetch == watched && phase == Phase.FETCHING && !closing) {
            listener.progressed();
            lane.schedule(PROGRESS_MILLIS, () -> watch(watched));
        }
    }

    /** Followers before the leader, which has its own work. */
    private List<SnapshotFetch.Source> sources() {
        return parts.cluster().membership().members().stream()
                .filter(member -> !member.node().equals(parts.node()))
                .filter(member -> StatusReport.serves(member.role()))
                .filter(member -> healthy.isEmpty() || healthy.contains(member.node()))
                .sorted(Comparator.comparing((Member member) -> member.role() == Role.LEADER))
                .map(member -> new SnapshotFetch.Source(member.node(), member.address()))
                .toList();
    }

    private SnapshotFetch.Sink sink(String source, SnapshotOffer offer) {
        IncomingSnapshot before = incoming;
        if (before != null) {
            before.close();
        }
        IncomingSnapshot opened = IncomingSnapshot.open(files, source, offer);
        incoming = opened;
        return new SnapshotFetch.Sink() {
            @Override
            public long received() {
                return opened.received();
            }

            @Override
            public void write(long offset, byte[] bytes) {
                opened.write(offset, bytes);
            }
        };
    }

    private void install() {
        enter(Phase.INSTALLING);
        onFiles(
                () -> {
                    IncomingSnapshot received = incoming;
                    incoming = null;
                    if (received == null) {
                        throw new IllegalStateException("no snapshot was received");
                    }
                    ReplicaSettings settings = parts.replicaSettings();
                    received.verify(settings.clusterId(), settings.lineage(), () -> closing);
                    files.install(OldFile.DELETE, "replaced");
                    return received.offer();
                },
                offer -> {
                    LOG.info("{} has installed a snapshot of index {}", parts.node(), offer.index());
                    listener.installed(offer.index());
                    open();
                });
    }

    private void enter(Phase next) {
        phase = next;
        listener.progressed();
    }

    private <T> void onFiles(Supplier<T> work, Consumer<T> then) {
        fileLane.execute(() -> {
            T result;
            try {
                result = work.get();
            } catch (StorageException e) {
                lane.execute(() -> failed(e));
                return;
            } catch (SnapshotRejectedException e) {
                lane.execute(() -> ifOpen(() -> retryLater(String.valueOf(e.getMessage()))));
                return;
            } catch (CancellationException e) {
                return; // closing
            } catch (RuntimeException | Error e) {
                LOG.error("{}: unexpected failure while recovering", parts.node(), e);
                lane.execute(() -> ifOpen(() -> listener.hopeless(String.valueOf(e))));
                return;
            }
            lane.execute(() -> {
                if (!closing) {
                    then.accept(result);
                } else if (result instanceof Replica replica) {
                    fileLane.execute(replica::close);
                }
            });
        });
    }

    private void failed(StorageException failure) {
        ifOpen(() -> {
            String why = String.valueOf(failure.getMessage());
            switch (failure.kind()) {
                case RETRY -> retryLater(why);
                case DAMAGED -> setAside("damaged", why);
                default -> listener.hopeless(why);
            }
        });
    }

    private void ifOpen(Runnable work) {
        if (!closing) {
            work.run();
        }
    }

    /** Completes when nothing of this touches the files any more. */
    CompletableFuture<Void> close() {
        closing = true;
        if (fetch != null) {
            fetch.close();
        }
        CompletableFuture<Void> closed = new CompletableFuture<>();
        fileLane.execute(() -> {
            if (incoming != null) {
                incoming.close();
            }
            // Once more: what ran here before may have handed a replica over, to be closed here.
            lane.execute(() -> fileLane.execute(() -> closed.complete(null)));
        });
        return closed;
    }
}
