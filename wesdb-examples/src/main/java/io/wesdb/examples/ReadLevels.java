package io.wesdb.examples;

import io.wesdb.ReadOptions;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import io.wesdb.examples.NodeClient.ReadCounts;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What each level of consistency costs on a follower while somebody writes through the leader, for one reader and for many, and how
 * linearizable reads share their readings of the log's head. Every reader looks what write was acknowledged last before it reads, and
 * whether it sees that one.
 */
@Command(
        name = "ReadLevels",
        mixinStandardHelpOptions = true,
        description = "What each level of consistency costs, and what it sees.")
public final class ReadLevels implements Callable<Integer> {
    private static final Duration MOST_STALE = Duration.ofMillis(500);
    private static final int MANY = 64;
    private static final int[] READERS = {1, 8, MANY};

    /** What many concurrent linearizable reads must at least share a reading of the head with. */
    private static final int QUERIES_A_HEAD_READ = 4;

    @Option(names = "--seconds", description = "Of each stretch. Default: ${DEFAULT-VALUE}.")
    double seconds = 3;

    @Option(names = "--rounds", description = "Stretches of each kind. Default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    /** The write that was acknowledged last. */
    private volatile Acknowledged latest = new Acknowledged(0, 0);

    /** @param index of the log */
    private record Acknowledged(long value, long index) {}

    /** A level, as a reader uses it who knows of a write. */
    private enum Level {
        LOCAL(false),
        BOUNDED(false),
        AT_LEAST(true),
        LINEARIZABLE(true);

        private final boolean promised;

        /** @param promised whether it must see the write that was acknowledged before */
        Level(boolean promised) {
            this.promised = promised;
        }

        private ReadOptions options(Acknowledged known) {
            return switch (this) {
                case LOCAL -> ReadOptions.local();
                case BOUNDED -> ReadOptions.bounded(MOST_STALE);
                case AT_LEAST -> ReadOptions.atLeast(known.index());
                case LINEARIZABLE -> ReadOptions.linearizable();
            };
        }
    }

    /** One level with so many readers, over all rounds. */
    private static final class Kind {
        private final Level level;
        private final int readers;
        private final List<Stretch.Summary> stretches = new ArrayList<>();
        private final LongAdder older = new LongAdder();
        private long queries;
        private long headReads;

        Kind(Level level, int readers) {
            this.level = level;
            this.readers = readers;
        }

        private double perSecond() {
            return Comparison.median(stretches, Stretch.Summary::perSecond);
        }

        private List<String> line(double local, boolean counted) {
            return List.of(
                    level.name(),
                    String.valueOf(readers),
                    String.format("%.0f", perSecond()),
                    String.format("%.2f", perSecond() / local),
                    String.format("%.3f ms", Comparison.median(stretches, Stretch.Summary::p50Millis)),
                    String.format("%.3f ms", Comparison.median(stretches, Stretch.Summary::p99Millis)),
                    String.valueOf(stretches.stream()
                            .mapToLong(Stretch.Summary::failed)
                            .sum()),
                    String.format("%,d", older.sum()),
                    counted ? String.format("%,d", headReads) : "?",
                    headReads == 0 ? "" : String.format("%.1f", (double) queries / headReads));
        }
    }

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new ReadLevels()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title("Reads on a follower, while one writes through the leader");
        try (Trio trio = Trio.start("read-levels")) {
            WesDb leader = trio.leader();
            leader.executeScript("CREATE TABLE counter(id INTEGER PRIMARY KEY, value INTEGER NOT NULL);"
                    + " INSERT INTO counter VALUES (1, 0)");
            NodeClient status = new NodeClient(
                    HttpClient.newHttpClient(),
                    "http://" + trio.follower().status().httpAddress());
            List<Kind> kinds = kinds();
            try (Load writing = new Load(1, Long.MAX_VALUE, (caller, number) -> write(leader, number + 1))) {
                for (Level level : Level.values()) {
                    measure(new Kind(level, MANY), trio.follower(), status); // warm up
                }
                writing.mark();
                for (int round = 0; round < rounds; round++) {
                    for (Kind kind : kinds) {
                        measure(kind, trio.follower(), status);
                    }
                }
                Stretch.Summary written = writing.lap();
                writing.stop();
                screen.aside(String.format("%.0f writes/s, %d failed", written.perSecond(), written.failed()));
            }
            report(screen, kinds, status.readCounts() != null);
        }
    }

