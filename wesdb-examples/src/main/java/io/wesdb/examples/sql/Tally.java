package io.wesdb.examples.sql;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts what was done, to show that the workload does what it is for. For one thread. */
public final class Tally {
    private long statements;
    private long commands;
    private long queries;
    private long rows;
    private final Map<String, Long> refused = new TreeMap<>();
    private final Map<String, Long> verbs = new TreeMap<>();

    void add(Step step, Outcome outcome) {
        statements += step.size();
        if (step instanceof Step.Command command) {
            commands++;
            command.statements().forEach(sql -> count(verbs, verb(sql.text())));
        } else {
            queries++;
        }
        if (outcome instanceof Outcome.Refused error) {
            count(refused, String.valueOf(error.code()));
        } else if (outcome instanceof Outcome.Done done) {
            rows += done.results().stream()
                    .mapToLong(result -> result.rows().size())
                    .sum();
        } else {
            count(refused, "by wesdb alone");
        }
    }

    private static String verb(String text) {
        String[] words = text.split("[^A-Za-z]+", 3);
        boolean two = words[0].equals("CREATE") || words[0].equals("DROP") || words[0].equals("ALTER");
        String verb = two && words.length > 1 ? words[0] + " " + words[1] : words[0];
        return verb.matches("[A-Z ]+") ? verb : "(other)";
    }

    private static void count(Map<String, Long> counts, String what) {
        counts.merge(what, 1L, Long::sum);
    }

    public long statements() {
        return statements;
    }

    /** For a person. */
    public String summary() {
        return String.format(
                        "%,d statements in %,d commands and %,d queries; %,d rows compared%n",
                        statements, commands, queries, rows)
                + "in commands: " + shown(verbs, 100) + "\n" + "refused, by SQLite's code: " + shown(refused, 0);
    }

    private static String shown(Map<String, Long> counts, long least) {
        return counts.entrySet().stream()
                .filter(entry -> entry.getValue() >= least)
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
