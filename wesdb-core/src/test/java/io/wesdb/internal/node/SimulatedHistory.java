package io.wesdb.internal.node;

import io.wesdb.ClosedException;
import io.wesdb.ConstraintException;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.PreconditionFailedException;
import io.wesdb.Role;
import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.node.HistoryPlan.Kind;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.node.SimulatedRead.Question;
import io.wesdb.internal.snapshot.SnapshotSettings;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.sqlite.ContentHash;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaHooks;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.internal.write.WriteSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One seed's history. Clients write and read through all nodes while things go wrong; then everything is mended, and it
 * is judged what they were told.
 *
 * <p>The order of everything is the log's. So linearizability needs no search: a linearizable read must be of an index at
 * or above all that anyone had been told when it began, every read must give what {@link LogModel} gives at its index, and
 * a write must be in the log as often as its caller was told. All files must have the content of one into which the log is
 * played without any fault.
 */
final class SimulatedHistory {
    private static final long BOUND_MILLIS = 180_000;
    private static final int MAX_ENTRIES = 12;

    /** Several batches are under way at once. */
    private static final WriteSettings SMALL_BATCHES =
            new WriteSettings(1_000, 1 << 24, 1 << 16, 3, 4, 1 << 18, 2, 20, 20);

    private static final String[] NAMES = {"a", "b", "c", "d", "e"};

    final Story story;
    private final long seed;
    private final Path directory;
    private final HistoryPlan plan;
    private final SimulatedCluster cluster;
    private final Ensemble ensemble;
    private final Random random;
    private final SimulatedWork work;
    private final Nemesis nemesis;
    private final TreeMap<Long, byte[]> log = new TreeMap<>();
    private long lastTimeMillis;
    private long truncatedBelow;
    private final Map<String, String> shown = new HashMap<>();
    /** What nodes said that they could not do. */
    private final Set<String> faults = new HashSet<>();

    private boolean beyondRepair;

    SimulatedHistory(long seed, Path directory, boolean told) throws IOException {
        this.seed = seed;
        this.directory = Files.createDirectories(directory);
        this.plan = HistoryPlan.of(new Random(seed * 31 + 7));
        TruncationSettings truncation = plan.shortLog()
                ? new TruncationSettings(MAX_ENTRIES, 1L << 40, Duration.ofDays(7), 2, 50)
                : TruncationSettings.defaults();
        this.cluster = new SimulatedCluster(seed, directory, truncation, plan.backing());
        this.random = cluster.world.random();
        this.ensemble = new Ensemble(cluster.shared, random);
        this.story = new Story(cluster.world, told, directory.toString());
        this.work = new SimulatedWork(random, story);
        this.nemesis = new Nemesis(cluster, ensemble, story);
        cluster.ownDirectories = true;
        cluster.writeSettings = SMALL_BATCHES;
        cluster.verifyInterval = plan.verifyInterval();
        cluster.snapshots = SnapshotSettings.defaults().withMinFreeBytes(0).withKeeping(1_000, 2_000);
        cluster.applying = plan.slowSyncs()
                ? ApplierSettings.syncing(5_000, 3_000, 1_000, 1 << 30)
                : ApplierSettings.syncing(2_000, 200, 5, 1 << 20);
        cluster.between = (name, shared) -> new Observed(name, shared);
        ensemble.onCommit(this::committed);
    }

    private void committed(long index, byte[] entry) {
        work.committed = index;
        byte[] before = log.put(index, entry);
        if (before != null) {
            work.wrong("entry " + index + " was committed twice");
        }
        Entry decoded = EntryCodec.decode(entry, index);
        if (decoded.timeMillis() < lastTimeMillis) {
            work.wrong("the clock of entry " + index + " is before that of an entry before it");
        }
        lastTimeMillis = decoded.timeMillis();
        if (story.told) {
            story.tell("log", "entry %d is committed: %s", index, contents(decoded));
        }
    }

    /** What leaves the log is on the disk of the leader at least, whatever the others have (I11). */
    private void truncated(String leader, long below) {
        long synced = nemesis.disk(leader).syncedIndex();
        boolean more = below > truncatedBelow; // a new leader completes what the last one began
        truncatedBelow = Math.max(truncatedBelow, below);
        if (more && synced < below - 1) {
            work.wrong(leader + " truncates the log below " + below + ", and has synced its file up to " + synced);
        }
    }

    private static String contents(Entry entry) {
        StringBuilder text = new StringBuilder("epoch " + entry.epoch());
        entry.batches().forEach(batch -> {
            text.append(" batch ").append(batch.sequence()).append(" (");
            batch.commands()
                    .forEach(command ->
                            text.append(SimulatedWrite.token(command)).append(' '));
            text.setCharAt(text.length() - 1, ')');
        });
        return text.toString();
    }

