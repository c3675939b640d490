package io.wesdb.examples.sql;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Chapters from one seed, until so many statements were compared or something differs. For one thread.
 */
public final class SqlRun {
    private final Trial.Place place;
    private final int nodes;
    private final Duration shrinkLimit;
    private final Consumer<String> progress;
    private final Tally tally = new Tally();

    /**
     * @param connectString ZooKeeper's
     * @param directory for the files
     * @param nodes how many the clusters have
     * @param shrinkLimit how long a history at whose end something differs may be tried to make shorter; zero for not at all
     * @param progress told a line a chapter
     */
    public SqlRun(String connectString, Path directory, int nodes, Duration shrinkLimit, Consumer<String> progress) {
        this(new Trial.Place(connectString, directory, UnaryOperator.identity()), nodes, shrinkLimit, progress);
    }

    SqlRun(Trial.Place place, int nodes, Duration shrinkLimit, Consumer<String> progress) {
        this.place = place;
        this.nodes = nodes;
        this.shrinkLimit = shrinkLimit;
        this.progress = progress;
    }

    public Tally tally() {
        return tally;
    }

    /**
     * Runs chapters.
     *
     * @param chapterStatements how many statements one has, about
     * @return what differs, for a person; empty if nothing does
     */
    public Optional<String> run(long seed, long statements, long chapterStatements) throws SQLException, IOException {
        for (int number = 0; tally.statements() < statements; number++) {
            // Chapters of neighbouring seeds are not to be the same ones.
            Optional<String> difference =
                    chapter(seed + 1_000_003L * number, Math.min(chapterStatements, statements - tally.statements()));
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private Optional<String> chapter(long seed, long statements) throws SQLException, IOException {
        String name = "chapter-" + seed;
        Trial trial = place.open(name, nodes, tally);
        try (trial) {
            Contents contents = new Chapter(trial, seed, tally).run(statements);
            progress.accept(String.format(
                    "seed %d: %,d statements so far; %d tables, %,d rows at its end",
                    seed, tally.statements(), contents.tables(), contents.rowCount()));
        } catch (DifferenceException e) {
            return Optional.of(report(seed, statements, e));
        }
        trial.delete();
        return Optional.empty();
    }

    private String report(long seed, long statements, DifferenceException found) throws SQLException, IOException {
        String begin = String.format(
                "Seed %d (of one chapter of %d statements), after %,d steps:%n%s%n",
                seed, statements, found.history().size(), found.getMessage());
        progress.accept(begin);
        if (shrinkLimit.isZero()) {
            return begin + "Needed for it:\n" + shown(found.history());
        }
        Optional<DifferenceException> shrunk = Shrinker.shrink(place, "shrunk-" + seed, nodes, found, shrinkLimit);
        return begin
                + shrunk.map(shorter -> "\nThe same or another difference, after less:\n" + shown(shorter.history())
                                + "\n" + shorter.getMessage())
                        .orElse("\nDone once more, nothing differs.");
    }

    private static String shown(List<Step> history) {
        return history.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }
}
