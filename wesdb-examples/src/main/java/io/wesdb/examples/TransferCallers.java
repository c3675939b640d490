package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Outcome;
import io.wesdb.examples.NodeClient.Refused;
import io.wesdb.examples.NodeClient.Table;
import io.wesdb.examples.Transfer.Guard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients that transfer money through any node and take down in a {@link TransferLedger} what they were told. Their first deadline is
 * short; what they cannot know after it they send again under its key, through any node, until they do. Some things that they know they
 * send again all the same. Safe for use by many threads, each of which is a caller.
 */
final class TransferCallers {
    private static final int LEAST_TIMEOUT_MILLIS = 5;
    private static final int MORE_TIMEOUT_MILLIS = 400;
    private static final Duration REPEATED_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int REST_MILLIS = 20;
    private static final int MOST_AMOUNT = 300;

    /** What answers with one of these was not done by this sending. */
    private static final Set<String> NOT_DONE = Set.of("OVERLOADED", "NO_LEADER", "NOT_READY", "CLOSED");

    private static final Set<String> REFUSALS = Set.of("PRECONDITION_FAILED", "CONSTRAINT");

    private final List<NodeClient> nodes;
    private final int accounts;
    private final TransferLedger ledger;

    TransferCallers(List<NodeClient> nodes, int accounts, TransferLedger ledger) {
        this.nodes = nodes;
        this.accounts = accounts;
        this.ledger = ledger;
    }

    /** One transfer, until it is known what became of it; whether it was acknowledged. */
    boolean call(int caller, long number, Random random) throws InterruptedException {
        RegisterCallers.rest(random, REST_MILLIS);
        Transfer transfer = plan(caller, number, random);
        return transfer != null && settle(transfer, random);
    }

    private NodeClient any(Random random) {
        return nodes.get(random.nextInt(nodes.size()));
    }

    /** From what a node's own file says, which may be of the past; null if that node answers nothing. */
    private @Nullable Transfer plan(int caller, long number, Random random) throws InterruptedException {
        int from = random.nextInt(accounts);
        int to = (from + 1 + random.nextInt(accounts - 1)) % accounts;
        Guard guard = Guard.values()[random.nextInt(Guard.values().length)];
        try {
            Table read = any(random)
                    .queryWithin(
                            REPEATED_TIMEOUT,
                            "local",
                            Transfer.BALANCES_OF_TWO,
                            Math.min(from, to),
                            Math.max(from, to));
            long first = ((Number) read.rows().get(0).get(0)).longValue();
            long second = ((Number) read.rows().get(1).get(0)).longValue();
            long amount = 1 + random.nextInt(MOST_AMOUNT);
            return new Transfer(
                    "t" + caller + "-" + number,
                    guard,
                    from,
                    to,
                    amount,
                    from < to ? first : second,
                    from < to ? second : first,
                    read.index());
        } catch (IOException | UncheckedIOException e) {
            RegisterCallers.rest(random, REST_MILLIS);
            return null;
        }
    }

    /** How one sending ended; the outcome is there only if it was acknowledged. */
    private record Answer(Kind kind, String code, @Nullable Outcome outcome) {
        enum Kind {
            DONE,
            REFUSED,
            NOT_DONE,
            UNKNOWN
        }

        boolean decides() {
            return kind == Kind.DONE || kind == Kind.REFUSED;
        }
    }

    private Answer send(NodeClient node, Transfer transfer, Duration timeout) throws InterruptedException {
        try {
            return new Answer(Answer.Kind.DONE, "", node.executeOnce(timeout, transfer.id(), transfer.command()));
        } catch (Refused e) {
            Answer.Kind kind = REFUSALS.contains(e.code())
                    ? Answer.Kind.REFUSED
                    : NOT_DONE.contains(e.code()) ? Answer.Kind.NOT_DONE : Answer.Kind.UNKNOWN;
            if (kind == Answer.Kind.UNKNOWN && !e.code().equals("OUTCOME_UNKNOWN")) {
                ledger.breach(transfer.id() + " was answered by " + e);
            }
            return new Answer(kind, e.code(), null);
        } catch (ConnectException e) {
            return new Answer(Answer.Kind.NOT_DONE, "nobody listened", null);
        } catch (IOException | UncheckedIOException e) {
            return new Answer(Answer.Kind.UNKNOWN, e.getClass().getSimpleName(), null);
        }
    }

    private boolean settle(Transfer transfer, Random random) throws InterruptedException {
        long begun = System.nanoTime();
        boolean unknown = false;
        Duration timeout = Duration.ofMillis(LEAST_TIMEOUT_MILLIS + random.nextInt(MORE_TIMEOUT_MILLIS));
        while (System.nanoTime() - begun < PATIENCE.toNanos()) {
            Answer answer = send(any(random), transfer, timeout);
            if (answer.decides()) {
                decided(transfer, answer, unknown);
                if (random.nextInt(4) == 0) {
                    repeat(transfer, answer, random);
                }
                return answer.kind() == Answer.Kind.DONE;
            } else if (answer.kind() == Answer.Kind.UNKNOWN) {
                unknown = true;
                ledger.unknownSending(answer.code());
            } else if (!unknown && random.nextBoolean()) {
                ledger.notDone(transfer, answer.code());
                return false;
            }
            RegisterCallers.rest(random, REST_MILLIS);
            timeout = REPEATED_TIMEOUT;
        }
        ledger.unresolved(transfer);
        return false;
    }

    private void decided(Transfer transfer, Answer answer, boolean wasUnknown) {
        Outcome outcome = answer.outcome();
        if (outcome == null) {
            ledger.refused(transfer, answer.code(), wasUnknown);
            return;
        }
        if (outcome.replayed() && !wasUnknown) {
            ledger.breach(transfer.id() + " is said to have been done before, and nobody had sent it: " + outcome);
        }
        ledger.acknowledged(transfer, outcome, wasUnknown);
    }

    /** It is known already, and must be answered the same by whichever node. */
    private void repeat(Transfer transfer, Answer first, Random random) throws InterruptedException {
        long begun = System.nanoTime();
        Answer again = send(any(random), transfer, REPEATED_TIMEOUT);
        while (!again.decides() && System.nanoTime() - begun < PATIENCE.toNanos()) {
            TimeUnit.MILLISECONDS.sleep(REST_MILLIS);
            again = send(any(random), transfer, REPEATED_TIMEOUT);
        }
        Outcome before = first.outcome();
        Outcome after = again.outcome();
        boolean same = before == null || after == null
                ? before == after && first.code().equals(again.code())
                : after.replayed()
                        && after.index() == before.index()
                        && after.results().equals(before.results());
        ledger.repeated(first.kind() == Answer.Kind.DONE);
        if (!same) {
            ledger.breach(transfer.id() + " was answered by " + first + ", and then by " + again);
        }
    }
}
