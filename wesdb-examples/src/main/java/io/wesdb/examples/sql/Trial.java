package io.wesdb.examples.sql;

import io.wesdb.VerificationResult;
import io.wesdb.examples.sql.Cluster.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * A new cluster and a new SQLite file, on which the same is done. Commands are sent without waiting for their results,
 * which are compared by {@link #join}. For one thread.
 */
final class Trial implements AutoCloseable {
    private record Sent(Step.Command command, Outcome bare, CompletableFuture<Answer> wesdb) {}

    private final Cluster cluster;
    private final Path bareFile;
    private final BareSqlite bare;
    private final Tally tally;
    private final UnaryOperator<Outcome> lens;
    private final List<Sent> sent = new ArrayList<>();
    private final List<Step> history = new ArrayList<>();
    private int sentTo;
    private long index;

    private Trial(Cluster cluster, Path bareFile, BareSqlite bare, Tally tally, UnaryOperator<Outcome> lens) {
        this.cluster = cluster;
        this.bareFile = bareFile;
        this.bare = bare;
        this.tally = tally;
        this.lens = lens;
    }

    /**
     * Where trials take place.
     *
     * @param connectString ZooKeeper's
     * @param directory for the files
     * @param lens what wesdb's outcomes are seen through: identity, but for tests of the comparison itself
     */
    record Place(String connectString, Path directory, UnaryOperator<Outcome> lens) {
        /** @param name that no other trial here has */
        Trial open(String name, int nodes, Tally tally) throws SQLException {
            Path bareFile = directory.resolve(name + "-bare.db");
            BareSqlite bare = BareSqlite.open(bareFile);
            try {
                return new Trial(Cluster.start(connectString, name, directory, nodes), bareFile, bare, tally, lens);
            } catch (RuntimeException e) {
                bare.close();
                throw e;
            }
        }
    }

    int nodes() {
        return cluster.size();
    }

    BareSqlite bare() {
        return bare;
    }

    /** @return whether it was done, according to bare SQLite */
    boolean command(int node, Step.Command command) throws SQLException, DifferenceException {
        if (node != sentTo) {
            join(); // only commands to the same node keep their order
            sentTo = node;
        }
        history.add(command);
        Outcome expected = new Outcome.Fault("not run here");
        if (command.expectation().isShared()) {
            expected = bare.execute(command);
        }
        tally.add(command, expected);
        sent.add(new Sent(command, expected, cluster.send(node, command)));
        return expected instanceof Outcome.Done;
    }

    /** Waits for the results of all commands, and compares them. */
    void join() throws DifferenceException {
        int first = history.size() - sent.size();
        for (int i = 0; i < sent.size(); i++) {
            Sent each = sent.get(i);
            Answer answer = each.wesdb().join();
            index = Math.max(index, answer.index());
            Optional<String> wrong = Comparison.command(each.command(), each.bare(), lens.apply(answer.outcome()));
            if (wrong.isPresent()) {
                throw different(wrong.get(), history.subList(0, first + i + 1));
            }
        }
        sent.clear();
    }

    /** @param linearizable instead of naming the index that must be seen */
    void query(int node, Step.Query query, boolean streamed, boolean linearizable) throws DifferenceException {
        join();
        history.add(query);
        Outcome expected = query.expectation().isShared() ? bare.query(query.sql()) : new Outcome.Fault("not run here");
        tally.add(query, expected);
        Outcome actual = lens.apply(cluster.query(node, linearizable ? 0 : index, query.sql(), streamed));
        Optional<String> wrong = Comparison.query(query, expected, actual);
        if (wrong.isPresent()) {
            throw different(wrong.get(), history);
        }
    }

    private DifferenceException different(String what, List<Step> steps) {
        return new DifferenceException(steps.get(steps.size() - 1) + "\n" + what, steps);
    }

    /** Compares every node's file with the bare one and with each other, and has the nodes compare themselves. */
    Contents compareContents() throws SQLException, DifferenceException {
        join();
        Step.Query barrier = new Step.Query(Sql.plain("SELECT 1", Sql.Kind.ROWS), true, Step.Expectation.SAME);
        for (int node = 0; node < cluster.size(); node++) {
            cluster.query(node, 0, barrier.sql(), false); // now it has applied all
        }
        Contents first = Contents.of(cluster.files().get(0));
        same("the nodes' files differ from the bare one", Contents.of(bareFile), first, Workload.CHANCE);
        for (Path file : cluster.files()) {
            same("the nodes' files differ", first, Contents.of(file), "");
        }
        VerificationResult verified = cluster.verify();
        if (!verified.sound()) {
            throw new DifferenceException("verify() says " + verified, history);
        }
        return first;
    }

    private void same(String claim, Contents one, Contents other, String apart) throws DifferenceException {
        Optional<String> difference = one.difference(other, apart);
        if (difference.isPresent()) {
            throw new DifferenceException(claim + " in " + difference.get(), history);
        }
    }

    @Override
    public void close() throws SQLException {
        cluster.close();
        bare.close();
    }

    /** Deletes the files, which are of no use where nothing differed. */
    void delete() throws IOException {
        for (Path file : cluster.files()) {
            for (String ending : List.of("", "-wal", "-shm", "-node")) {
                Files.deleteIfExists(Path.of(file + ending));
            }
        }
        for (String ending : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(Path.of(bareFile + ending));
        }
    }
}
