package io.wesdb.examples.harness;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Transaction.Action;
import io.wesdb.examples.harness.Transaction.Answer;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether transactions on lists were strictly serializable, in the manner of Elle (Kingsbury and Alvaro, <i>Elle: inferring isolation anomalies
 * from experimental observations</i>, 2020). No number is appended twice, so a list that is read in the end tells in what order it was
 * written, and a list that is read on the way what was written before and after. That and the clock tell what came before what; if it
 * goes round in a circle, no order of the transactions explains what they saw. For one thread, and used once.
 */
final class AppendChecker {
    private final List<Entry<Transaction, Answer>> entries;
    private final Map<Integer, Seen> last;
    private final Findings findings;

    /** By number: who appended it. */
    private final Map<Integer, Integer> writers = new HashMap<>();

    /** By transaction: how many of its numbers are there in the end. */
    private final int[] present;

    private final List<Reading> readings = new ArrayList<>();

    /** That transaction saw that many numbers of that list that are not its own. */
    private record Reading(int transaction, int key, int length) {}

    /** @param last the lists that are there in the end */
    AppendChecker(List<Entry<Transaction, Answer>> entries, Map<Integer, Seen> last, Findings findings) {
        this.entries = entries;
        this.last = last;
        this.findings = findings;
        this.present = new int[entries.size()];
    }

    void check() {
        for (int i = 0; i < entries.size(); i++) {
            for (Action action : entries.get(i).asked.actions()) {
                if (action.appends()) {
                    writers.put(action.value(), i);
                }
            }
        }
        long numbers = 0;
        for (Map.Entry<Integer, Seen> list : last.entrySet()) {
            numbers += list.getValue().length();
            checkLast(list.getKey(), list.getValue());
        }
        for (int i = 0; i < entries.size(); i++) {
            checkPresent(i);
            if (entries.get(i).isDone()) {
                checkViews(i);
            }
        }
        claim(numbers);
        new AppendCycles(entries, findings).check(graph());
    }

    private void claim(long numbers) {
        findings.claim(
                "appended",
                String.format(
                        "%,d numbers in %,d lists: each there once, each acknowledged one there, none of a transaction that was refused, and of no transaction a part",
                        numbers, last.size()));
        findings.claim(
                "views",
                String.format(
                        "each of %,d views of a list shows what it began with in the end: no write was seen and then lost or moved",
                        readings.size()));
    }

    private void checkLast(int key, Seen list) {
        Map<Integer, Integer> places = new HashMap<>();
        for (int i = 0; i < list.length(); i++) {
            int value = list.at(i);
            Integer writer = writers.get(value);
            Integer before = places.put(value, i);
            if (writer == null || !appends(writer, key, value)) {
                findings.found(
                        "appended", "list " + key + " holds " + value + ", which nobody appended to it: " + list);
            } else if (before != null) {
                findings.found(
                        "appended",
                        "done twice: list " + key + " holds " + value + " at " + before + " and at " + i,
                        entries.get(writer));
            } else {
                present[writer]++;
                if (entries.get(writer).ending() == Ending.NOT_DONE) {
                    findings.found(
                            "appended",
                            "G1a, said not to be done and done: list " + key + " holds " + value,
                            entries.get(writer));
                }
            }
        }
    }

    private boolean appends(int transaction, int key, int value) {
        return entries.get(transaction).asked.actions().contains(Action.append(key, value));
    }

    private void checkPresent(int i) {
        Entry<Transaction, Answer> entry = entries.get(i);
        long appended = entry.asked.actions().stream().filter(Action::appends).count();
        if (present[i] < appended && (entry.isDone() || present[i] > 0)) {
            findings.found(
                    "appended",
                    entry.isDone()
                            ? "a lost write: of " + appended + " numbers that were acknowledged " + present[i]
                                    + " are there in the end"
                            : "half done: of " + appended + " numbers " + present[i] + " are there in the end",
                    entry);
        }
    }

    private void checkViews(int transaction) {
        Entry<Transaction, Answer> entry = entries.get(transaction);
        Map<Integer, List<Integer>> own = new HashMap<>();
        Map<Integer, Integer> lengths = new HashMap<>();
        List<Action> actions = entry.asked.actions();
        for (int i = 0; i < actions.size(); i++) {
            Action action = actions.get(i);
            List<Integer> mine = own.computeIfAbsent(action.key(), key -> new ArrayList<>());
            if (action.appends()) {
                mine.add(action.value());
            }
            Seen view = entry.told().views().get(i);
            if (view == null) {
                continue;
            }
            int others = view.length() - mine.size();
            if (!endsWith(view, mine)) {
                findings.found(
                        "views",
                        "it did not see what it had appended to list " + action.key() + " itself: " + view,
                        entry);
            } else if (lengths.getOrDefault(action.key(), others) != others) {
                findings.found("views", "list " + action.key() + " changed within a transaction", entry);
            } else if (beginsLast(transaction, action.key(), view)) {
                if (lengths.put(action.key(), others) == null) {
                    readings.add(new Reading(transaction, action.key(), others));
                }
            }
        }
    }

    private static boolean endsWith(Seen view, List<Integer> mine) {
        int begin = view.length() - mine.size();
        if (begin < 0) {
            return false;
        }
        for (int i = 0; i < mine.size(); i++) {
            if (view.at(begin + i) != mine.get(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean beginsLast(int transaction, int key, Seen view) {
        Seen end = last.getOrDefault(key, Seen.of());
        for (int i = 0; i < view.length(); i++) {
            if (i >= end.length() || view.at(i) != end.at(i)) {
                Integer writer = writers.get(view.at(i));
                List<Entry<Transaction, Answer>> shown = new ArrayList<>(List.of(entries.get(transaction)));
                if (writer != null && writer != transaction) {
                    shown.add(entries.get(writer));
                }
                findings.found(
                        "views",
                        "list " + key + " was seen with " + view.at(i) + " at " + i + ", and in the end "
                                + (i < end.length() ? end.at(i) + " is there" : "it ends before") + ": seen " + view
                                + ", in the end " + end,
                        shown);
                return false;
            }
        }
        return true;
    }

    private Dependencies graph() {
        Dependencies graph = new Dependencies(2 * entries.size());
        for (Map.Entry<Integer, Seen> list : last.entrySet()) {
            Seen numbers = list.getValue();
            for (int i = 0; i + 1 < numbers.length(); i++) {
                add(
                        graph,
                        writers.get(numbers.at(i)),
                        writers.get(numbers.at(i + 1)),
                        AppendCycles.WW,
                        list.getKey(),
                        numbers.at(i + 1));
            }
        }
        for (Reading reading : readings) {
            Seen numbers = last.getOrDefault(reading.key, Seen.of());
            if (reading.length > 0) {
                int seen = numbers.at(reading.length - 1);
                add(graph, writers.get(seen), reading.transaction, AppendCycles.WR, reading.key, seen);
            }
            if (reading.length < numbers.length()) {
                int unseen = numbers.at(reading.length);
                add(graph, reading.transaction, writers.get(unseen), AppendCycles.RW, reading.key, unseen);
            }
        }
        return graph;
    }

    private static void add(
            Dependencies graph, @Nullable Integer from, @Nullable Integer to, int kind, int key, int value) {
        if (from != null && to != null && !from.equals(to)) {
            graph.add(from, to, kind, key, value);
        }
    }
}
