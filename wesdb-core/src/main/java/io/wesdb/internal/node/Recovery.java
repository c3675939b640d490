package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import io.wesdb.Role;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.EntryDamagedException;
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
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
 * and the log still reaches back to it; otherwise begins anew, from the log if that is whole, else from a snapshot of
 * another member, and sets the old file aside. No person is needed, except where a guess could lose what was acknowledged.
 *
 * <pre>
 * open ─► inspect ─► sound ──────► compare with the log ─► open the file ─► {@link Listener#opened}
 *                 ├► absent ─────► log whole? open a new one : fetch ─► verify ─► install ─► open
 *                 ├► damaged, of another lineage, forked ─► log whole? set aside ─► open : fetch ─► verify ─► install
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

    private static final String FORKED = "forked";

    /** Called on the replicator lane. */
    interface Listener {
        /** The file is open; it belongs to the listener now. */
        void opened(Replica replica);

        /** The file is closed everywhere and will be replaced. */
        void letGo();

        /** The file is gone; in its place is a snapshot of {@code index}, or none (0). */
        void replaced(long index);

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
    private final Lane syncLane;
    private final ReplicatorParts parts;
    private final ReplicatedLog log;
    private final ReplicaFiles files;
    private final List<FileUser> fileUsers;
    private final Listener listener;

    private Phase phase = Phase.OPENING;
    private @Nullable String reason;
    private Set<String> healthy = Set.of();
    /** What is still to be done to the file, whatever goes wrong meanwhile. */
    private @Nullable Replacement pending;

    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private final Deque<Long> setAsides = new ArrayDeque<>();
    private @Nullable SnapshotFetch fetch;
    /** Whose snapshots were found unusable since a file was last installed: asked last. File lane. */
    private final Set<String> unusable = new HashSet<>();

    private Lane.@Nullable Timer timer;
    /** What becomes of the present file when a snapshot takes its place: null if it is sound and merely too old. */
    private @Nullable String asideFor;

    /** Counts beginnings, so that nothing of an earlier one goes on beside a later one: two would open the file twice. */
    private int attempt;

    private volatile boolean closing;

    /** Owned by the file lane. */
    private @Nullable IncomingSnapshot incoming;

    /**
     * @param syncLane where the disk is waited for
     * @param fileUsers all who, besides the applier, may have the database open
     */
    Recovery(Lane lane, Lane syncLane, ReplicatorParts parts, List<FileUser> fileUsers, Listener listener) {
        this.fileUsers = List.copyOf(fileUsers);
        this.lane = lane;
        this.parts = parts;
        this.listener = listener;
        this.log = parts.cluster().log();
        this.files = parts.files();
        this.fileLane = parts.env().newLane("recovery");
        this.syncLane = syncLane;
    }

    /** What is being done, for status. */
    NodeStatus.Recovery progress() {
        SnapshotFetch.Progress fetched = fetch == null ? null : fetch.progress();
        Phase shown = phase == Phase.FETCHING && fetched == null ? Phase.WAITING : phase; // for someone who gives one
        return fetched == null
                ? new NodeStatus.Recovery(name(shown), null, 0, 0, 0, reason)
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

    /** The node serves: what was wrong is over. */
    void arrived() {
        healthy = Set.of();
        reason = null;
        pauseMillis = FIRST_PAUSE_MILLIS;
    }

    private record Found(ReplicaFiles.Recovery finished, ReplicaVerdict verdict) {}

    /** Opens the file, or comes by one. */
    void open() {
        begin(Phase.OPENING);
        onFiles(
                () -> new Found(
                        files.recover(),
                        ReplicaInspector.inspect(
                                files.database(),
                                parts.replicaSettings().clusterId(),
                                parts.replicaSettings().lineage())),
                this::found);
    }

    private void found(Found found) {
        if (found.finished() != ReplicaFiles.Recovery.NOTHING) {
            pending = null; // what was begun before is done
            long index = found.verdict() instanceof ReplicaVerdict.Sound sound
                    ? sound.position().applied()
                    : 0;
            listener.replaced(index);
        }
        Replacement unfinished = pending;
        if (unfinished == null) {
            inspected(found.verdict());
        } else {
            carryOut(unfinished); // it failed half-way, and the file is still the one that must go
        }
    }

    /** Opens the file again after a pause, which grows until the node serves. */
    void retryLater(String why) {
        reason = why;
        begin(Phase.WAITING);
        LOG.warn("{} tries again in {} ms: {}", parts.node(), pauseMillis, why);
        timer = lane.schedule(pauseMillis, current(this::open));
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, 2 * pauseMillis);
    }

    /** Puts another file in the place of this node's, which is closed. */
    void replace(Replacement replacement) {
        reason = replacement.why();
        if (!replacement.healthy().isEmpty()) {
            healthy = replacement.healthy(); // what a majority has said stays true, whatever happens to the file next
        }
        pending = replacement;
        begin(Phase.OPENING);
        carryOut(replacement);
    }

    private void carryOut(Replacement replacement) {
        String aside = replacement.asideFor();
        if (aside == null) {
            letGo(() -> withExtent(extent -> fetch(extent.first(), null)));
        } else if (replacement.proven()) {
            discard(aside, replacement.why());
        } else {
            letGo(() -> onFiles(this::integrityProblem, problem -> prove(aside, replacement.why(), problem)));
        }
    }

    /** From here on nothing of what was under way goes on. */
    private void begin(Phase next) {
        attempt++;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (fetch != null) {
            fetch.close();
            fetch = null;
        }
        enter(next);
    }

    /** {@code work}, if nothing else has begun meanwhile. */
    private Runnable current(Runnable work) {
        int mine = attempt;
        return () -> {
            if (!closing && mine == attempt) {
                work.run();
            }
        };
    }

    private String integrityProblem() {
        String problem = ReplicaInspector.integrityProblem(files.database(), () -> closing);
        return problem == null ? "" : problem;
    }

    private void prove(String aside, String why, String problem) {
        if (problem.isEmpty()) {
            listener.hopeless(why + ". But the file passes SQLite's integrity check, so it was not replaced");
        } else {
            discard(aside, why + ": " + problem);
        }
    }

    /**
     * The file is of no use. It is kept until there is something to put in its place (a snapshot, or a log that is whole),
     * for should we be wrong about it, every other node may be as wrong about its own. Only a node that a majority has
     * contradicted lets go of it at once, or it would not know any more after a restart.
     */
    private void discard(String aside, String why) {
        reason = why;
        long now = parts.env().clock().nanos();
        setAsides.removeIf(at -> now - at > SET_ASIDE_NANOS);
        if (setAsides.size() >= MAX_SET_ASIDE) {
            listener.hopeless(why + ". It would be the " + (MAX_SET_ASIDE + 1)
                    + "th file within an hour to be set aside: what is wrong is not the file");
        } else if (!healthy.isEmpty()) {
            letGo(() -> setAside(aside, why));
        } else {
            letGo(() -> withExtent(extent -> {
                if (extent.first() == 1 && !aside.equals(FORKED)) {
                    setAside(aside, why);
                } else {
                    LOG.warn("{}: {}; a snapshot is wanted", parts.node(), why);
                    fetch(extent.first(), aside);
                }
            }));
        }
    }

    private void setAside(String aside, String why) {
        onFiles(() -> Optional.ofNullable(files.setAside(aside)), directory -> {
            setAsides.add(parts.env().clock().nanos());
            pending = null;
            listener.replaced(0);
            LOG.warn("{}: {}; the file was set aside in {}", parts.node(), why, directory.orElse(null));
            open();
        });
    }

    /** Everything that has the file open lets go of it first: a closing connection would delete the new file's -wal. */
    private void letGo(Runnable then) {
        int mine = attempt;
        CompletableFuture<?>[] released =
                fileUsers.stream().map(FileUser::suspend).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(released)
                .whenComplete((done, failure) -> lane.execute(() -> ifCurrent(mine, () -> {
                    if (failure != null) {
                        listener.hopeless("the file cannot be let go of: " + failure);
                    } else {
                        listener.letGo();
                        then.run();
                    }
                })));
    }

    private void ifCurrent(int whose, Runnable work) {
        if (!closing && whose == attempt) {
            work.run();
        }
    }

    private void inspected(ReplicaVerdict verdict) {
        if (verdict instanceof ReplicaVerdict.Absent) {
            compare(ReplicaPosition.START);
        } else if (verdict instanceof ReplicaVerdict.Sound sound) {
            compare(sound.position());
        } else if (verdict instanceof ReplicaVerdict.Damaged) {
            discard("damaged", verdict.message(files.database()));
        } else if (verdict instanceof ReplicaVerdict.OtherLineage) {
            discard("other-lineage", verdict.message(files.database()));
        } else if (verdict instanceof ReplicaVerdict.Unusable) {
            retryLater(verdict.message(files.database()));
        } else {
            listener.hopeless(verdict.message(files.database()));
        }
    }

    private record Extent(long first, long head) {}

    private void withExtent(Consumer<Extent> then) {
        int mine = attempt;
        log.first()
                .thenCombine(log.head(), (first, head) -> new Extent(first, head.index()))
                .whenComplete((extent, failure) -> lane.execute(() -> ifCurrent(mine, () -> {
                    if (failure != null) {
                        LOG.debug("the log's extent cannot be read, trying again", failure);
                        timer = lane.schedule(LOG_RETRY_MILLIS, current(() -> withExtent(then)));
                    } else {
                        then.accept(extent);
                    }
                })));
    }

    private void compare(ReplicaPosition position) {
        withExtent(extent -> {
            long applied = position.applied();
            if (applied > extent.head()) {
                listener.hopeless(aheadOfTheLog(applied, extent.head()));
            } else if (applied == 0 && !healthy.isEmpty()) {
                fetch(extent.first(), null); // what the log gave once led astray
            } else if (applied + 1 < extent.first()) {
                reason = applied == 0
                        ? "its file is new, and the log begins at " + extent.first()
                        : "it was away too long: it has applied " + applied + ", the log begins at " + extent.first();
                letGo(() -> fetch(extent.first(), null));
            } else if (applied < extent.first()) {
                openFile();
            } else {
                compareHistory(position);
            }
        });
    }

    /** Why a node stops whose file, or whose memory, has more than the log. */
    static String aheadOfTheLog(long applied, long head) {
        return "this node's file is ahead of the log: it has applied " + applied + ", the log ends at " + head
                + ". ZooKeeper was probably restored from an old state, and what the log lacks may be acknowledged"
                + " writes. Nothing was changed: see 'ahead of the log' in the README";
    }

    /** The log may have been restored from an old state and grown past this file's end with another history. */
    private void compareHistory(ReplicaPosition position) {
        int mine = attempt;
        log.read(position.applied())
                .whenComplete((bytes, failure) -> lane.execute(() -> ifCurrent(mine, () -> {
                    if (failure != null && isGone(failure)) {
                        openFile();
                    } else if (failure != null) {
                        timer = lane.schedule(LOG_RETRY_MILLIS, current(() -> compareHistory(position)));
                    } else if (isOf(position, bytes)) {
                        openFile();
                    } else {
                        discard(
                                FORKED,
                                "entry " + position.applied() + " in the log is not the one that this node's file"
                                        + " has applied");
                    }
                })));
    }

    /** This node has applied it, and needs it no more. */
    private static boolean isGone(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof EntryMissingException || cause instanceof EntryDamagedException;
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
            enter(Phase.CATCHING_UP);
            fileUsers.forEach(FileUser::resume);
            listener.opened(replica);
        });
    }

    /** @param aside see {@link #asideFor} */
    private void fetch(long first, @Nullable String aside) {
        int mine = attempt;
        asideFor = aside;
        SnapshotFetch fetching = new SnapshotFetch(
                fileLane,
                parts.env().clock(),
                parts.snapshots(),
                this::sources,
                this::sink,
                first - 1,
                FetchSettings.defaults());
        fetch = fetching;
        enter(Phase.FETCHING);
        watch(fetching);
        fetching.start()
                .whenComplete((fetched, failure) -> lane.execute(() -> ifCurrent(mine, () -> {
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

    /** Followers before the leader, which has its own work; those who gave a damaged file, as they cannot know, after all others. */
    private List<SnapshotFetch.Source> sources() {
        List<Member> serving = parts.cluster().membership().members().stream()
                .filter(member -> !member.node().equals(parts.node()))
                .filter(member -> StatusReport.serves(member.role()))
                .toList();
        Set<String> trusted = healthy;
        // If those are gone who were right, whoever serves has been right since.
        boolean any = serving.stream().noneMatch(member -> trusted.contains(member.node()));
        return serving.stream()
                .filter(member -> any || trusted.contains(member.node()))
                .sorted(Comparator.comparing((Member member) -> unusable.contains(member.node()))
                        .thenComparing(member -> member.role() == Role.LEADER))
                .map(member -> new SnapshotFetch.Source(member.node(), member.address()))
                .toList();
    }

    private SnapshotFetch.Sink sink(String source, SnapshotOffer offer) {
        IncomingSnapshot before = incoming;
        if (before != null) {
            before.close();
        }
        IncomingSnapshot opened = IncomingSnapshot.open(files, source, offer, syncLane::execute);
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
        String aside = asideFor;
        onFiles(
                () -> {
                    IncomingSnapshot received = incoming;
                    incoming = null;
                    if (received == null) {
                        throw new IllegalStateException("no snapshot was received");
                    }
                    ReplicaSettings settings = parts.replicaSettings();
                    try {
                        received.verify(settings.clusterId(), settings.lineage(), () -> closing);
                    } catch (SnapshotRejectedException e) {
                        unusable.add(received.source());
                        throw e;
                    }
                    unusable.clear();
                    Path directory = aside == null
                            ? files.install(OldFile.DELETE, "replaced")
                            : files.install(OldFile.SET_ASIDE, aside);
                    LOG.info(
                            "{} has installed a snapshot of index {}{}",
                            parts.node(),
                            received.offer().index(),
                            directory == null ? "" : "; the file before was set aside in " + directory);
                    return received.offer();
                },
                offer -> {
                    if (aside != null) {
                        setAsides.add(parts.env().clock().nanos());
                    }
                    pending = null;
                    listener.replaced(offer.index());
                    open();
                });
    }

    private void enter(Phase next) {
        phase = next;
        listener.progressed();
    }

    private <T> void onFiles(Supplier<T> work, Consumer<T> then) {
        int mine = attempt;
        fileLane.execute(() -> {
            T result;
            try {
                result = work.get();
            } catch (StorageException e) {
                lane.execute(() -> ifCurrent(mine, () -> failed(e)));
                return;
            } catch (SnapshotRejectedException e) {
                lane.execute(() -> ifCurrent(mine, () -> retryLater(String.valueOf(e.getMessage()))));
                return;
            } catch (CancellationException e) {
                return; // closing
            } catch (OutOfMemoryError e) {
                lane.execute(() -> ifCurrent(mine, () -> retryLater(String.valueOf(e))));
                return;
            } catch (RuntimeException | Error e) {
                LOG.error("{}: unexpected failure while recovering", parts.node(), e);
                lane.execute(() -> ifCurrent(mine, () -> listener.hopeless(String.valueOf(e))));
                return;
            }
            lane.execute(() -> {
                if (!closing && mine == attempt) {
                    then.accept(result);
                } else if (result instanceof Replica replica) {
                    fileLane.execute(replica::close);
                }
            });
        });
    }

    private void failed(StorageException failure) {
        String why = String.valueOf(failure.getMessage());
        switch (failure.kind()) {
            case RETRY -> retryLater(why);
            case DAMAGED -> discard("damaged", why);
            default -> listener.hopeless(why);
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
