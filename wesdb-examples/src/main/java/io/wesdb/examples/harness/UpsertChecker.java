package io.wesdb.examples.harness;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.UpsertWorkload.Answer;
import io.wesdb.examples.harness.UpsertWorkload.Asked;
import io.wesdb.examples.harness.UpsertWorkload.Row;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether the same row was the same wherever and whenever it was seen, whether each upsert was done once, and whether what was drawn looks
 * like drawn: no random number comes twice, no time goes back. For one thread, and used once.
 */
final class UpsertChecker {
    private static final int KEY_SHIFT = 40;

    private final List<Entry<Asked, Answer>> entries;
    private final Map<String, List<Row>> ends;
    private final Findings findings;

    /** By table and key: what was seen first, and by whom. */
    private final Map<String, Map<Long, Sight>> sights = new HashMap<>();

    private record Sight(Row row, Entry<Asked, Answer> by) {}

    /** @param ends all rows that each node has in the end, by its name */
    UpsertChecker(List<Entry<Asked, Answer>> entries, Map<String, List<Row>> ends, Findings findings) {
        this.entries = entries;
        this.ends = ends;
        this.findings = findings;
    }

    /** The key of a row as it is the n-th time. */
    static long version(long key, long n) {
        return (key << KEY_SHIFT) + n;
    }

    void check() {
        checkSights();
        checkEnds();
        List<Row> end = ends.values().iterator().next();
        checkTold(end);
        checkOnce(end);
        checkDrawn(end);
    }

    private void checkSights() {
        long seen = 0;
        long again = 0;
        long elsewhere = 0;
        for (Entry<Asked, Answer> entry : entries) {
            if (!entry.isDone()) {
                continue;
            }
            for (Row row : entry.told().rows()) {
                seen++;
                Sight first = sights.computeIfAbsent(row.table(), table -> new HashMap<>())
                        .putIfAbsent(row.key(), new Sight(row, entry));
                if (first != null) {
                    again++;
                    elsewhere += first.by.node.equals(entry.node) ? 0 : 1;
                    if (!first.row.text().equals(row.text())) {
                        findings.found(
                                "sights",
                                "the same row, and not equal: " + first.row + " as " + first.by.node + " has it, "
                                        + row.text() + " as " + entry.node + " has it",
                                first.by,
                                entry);
                    }
                }
            }
            if (entry.asked.kind().equals(UpsertWorkload.LOOK) && entry.asked.of() > 0) {
                boolean there = entry.told().rows().stream().anyMatch(row -> row.key() == entry.asked.of());
                if (!there) {
                    findings.found(
                            "sights",
                            "row " + entry.asked.of() + " is not there at the index it was written at",
                            entry);
                }
            }
        }
        findings.claim(
                "sights",
                String.format(
                        "of %,d rows seen on the way %,d had been seen before, %,d of them first on another node: each was the same",
                        seen, again, elsewhere));
    }

    private void checkEnds() {
        Map.Entry<String, List<Row>> first = ends.entrySet().iterator().next();
        for (Map.Entry<String, List<Row>> other : ends.entrySet()) {
            compare(first.getKey(), first.getValue(), other.getKey(), other.getValue());
        }
        findings.claim(
                "ends",
                String.format(
                        "in the end all %,d rows are equal on %s",
                        first.getValue().size(), String.join(", ", ends.keySet())));
    }

    private void compare(String firstName, List<Row> first, String otherName, List<Row> other) {
        for (int i = 0; i < Math.max(first.size(), other.size()); i++) {
            Object mine = i < first.size() ? first.get(i) : "no more rows";
            Object others = i < other.size() ? other.get(i) : "no more rows";
            if (!mine.equals(others)) {
                findings.found(
                        "ends",
                        "in the end the tables differ: " + firstName + " has " + mine + ", " + otherName + " has "
                                + others);
            }
        }
    }

    /** What was told on the way must still be there. */
    private void checkTold(List<Row> end) {
        Map<Long, String> draws = new HashMap<>();
        end.stream().filter(row -> row.table().equals("draw")).forEach(row -> draws.put(row.key(), row.text()));
        for (Sight sight : sights.getOrDefault("draw", Map.of()).values()) {
            String there = draws.get(sight.row.key());
            if (!sight.row.text().equals(there)) {
                findings.found(
                        "told",
                        sight.row + (there == null ? " was seen and is lost" : " was seen, and in the end is " + there),
                        sight.by);
            }
        }
        findings.claim("told", "every row that was acknowledged or seen is there in the end, as it was");
    }

    /** The n-th time comes once for each n, and as often as was acknowledged. */
    private void checkOnce(List<Row> end) {
        Map<Long, Long> times = new TreeMap<>();
        for (Row row : end) {
            String[] fields = row.text().split("\\|", -1);
            if (row.table().equals("draw") && fields[2].equals("command")) {
                long key = Long.parseLong(fields[0]);
                long n = times.merge(key, 1L, Long::sum);
                if (Long.parseLong(fields[1]) != n) {
                    findings.found("once", "key " + key + ": after " + (n - 1) + " times comes " + row);
                    times.put(key, Long.parseLong(fields[1]));
                }
            }
        }
        long unknown = 0;
        Map<Long, Long> least = new HashMap<>();
        Map<Long, Long> most = new HashMap<>();
        for (Entry<Asked, Answer> entry : entries) {
            if (entry.asked.writes() && entry.ending() != Ending.NOT_DONE) {
                least.merge(entry.asked.of(), entry.isDone() ? 1L : 0L, Long::sum);
                most.merge(entry.asked.of(), 1L, Long::sum);
                unknown += entry.isDone() ? 0 : 1;
            }
        }
        most.forEach((key, upserts) -> {
            long done = times.getOrDefault(key, 0L);
            long acknowledged = least.getOrDefault(key, 0L);
            if (done < acknowledged || done > upserts) {
                findings.found(
                        "once",
                        "key " + key + " was upserted " + done + " times: " + acknowledged + " were acknowledged and "
                                + (upserts - acknowledged) + " unknown");
            }
        });
        findings.claim(
                "once",
                String.format(
                        "%,d upserts, each done once; of %,d the outcome was unknown",
                        times.values().stream().mapToLong(n -> n).sum(), unknown));
    }

    private void checkDrawn(List<Row> end) {
        Set<String> drawn = new HashSet<>();
        List<Row> draws = new ArrayList<>();
        for (Row row : end) {
            if (row.table().equals("draw")) {
                draws.add(row);
            }
        }
        String latest = "";
        for (Row row : draws) {
            String[] fields = row.text().split("\\|", -1);
            if (!drawn.add(fields[5])) {
                findings.found("drawn", "a random number that was drawn before: " + row);
            }
            if (fields[7].compareTo(latest) < 0) {
                findings.found("drawn", "time went back from " + latest + ": " + row);
            }
            latest = fields[7];
            boolean command = fields[2].equals("command");
            if (command && !(fields[3].equals("1") && fields[4].equals(fields[1].equals("1") ? fields[0] : "0"))) {
                findings.found("drawn", "changes() and last_insert_rowid() are of another command: " + row);
            }
        }
        findings.claim(
                "drawn",
                String.format(
                        "in %,d rows no random number comes twice, no time goes back, and changes() and last_insert_rowid() are those of the command",
                        draws.size()));
    }
}
