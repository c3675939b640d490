package io.wesdb.examples.sql;

import java.sql.SQLException;
import java.util.OptionalInt;

/**
 * One workload on a cluster and a file of its own, so that its seed alone tells all of it: rounds of commands to one
 * node, then queries on all nodes, at the end a comparison of everything. For one thread.
 */
final class Chapter {
    private static final int MOST_ROWS = 60;

    private final Trial trial;
    private final Workload workload;
    private final Dice dice;
    private final Tally tally;

    Chapter(Trial trial, long seed, Tally tally) {
        this.trial = trial;
        this.workload = new Workload(seed);
        this.dice = new Dice(~seed);
        this.tally = tally;
    }

    /** @return what all nodes hold at the end */
    Contents run(long statements) throws SQLException, DifferenceException {
        long end = tally.statements() + statements;
        while (tally.statements() < end) {
            round();
        }
        return trial.compareContents();
    }

    private void round() throws SQLException, DifferenceException {
        int node = dice.below(trial.nodes());
        int commands = dice.between(1, 40);
        for (int i = 0; i < commands; i++) {
            send(node, workload.nextCommand());
        }
        for (Table table : workload.growing()) {
            OptionalInt rows = trial.bare().count(table);
            if (rows.isPresent() && rows.getAsInt() > MOST_ROWS) {
                send(node, workload.prune(table));
            }
        }
        trial.join();
        int queries = dice.between(0, 60);
        for (int i = 0; i < queries; i++) {
            trial.query(dice.below(trial.nodes()), workload.nextQuery(), dice.percent(20), dice.percent(2));
        }
    }

    private void send(int node, Step.Command command) throws SQLException, DifferenceException {
        workload.told(trial.command(node, command));
    }
}
