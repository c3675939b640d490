package io.wesdb.examples.sql;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a history at whose end something differs shorter, by leaving out what is not needed for that: first halves, then
 * quarters and so on down to single steps, then single statements (after Zeller's ddmin). For one thread.
 */
final class Shrinker {
    private final Trial.Place place;
    private final String name;
    private final int nodes;
    private final long endNanos;
    private DifferenceException best;
    private int trials;

    private Shrinker(Trial.Place place, String name, int nodes, DifferenceException found, Duration limit) {
        this.place = place;
        this.name = name;
        this.nodes = nodes;
        this.best = found;
        this.endNanos = System.nanoTime() + limit.toNanos();
    }

    /**
     * @param name for its trials
     * @param limit how long it may take
     * @return the shortest history found, if it differs again at all
     */
    static Optional<DifferenceException> shrink(
            Trial.Place place, String name, int nodes, DifferenceException found, Duration limit)
            throws SQLException, IOException {
        // One node is faster, and shows nearly everything.
        for (int count : nodes == 1 ? List.of(1) : List.of(1, nodes)) {
            Shrinker shrinker = new Shrinker(place, name + "-" + count, count, found, limit);
            if (shrinker.differs(found.history())) {
                shrinker.leaveOutSteps(found.history().size() / 2);
                shrinker.leaveOutStatements();
                shrinker.leaveOutSteps(1); // what only those statements needed
                return Optional.of(shrinker.best);
            }
        }
        return Optional.empty();
    }

    private void leaveOutSteps(int most) throws SQLException, IOException {
        for (int size = Math.max(1, most); size >= 1; size /= 2) {
            int from = 0;
            while (from < best.history().size() && inTime()) {
                List<Step> steps = new ArrayList<>(best.history());
                steps.subList(from, Math.min(steps.size(), from + size)).clear();
                if (!differs(steps)) {
                    from += size;
                }
            }
        }
    }

    private void leaveOutStatements() throws SQLException, IOException {
        for (int i = 0; i < best.history().size(); i++) {
            int at = 0;
            while (i < best.history().size()
                    && best.history().get(i) instanceof Step.Command command
                    && at < command.size()
                    && command.size() > 1
                    && inTime()) {
                List<Sql> statements = new ArrayList<>(command.statements());
                statements.remove(at);
                List<Step> steps = new ArrayList<>(best.history());
                steps.set(i, new Step.Command(statements, null, command.schema(), command.expectation()));
                at += differs(steps) ? 0 : 1;
            }
        }
    }

    private boolean inTime() {
        return System.nanoTime() - endNanos < 0;
    }

    /** Whether something differs, wherever it is; then that is the best so far. */
    private boolean differs(List<Step> steps) throws SQLException, IOException {
        if (steps.isEmpty()) {
            return false;
        }
        Trial trial = place.open(name + "-" + ++trials, nodes, new Tally());
        try (trial) {
            for (Step step : steps) {
                if (step instanceof Step.Command command) {
                    trial.command(0, command);
                } else if (step instanceof Step.Query query) {
                    trial.query(trials % nodes, query, false, false);
                }
            }
            trial.compareContents();
            return false;
        } catch (DifferenceException e) {
            best = e;
            return true;
        } finally {
            trial.delete();
        }
    }
}