    /** Null if nothing is wrong. */
    String run() {
        try {
            begin();
            for (int i = 0; i < plan.ticks() && work.wrong == null; i++) {
                tick();
            }
            nemesis.mend();
            mend();
            if (work.wrong == null) {
                judge();
            }
        } catch (AssertionError | RuntimeException e) {
            if (e instanceof AssertionError && nemesis.damagedAny() && !Remains.suffice(cluster, ensemble.first())) {
                beyondRepair = true;
                story.tell("", "no sound file is left that the log reaches back to");
            } else {
                work.wrong(e.getMessage() + states() + whereIn(e));
            }
        } finally {
            cluster.close();
        }
        return work.wrong;
    }

    /** The faults left nothing that could serve: nothing is judged then. */
    boolean beyondRepair() {
        return beyondRepair;
    }

    private String states() {
        StringBuilder text = new StringBuilder();
        cluster.nodes
                .values()
                .forEach(node ->
                        text.append("\n    ").append(node.name).append(' ').append(node.replicator.state()));
        return text.toString();
    }

    private static String whereIn(Throwable e) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = e; each != null; each = each.getCause()) {
            text.append("\n    ").append(each);
            StackTraceElement[] trace = each.getStackTrace();
            for (int i = 0; i < Math.min(12, trace.length); i++) {
                text.append("\n        at ").append(trace[i]);
            }
        }
        return text.toString();
    }

    private void begin() {
        story.tell("", "seed %d: %s", seed, plan);
        for (int i = 0; i < plan.nodes(); i++) {
            nemesis.members.add(NAMES[i]);
            nemesis.start(NAMES[i]);
        }
        until("a leader", () -> leader() != null);
        SimulatedWrite tables = work.tables(leader());
        until("the tables", () -> tables.sendings.get(0).result().isDone());
    }

    private SimulatedNode leader() {
        for (SimulatedNode node : cluster.nodes.values()) {
            if (node.leads()) {
                return node;
            }
        }
        return null;
    }

    private void tick() {
        if (random.nextInt(100) < plan.faultsInHundred()) {
            nemesis.something(HistoryPlan.draw(plan.faults(), random));
        }
        nemesis.meanwhile();
        List<SimulatedNode> alive = new ArrayList<>(cluster.nodes.values());
        for (int i = random.nextInt(4); i > 0 && !alive.isEmpty(); i--) {
            SimulatedNode node = alive.get(random.nextInt(alive.size()));
            work.something(HistoryPlan.draw(plan.work(), random), node);
        }
        // Mostly a moment, now and then long enough for timers of seconds.
        drive(random.nextInt(20) == 0 ? random.nextInt(3_000) : random.nextInt(25));
        look();
    }

    private void drive(long millis) {
        long deadline = cluster.world.nanos() + millis * 1_000_000;
        boolean[] over = {false};
        cluster.world.lane("tick").schedule(millis, () -> over[0] = true);
        while (!over[0] && cluster.world.nanos() <= deadline) {
            step();
        }
    }

    private boolean step() {
        boolean went;
        try {
            went = cluster.world.step();
        } catch (Nemesis.Doom e) {
            went = true;
        }
        nemesis.carryOutDoom();
        noteFaults();
        if (story.told) {
            show();
        }
        return went;
    }

    private void until(String what, BooleanSupplier condition) {
        long deadline = cluster.world.nanos() + BOUND_MILLIS * 1_000_000;
        while (!condition.getAsBoolean()) {
            if (cluster.world.nanos() > deadline || !step()) {
                throw new AssertionError("not within " + BOUND_MILLIS + " simulated ms: " + what);
            }
        }
    }

    /** What must never be seen from outside. */
    private void look() {
        for (SimulatedNode node : cluster.nodes.values()) {
            ReplicaState state = node.replicator.state();
            if (state.role() == Role.HALTED) {
                work.wrong(node.name + " has halted: " + state.fault());
            } else if (!nemesis.damagedAny() && (state.role() == Role.QUARANTINED || state.dispute() != null)) {
                work.wrong(node.name + " differs from the others: "
                        + (state.dispute() == null ? state.fault() : state.dispute()));
            }
        }
    }

    private void noteFaults() {
        for (SimulatedNode node : cluster.nodes.values()) {
            note(node.replicator.state().fault());
            Replica replica = node.replica();
            note(replica == null ? null : ReplicaHooks.fault(replica));
        }
    }

    private void note(@Nullable String fault) {
        if (fault != null) {
            faults.add(fault);
        }
    }

    private void show() {
        for (SimulatedNode node : cluster.nodes.values()) {
            ReplicaState state = node.replicator.state();
            String now = state.role() + " at " + state.applied() + " of " + state.head() + ", durable "
                    + state.durable() + (state.fault() == null ? "" : ", for " + state.fault());
            if (!now.equals(shown.put(node.name, now))) {
                story.tell(node.name, "is %s", now);
            }
        }
    }

    private void mend() {
        drive(100);
        nemesis.mendSessions();
        until("all nodes to serve", () -> {
            for (SimulatedNode node : cluster.nodes.values()) {
                if (!node.serves()) {
                    return false;
                }
            }
            return leader() != null;
        });
        // A last write through each node: whatever was undecided before is decided with it.
        for (SimulatedNode node : List.copyOf(cluster.nodes.values())) {
            SimulatedWrite write = new SimulatedWrite("#last-" + node.name, Kind.INSERT_WITH_KEY);
            write.make(random, 0);
            work.writes.put(write.id, write);
            finish(node, write);
        }
        List<SimulatedNode> nodes = List.copyOf(cluster.nodes.values());
        for (SimulatedWrite write : work.keyed()) {
            finish(nodes.get(random.nextInt(nodes.size())), write);
        }
        if (nemesis.damagedAny()) {
            verified();
        }
        settle();
        if (plan.shortLog()) {
            until("the log to be short", () -> ensemble.entries() <= 2 * MAX_ENTRIES);
        }
        look();
    }

    /** A node may still have to leave service for a moment; nothing but that may keep it from being done. */
    private void finish(SimulatedNode node, SimulatedWrite write) {
        for (int i = 0; i < 20; i++) {
            CompletableFuture<WriteResult> sent = work.send(node, write, 60_000);
            until("a last write through " + node.name, sent::isDone);
            String said = said(sent);
            if (said.equals("done")) {
                return;
            } else if (said.equals("refused")) {
                throw new AssertionError(write.id + " was refused");
            }
            drive(500);
        }
        throw new AssertionError("no last write through " + node.name + " is done");
    }

    /** What SQLite reads only now and then may be damaged still: the nodes themselves must find and repair that. */
    private void verified() {
        for (int i = 0; i < 20; i++) {
            until(
                    "all nodes to serve",
                    () -> cluster.nodes.values().stream().allMatch(SimulatedNode::serves) && leader() != null);
            var result = leader().replicator.verification().verify(Duration.ofSeconds(20));
            until("a verification", result::isDone);
            // Not only of those who were members at that moment: a session that has expired takes its node's place with
            // it.
            if (!result.isCompletedExceptionally()
                    && result.join().sound()
                    && result.join().agreeing().size() == cluster.nodes.size()) {
                return;
            }
            drive(3_000);
        }
        throw new AssertionError("no verification found the nodes equal");
    }

    private void settle() {
        until("all nodes at one index", () -> {
            for (SimulatedNode node : cluster.nodes.values()) {
                ReplicaState state = node.replicator.state();
                if (!node.serves() || state.applied() != work.committed || state.head() != work.committed) {
                    return false;
                }
            }
            return true;
        });
    }

    // What became of it.

    private void judge() {
        LogModel model = new LogModel(work.writes);
        readsAt(0, model, Map.of());
        for (Map.Entry<Long, byte[]> entry : log.entrySet()) {
            Map<Question, Set<String>> within = new EnumMap<>(Question.class);
            model.apply(EntryCodec.decode(entry.getValue(), entry.getKey()), () -> answers(model, within));
            readsAt(entry.getKey(), model, within);
        }
        work.writes.values().forEach(this::judge);
        order();
        contents(model);
        for (String name : nemesis.members) {
            if (!nemesis.damagedAny() && nemesis.disk(name).everDiverged()) {
                work.wrong(name + " has once set its file aside because it differed from the others'");
            }
        }
    }

    private static void answers(LogModel model, Map<Question, Set<String>> within) {
        for (Question question : Question.values()) {
            within.computeIfAbsent(question, q -> new HashSet<>()).add(model.answer(question));
        }
    }

    /** @param within what could be seen between the entry's commands */
    private void readsAt(long index, LogModel model, Map<Question, Set<String>> within) {
        for (SimulatedRead read : work.reads.getOrDefault(index, List.of())) {
            String expected = model.answer(read.question());
            // Of an entry whose commands were committed one by one, and which then failed, some are there.
            boolean partly = faults.stream().anyMatch(fault -> fault.startsWith("cannot apply entry " + index + ":"))
                    && within.getOrDefault(read.question(), Set.of()).contains(read.rows());
            if (!expected.equals(read.rows()) && !partly) {
                work.wrong(read.name() + " gave at " + index + ":  " + read.rows() + " but the log says:  " + expected);
            }
        }
    }

    private void judge(SimulatedWrite write) {
        boolean keyed = write.command.key() != null;
        if (write.executions > 1) {
            work.wrong(write.id + " was executed " + write.executions + " times");
        }
        String first = null;
        for (SimulatedWrite.Sending sending : write.sendings) {
            String said = said(sending.result());
            boolean right = switch (said) {
                case "done" -> write.executions == 1 && write.done;
                case "refused" -> write.executions == 1 && !write.done;
                case "not done" -> keyed || write.executions == 0;
                default -> true;
            };
            if (!right) {
                work.wrong(write.id + " through " + sending.node() + " was told as " + said + " and was executed "
                        + write.executions + " times" + (write.done ? "" : " without effect"));
            }
            if (said.equals("done")) {
                WriteResult result = sending.result().join();
                if (result.index() != write.index || (write.affected >= 0 && result.rowsAffected() != write.affected)) {
                    work.wrong(write.id + " was told as " + result + " but is at " + write.index + " and changes "
                            + write.affected + " rows");
                }
                String rows = result.rows().toString();
                if (first != null && !first.equals(rows)) {
                    work.wrong(write.id + " was answered with " + first + " and with " + rows);
                }
                first = rows;
            }
        }
    }

    private static String said(CompletableFuture<WriteResult> sending) {
        if (!sending.isDone()) {
            return "nothing";
        }
        try {
            sending.join();
            return "done";
        } catch (java.util.concurrent.CompletionException e) {
            Throwable why = e.getCause();
            if (why instanceof NotDoneException || why instanceof ClosedException) {
                return "not done";
            } else if (why instanceof ConstraintException || why instanceof PreconditionFailedException) {
                return "refused";
            } else if (why instanceof OutcomeUnknownException) {
                return "unknown";
            }
            throw e;
        }
    }

    /** Of the writes that one caller gave one node, those that are there are there in the order in which he gave them. */
    private void order() {
        work.given.forEach((caller, writes) -> {
            SimulatedWrite last = null;
            for (SimulatedWrite write : writes) {
                if (write.executions > 0) {
                    if (last != null && last.position > write.position) {
                        work.wrong(write.id + " is in the log before " + last.id + ", which its caller gave before it");
                    }
                    last = write;
                }
            }
        });
    }

    private void contents(LogModel model) {
        cluster.file("witness").getParent().toFile().mkdirs();
        ContentHash expected;
        try (Replica witness = Replica.open(cluster.settings("witness"))) {
            log.forEach((index, entry) -> witness.apply(List.of(EntryCodec.decode(entry, index))));
            expected = ReplicaHooks.contentHash(cluster.settings("witness"), work.committed);
        }
        for (SimulatedNode node : cluster.nodes.values()) {
            ContentHash hash = ReplicaHooks.contentHash(cluster.settings(node.name), work.committed);
            if (!hash.tables().equals(expected.tables())) {
                List<String> differing = new ArrayList<>();
                expected.tables().forEach((table, value) -> {
                    if (!value.equals(hash.tables().get(table))) {
                        differing.add(table);
                    }
                });
                work.wrong("the content of " + node.name + " is not what the log makes of it, in " + differing);
            }
        }
        StringBuilder rows = new StringBuilder();
        for (String id : Tables.column(cluster.file("witness"), "SELECT id FROM w ORDER BY n")) {
            rows.append(id).append(' ');
        }
        if (!rows.toString().strip().equals(String.join(" ", model.inserted))) {
            work.wrong("the rows are " + rows + " but the log says " + model.inserted);
        }
        Path witness = cluster.file("witness");
        for (SimulatedRead.Question question : SimulatedRead.Question.values()) {
            StringBuilder text = new StringBuilder();
            Tables.pairs(witness, question.sql)
                    .forEach(pair -> text.append(pair).append(' '));
            if (!model.answer(question).equals(text.toString())) {
                work.wrong(question + " is at the end  " + text + " but the log says  " + model.answer(question));
            }
        }
        String sum = Tables.column(witness, "SELECT sum(balance) FROM acct").get(0);
        if (!sum.equals("" + LogModel.ACCOUNTS * LogModel.MONEY)) {
            work.wrong("the accounts' total is " + sum);
        }
    }

    /** A node's access to the log, watched. */
    private final class Observed implements Cluster {
        private final Cluster shared;
        private final ReplicatedLog observed;

        Observed(String name, Cluster shared) {
            this.shared = shared;
            this.observed =
                    new ObservedLog(name, shared.log(), story, log, work::wrong, below -> truncated(name, below));
        }

        @Override
        public ClusterConfig config() {
            return shared.config();
        }

        @Override
        public ReplicatedLog log() {
            return observed;
        }

        @Override
        public Election election() {
            return shared.election();
        }

        @Override
        public Membership membership() {
            return shared.membership();
        }

        @Override
        public Reports reports() {
            return shared.reports();
        }

        @Override
        public void close() {
            shared.close();
        }
    }

    /** Removes the files. */
    void clean() {
        try (java.util.stream.Stream<Path> files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    double seconds() {
        return cluster.world.nanos() / 1e9;
    }
}
