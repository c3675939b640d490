package io.wesdb.internal.verify;

import io.wesdb.ClosedException;
import io.wesdb.Role;
import io.wesdb.VerificationResult;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether this node is one of those that have diverged (I10): says what this node found, hears what the others
 * found, and decides by {@link Ballot}.
 *
 * <p>Outcomes: whoever sees that its digest differs from the leader's says its own at that index; the others, seeing that,
 * say theirs, if they still know it. If two ask at once, everyone follows to the higher index, since a node's digest once
 * wrong stays wrong. Contents: the log itself says at which index; each node says its hash when it has it.
 *
 * <p>Only what this node said in this life and of this file counts as its own vote, and once found wrong it is silent until
 * its file is replaced: what an earlier file was like accuses nobody.
 *
 * <p>Owned by its lane, on which every method is to be called unless it says otherwise, and the listener is called.
 */
public final class Jury implements AutoCloseable {
    /** How long the others' outcomes are waited for: they have them at hand. */
    static final Duration OUTCOMES_LIMIT = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Jury.class);

    private final Lane lane;
    private final Clock clock;
    private final Reports reports;
    private final Supplier<List<Member>> members;
    private final String self;
    private final LongFunction<OptionalLong> digestAt;
    private final long contentLimitMillis;
    private final Listener listener;
    private final Verifications verifications;
    private final Disputes disputes = new Disputes();
    private final Raises raises = new Raises();

    private @Nullable Round outcomes;
    private @Nullable Round content;
    /** A content that others have reported and this node is still to hash. */
    private long aheadIndex;

    private @Nullable Patience aheadPatience;
    private long applied;
    /** At or below it nothing is asked or answered: this node's file is younger. */
    private long floor;
    /** Up to here the others' questions about outcomes are answered, or cannot be. */
    private long answeredUpTo;
    /** The lowest question that this node has not applied yet. */
    private long awaited = Long.MAX_VALUE;

    private boolean convicted;
    private Lane.@Nullable Timer timer;
    private boolean closed;

    /** Called on the jury's lane. */
    public interface Listener {
        /** This node is wrong: it must serve nothing, and take a snapshot from one of {@code healthyNodes}. */
        void quarantine(String why, Set<String> healthyNodes);

        /** Nodes differ, and a person must decide; told again when the sides change. */
        void disputed(String why);

        /** There is no dispute any more. */
        void settled();
    }

    /**
     * @param members who is present
     * @param self this node's id
     * @param digestAt the running digest at an index that this node has applied, as far as it remembers
     * @param contentLimit how long the others' content hashes are waited for
     * @param applied the index up to which this node has applied now
     */
    public Jury(
            Lane lane,
            Clock clock,
            Reports reports,
            Supplier<List<Member>> members,
            String self,
            LongFunction<OptionalLong> digestAt,
            Duration contentLimit,
            long applied,
            Listener listener) {
        this.lane = lane;
        this.clock = clock;
        this.reports = reports;
        this.members = members;
        this.self = self;
        this.digestAt = digestAt;
        this.contentLimitMillis = contentLimit.toMillis();
        this.applied = applied;
        this.listener = listener;
        this.verifications = new Verifications(self);
    }

    /** Begins to listen to the others. Any thread; once. */
    public void start() {
        reports.listen(() -> lane.execute(this::look));
        lane.execute(this::look);
    }

    /** After {@code index} this node's digest is {@code own}, and the log says that the leader's was {@code leaders}. */
    public void outcomesDiffer(long index, long own, long leaders) {
        if (convicted || closed || index <= floor) {
            return;
        }
        LOG.debug("{}: outcomes at index {} are {}, the leader's {}", self, index, own, leaders);
        raises.found(new Raises.Difference(index, own));
        look();
    }

    /** This node has hashed its content. */
    public void contentHashed(ContentHash hash) {
        if (convicted || closed || hash.index() <= floor || (content != null && hash.index() <= content.index())) {
            return;
        }
        Report own = new Report(self, Kind.CONTENT, hash.index(), hash.total(), hash.tables());
        Patience early = hash.index() == aheadIndex ? aheadPatience : null;
        content = new Round(own, early == null ? new Patience(clock.nanos()) : early);
        reports.publish(own);
        look();
    }

    /** This node has applied up to {@code index}. Cheap. */
    public void applied(long index) {
        applied = index;
        if (index >= awaited) {
            look();
        }
    }

    /**
     * This node's file was replaced by a snapshot of {@code index} (also: made from one for the first time). What its last
     * file was like is forgotten, here and by the others.
     */
    public void replaced(long index) {
        applied = index;
        floor = index;
        answeredUpTo = index;
        convicted = false;
        outcomes = null;
        content = null;
        aheadIndex = 0;
        aheadPatience = null;
        raises.forget();
        reports.withdraw(self);
        verifications.replaced(index, voters());
        if (disputes.settleAll()) {
            listener.settled();
        }
        look();
    }

    /**
     * What the comparison of contents at {@code index} comes to, once every member present has reported or the time limit
     * has passed; to be asked for soon after the entry was logged that has contents hashed. Any thread.
     *
     * @param limit how long the others are waited for
     */
    public CompletableFuture<VerificationResult> verification(long index, Duration limit) {
        CompletableFuture<VerificationResult> future = new CompletableFuture<>();
        lane.execute(() -> {
            if (closed) {
                future.completeExceptionally(new ClosedException("the node is closing"));
                return;
            }
            verifications.add(index, limit.toMillis(), clock.nanos(), future);
            look();
        });
        return future;
    }

    /**
     * A person has decided to trust {@code node} in the disputes that there are. Any thread.
     *
     * @param head the log's, as far as the caller knows
     * @return fails with IllegalArgumentException if {@code node} has not reported anything, so that trusting it would
     *     decide nothing; with LogUnavailableException if the decision cannot be written now
     */
    public CompletableFuture<Void> trust(String node, long head) {
        List<Report> all = reports.reports();
        if (all.stream().noneMatch(report -> report.node().equals(node))) {
            Set<String> nodes = new TreeSet<>();
            all.forEach(report -> nodes.add(report.node()));
            return CompletableFuture.failedFuture(new IllegalArgumentException("the node '" + node
                    + "' has not reported what it has, so trusting it decides nothing; those that have: " + nodes));
        }
        long index = all.stream().mapToLong(Report::index).reduce(head, Math::max);
        return reports.trust(new Trust(node, index));
    }

    /** What a person must decide, for status; null if nothing. Any thread. */
    public @Nullable String dispute() {
        return disputes.text();
    }

    @Override
    public void close() {
        closed = true;
        cancelTimer();
        verifications.close(new ClosedException("the node is closing"));
    }

    private void look() {
        if (closed) {
            return;
        }
        verifications.look(
                known(), voters(), present(Role.RECOVERING)); // before a conviction, after which we have no report
        if (!convicted) {
            answer();
            ask();
            lookAhead();
            judge(outcomes, OUTCOMES_LIMIT.toMillis());
            judge(content, contentLimitMillis);
        }
        ticks();
    }

    /** Votes where others ask, at the highest index that this node has reached. */
    private void answer() {
        long question = 0;
        awaited = Long.MAX_VALUE;
        for (Report report : reports.reports()) {
            if (report.kind() != Kind.OUTCOMES || report.node().equals(self) || report.index() <= answeredUpTo) {
                continue;
            } else if (report.index() > applied) {
                awaited = Math.min(awaited, report.index());
            } else {
                question = Math.max(question, report.index());
            }
        }
        if (question > 0) {
            OptionalLong digest = digestAt.apply(question);
            if (digest.isPresent()) {
                vote(question, digest.getAsLong());
            } else {
                answeredUpTo = question; // too long ago for us to know: abstains
            }
        }
    }

    private void ask() {
        Raises.Difference difference = raises.due(outcomes, clock.nanos());
        if (difference != null) {
            LOG.warn("{}: outcomes up to index {} differ from the leader's; asking all", self, difference.index());
            vote(difference.index(), difference.value());
        }
    }

    private void vote(long index, long digest) {
        answeredUpTo = index;
        Report own = new Report(self, Kind.OUTCOMES, index, digest, new TreeMap<>());
        outcomes = new Round(own, new Patience(clock.nanos()));
        reports.publish(own);
    }

    /** The time for a content runs from the first report of it. */
    private void lookAhead() {
        long behind = content == null ? floor : content.index();
        for (Report report : reports.reports()) {
            if (report.kind() == Kind.CONTENT && report.index() > Math.max(behind, aheadIndex)) {
                aheadIndex = report.index();
                aheadPatience = new Patience(clock.nanos());
            }
        }
    }

    private void judge(@Nullable Round round, long limitMillis) {
        if (round == null || convicted) {
            return;
        }
        Report own = round.own;
        Trust trust = reports.trusted();
        Ballot ballot = new Ballot(
                own,
                reports.reports(),
                voters(),
                round.patience.isOver(limitMillis),
                disputes.since(own.kind(), own.index()),
                trust);
        round.answered |= othersReports(own.kind()).anyMatch(report -> report.index() == own.index());
        Verdict verdict = ballot.verdict();
        if (verdict instanceof Verdict.Agreed agreed && (agreed.nodes().size() > 1 || nobodyDisputes(own))) {
            settle(own.kind());
        }
        if (verdict.equals(round.verdict)) {
            return;
        }
        round.verdict = verdict;
        if (verdict instanceof Verdict.Minority minority) {
            convict(Wording.minority(own, minority, trust), minority);
        } else if (verdict instanceof Verdict.Tied tied) {
            String why = Wording.tied(own, tied);
            if (disputes.tied(own.kind(), own.index(), tied, why, clock.nanos())) {
                LOG.warn("{}: {}", self, why);
                listener.disputed(why);
            }
        } else if (verdict instanceof Verdict.Majority majority) {
            LOG.warn("{}: {}", self, Wording.majority(own, majority));
            settle(own.kind());
        }
    }

    private Stream<Report> othersReports(Kind kind) {
        return reports.reports().stream()
                .filter(report -> report.kind() == kind && !report.node().equals(self));
    }

    /** That nobody answers a later question does not settle a dispute, as long as what was said in it stands. */
    private boolean nobodyDisputes(Report own) {
        long since = disputes.since(own.kind(), own.index());
        return othersReports(own.kind()).noneMatch(report -> report.index() >= since);
    }

    private void convict(String why, Verdict.Minority minority) {
        LOG.error("{}: {}", self, why);
        convicted = true;
        outcomes = null;
        content = null;
        raises.forget();
        disputes.settleAll();
        listener.quarantine(why, minority.majorityNodes());
    }

    private void settle(Kind kind) {
        if (disputes.settle(kind)) {
            LOG.info("{}: the dispute about the {} is settled", self, kind);
            listener.settled();
        }
    }

    private Set<String> voters() {
        return present(Role.LEADER, Role.FOLLOWER);
    }

    private Set<String> present(Role... roles) {
        Set<String> present = new TreeSet<>();
        for (Member member : members.get()) {
            if (List.of(roles).contains(member.role())) {
                present.add(member.node());
            }
        }
        return present;
    }

    /** What everyone says now; of this node, what it says in this life. */
    private Collection<Report> known() {
        List<Report> known = new ArrayList<>(reports.reports());
        known.removeIf(report -> report.node().equals(self));
        if (content != null) {
            known.add(content.own);
        }
        return known;
    }

    private void tick() {
        timer = null;
        long nowNanos = clock.nanos();
        boolean listening = reports.current();
        for (Round round : rounds()) {
            round.patience.pass(nowNanos, listening);
        }
        if (aheadPatience != null) {
            aheadPatience.pass(nowNanos, listening);
        }
        verifications.pass(nowNanos);
        if (disputes.repeat(nowNanos)) {
            LOG.warn("{}: {}", self, disputes.text());
        }
        look();
    }

    private List<Round> rounds() {
        List<Round> rounds = new ArrayList<>(2);
        if (outcomes != null) {
            rounds.add(outcomes);
        }
        if (content != null) {
            rounds.add(content);
        }
        return rounds;
    }

    /** Time is looked at as long as something waits. Members come and go without a call, and are looked at then, too. */
    private void ticks() {
        boolean waits = rounds().stream().anyMatch(Round::waits)
                || (aheadPatience != null && !aheadPatience.isOver(contentLimitMillis))
                || raises.isWaiting()
                || !disputes.isEmpty()
                || !verifications.isEmpty();
        if (!waits) {
            cancelTimer();
        } else if (timer == null) {
            timer = lane.schedule(Patience.TICK_MILLIS, this::tick);
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
