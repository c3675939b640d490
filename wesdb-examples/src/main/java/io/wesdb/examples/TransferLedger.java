package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What callers were told of their transfers, to be held against what a node has in the end. Safe for use by many threads. */
final class TransferLedger {
    private static final int PAGE = 20_000;
    private static final int MOST_BREACHES = 10;

    /** What is known of a transfer. */
    enum Fate {
        ACKNOWLEDGED,
        REFUSED,
        NOT_DONE,
        UNRESOLVED
    }

    /** @param mark the random number that the row must hold, as the answer's JSON has it */
    private record Known(Fate fate, Transfer transfer, String mark) {}

    private final Map<String, Known> known = new HashMap<>();
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, Long> unknownBy = new TreeMap<>();
    private final List<String> breaches = new ArrayList<>();
    private long acknowledged;
    private long unknownSendings;
    private long unknownTransfers;

    synchronized void acknowledged(Transfer transfer, Outcome outcome, boolean wasUnknown) {
        acknowledged++;
        known.put(transfer.id(), new Known(Fate.ACKNOWLEDGED, transfer, outcome.results()));
        if (wasUnknown) {
            count(
                    outcome.replayed()
                            ? "outcome unknown, then: had been done"
                            : "outcome unknown, then: had not been done, and was now");
            unknownTransfers++;
        } else {
            count("acknowledged");
        }
    }

    synchronized void refused(Transfer transfer, String code, boolean wasUnknown) {
        known.put(transfer.id(), new Known(Fate.REFUSED, transfer, ""));
        String why = code.equals("CONSTRAINT") ? "SQL error (CHECK)" : "precondition failed";
        count(wasUnknown ? "outcome unknown, then: " + why : why);
        unknownTransfers += wasUnknown ? 1 : 0;
    }

    synchronized void notDone(Transfer transfer, String code) {
        known.put(transfer.id(), new Known(Fate.NOT_DONE, transfer, ""));
        count("not done (" + code + ")");
    }

    synchronized void unresolved(Transfer transfer) {
        known.put(transfer.id(), new Known(Fate.UNRESOLVED, transfer, ""));
        count("outcome never known");
        breach(transfer.id() + " could not be resolved");
    }

    synchronized void unknownSending(String code) {
        unknownSendings++;
        unknownBy.merge(code, 1L, Long::sum);
    }

    synchronized void repeated(boolean done) {
        count(done ? "acknowledged, and repeated on purpose" : "refused, and repeated on purpose");
    }

    /** Something that must not be. */
    synchronized void breach(String what) {
        if (breaches.size() < MOST_BREACHES) {
            breaches.add(what);
        }
    }

    private void count(String name) {
        counts.merge(name, 1L, Long::sum);
    }

    /** How many are known to be done: a read that begins now must see them. */
    synchronized long acknowledged() {
        return acknowledged;
    }

    synchronized void report(Screen screen) {
        List<List<String>> lines = new ArrayList<>(List.of(List.of("transfers", "number")));
        counts.forEach((name, number) -> lines.add(List.of(name, String.format("%,d", number))));
        screen.table(lines);
        screen.aside(String.format("Sendings whose outcome was unknown: %,d %s", unknownSendings, unknownBy));
        screen.prove(
                unknownTransfers > 0,
                String.format("outcomes were unknown, of %,d transfers, or this would show nothing", unknownTransfers));
        screen.prove(
                breaches.isEmpty(),
                "every answer fitted those before it, and every unknown outcome was resolved"
                        + (breaches.isEmpty() ? "" : ": " + String.join("; ", breaches)));
    }

    /** Reads everything from a node that has applied {@code index}. */
    synchronized void audit(Screen screen, NodeClient node, long index, long[] balances)
            throws IOException, InterruptedException {
        Map<String, Integer> found = new HashMap<>();
        long wrong = 0;
        long last = 0;
        int size = PAGE;
        while (size == PAGE) {
            List<? extends List<?>> rows = node.query(
                            index,
                            "SELECT rowid, id, source, target, amount, mark FROM transfers WHERE rowid > ?"
                                    + " ORDER BY rowid LIMIT " + PAGE,
                            last)
                    .rows();
            for (List<?> row : rows) {
                last = number(row.get(0));
                String id = String.valueOf(row.get(1));
                found.merge(id, 1, Integer::sum);
                balances[(int) number(row.get(2))] -= number(row.get(4));
                balances[(int) number(row.get(3))] += number(row.get(4));
                Known told = known.get(id);
                wrong += told == null || (told.fate() == Fate.ACKNOWLEDGED && !isAsTold(told, row)) ? 1 : 0;
            }
            size = rows.size();
        }
        compare(screen, found, wrong);
        proveBalances(screen, node, index, balances);
    }

    private static boolean isAsTold(Known told, List<?> row) {
        return number(row.get(2)) == told.transfer().from()
                && number(row.get(3)) == told.transfer().to()
                && number(row.get(4)) == told.transfer().amount()
                && told.mark().contains("\"mark\":" + number(row.get(5)) + "}");
    }

    private static long number(Object value) {
        return ((Number) value).longValue();
    }

    private void compare(Screen screen, Map<String, Integer> found, long wrong) {
        long missing = 0;
        long twice = 0;
        long surplus = 0;
        for (Map.Entry<String, Known> each : known.entrySet()) {
            int times = found.getOrDefault(each.getKey(), 0);
            Fate fate = each.getValue().fate();
            missing += fate == Fate.ACKNOWLEDGED && times == 0 ? 1 : 0;
            surplus += (fate == Fate.REFUSED || fate == Fate.NOT_DONE) && times > 0 ? 1 : 0;
            twice += times > 1 ? 1 : 0;
        }
        screen.prove(missing == 0, String.format("none of %,d acknowledged is missing: %d", acknowledged, missing));
        screen.prove(twice == 0, "none is there twice: " + twice);
        screen.prove(surplus == 0, "none is there that was refused or reported as not done: " + surplus);
        screen.prove(wrong == 0, "each is as it was answered, and none is there that nobody sent: " + wrong);
    }

    private static void proveBalances(Screen screen, NodeClient node, long index, long[] expected)
            throws IOException, InterruptedException {
        List<? extends List<?>> rows =
                node.query(index, "SELECT balance FROM account ORDER BY id").rows();
        int differing = 0;
        for (int i = 0; i < expected.length; i++) {
            differing += number(rows.get(i).get(0)) != expected[i] ? 1 : 0;
        }
        screen.prove(
                differing == 0, "each account holds what it began with and what the transfers came to: " + differing);
    }
}