    private static List<Kind> kinds() {
        List<Kind> kinds = new ArrayList<>();
        for (int readers : READERS) {
            for (Level level : Level.values()) {
                kinds.add(new Kind(level, readers));
            }
        }
        return kinds;
    }

    private boolean write(WesDb leader, long value) {
        try {
            long index = leader.execute("UPDATE counter SET value = ? WHERE id = 1", value)
                    .index();
            latest = new Acknowledged(value, index);
            return true;
        } catch (WesDbException e) {
            return false;
        }
    }

    private void measure(Kind kind, WesDb follower, NodeClient status) throws IOException, InterruptedException {
        ReadCounts before = status.readCounts();
        try (Load reading = new Load(kind.readers, Long.MAX_VALUE, (caller, number) -> read(kind, follower))) {
            kind.stretches.add(reading.lap(Duration.ofMillis((long) (1_000 * seconds))));
            reading.stop();
        }
        count(kind, before, status.readCounts());
    }

    private static void count(Kind kind, @Nullable ReadCounts before, @Nullable ReadCounts after) {
        if (before != null && after != null) {
            kind.queries += after.queries() - before.queries();
            kind.headReads += after.headReads() - before.headReads();
        }
    }

    private boolean read(Kind kind, WesDb follower) {
        Acknowledged known = latest;
        try {
            long seen = follower.query(kind.level.options(known), "SELECT value FROM counter WHERE id = 1")
                    .rows()
                    .get(0)
                    .getLong(0);
            if (seen < known.value()) {
                kind.older.increment();
            }
            return true;
        } catch (WesDbException e) {
            return false;
        }
    }

    private static void report(Screen screen, List<Kind> kinds, boolean counted) {
        List<List<String>> table = new ArrayList<>(List.of(List.of(
                "level",
                "readers",
                "queries/s",
                "/ local",
                "p50",
                "p99",
                "failed",
                "missed the last write",
                "readings of the head",
                "queries for each")));
        double local = 1;
        for (Kind kind : kinds) {
            local = kind.level == Level.LOCAL ? kind.perSecond() : local;
            table.add(kind.line(local, counted));
        }
        screen.table(table);
        for (Level level : Level.values()) {
            if (level.promised) {
                proveSeen(screen, level, kinds);
            }
        }
        Kind shared = kinds.stream()
                .filter(kind -> kind.level == Level.LINEARIZABLE && kind.readers == MANY)
                .findFirst()
                .orElseThrow();
        screen.prove(
                shared.headReads > 0 && shared.headReads <= shared.queries / QUERIES_A_HEAD_READ,
                counted
                        ? String.format(
                                "with %d linearizable readers %,d queries cost %,d readings of the head, at most one in %d",
                                MANY, shared.queries, shared.headReads, QUERIES_A_HEAD_READ)
                        : "the node counts its queries and its readings of the head in /status");
    }

    private static void proveSeen(Screen screen, Level level, List<Kind> kinds) {
        long queries = 0;
        long older = 0;
        for (Kind kind : kinds) {
            if (kind.level == level) {
                queries += kind.stretches.stream()
                        .mapToLong(Stretch.Summary::count)
                        .sum();
                older += kind.older.sum();
            }
        }
        screen.prove(
                queries > 0 && older == 0,
                String.format(
                        "%s: every query saw the write acknowledged last before it began; %,d queries, missed by %,d",
                        level, queries, older));
    }
}
