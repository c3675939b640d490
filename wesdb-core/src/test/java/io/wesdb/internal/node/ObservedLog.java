package io.wesdb.internal.node;

import io.wesdb.internal.log.ReplicatedLog;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Tells a story of what one node does with the log, and checks that what it is given is what was committed. */
final class ObservedLog implements ReplicatedLog {
    private final String node;
    private final ReplicatedLog log;
    private final Story story;
    private final Map<Long, byte[]> committed;
    private final Consumer<String> wrong;
    private final LongConsumer onTruncate;

    ObservedLog(
            String node,
            ReplicatedLog log,
            Story story,
            Map<Long, byte[]> committed,
            Consumer<String> wrong,
            LongConsumer onTruncate) {
        this.node = node;
        this.log = log;
        this.story = story;
        this.committed = committed;
        this.wrong = wrong;
        this.onTruncate = onTruncate;
    }

    private void check(long index, byte[] entry, String how) {
        if (!Arrays.equals(entry, committed.get(index))) {
            wrong.accept(node + " was told another entry " + index + " than was committed, by " + how);
        }
    }

    @Override
    public CompletableFuture<BegunTerm> beginTerm(String leader, String address) {
        return log.beginTerm(leader, address).whenComplete((begun, failure) -> {
            if (begun == null) {
                story.tell(node, "learns nothing of the term that it wanted to begin: %s", failure);
            } else {
                story.tell(
                        node,
                        "begins epoch %d (fence up); the log ends at %d",
                        begun.term().epoch(),
                        begun.head().index());
            }
        });
    }

    @Override
    public CompletableFuture<AppendResult> append(Term term, long index, byte[] entry) {
        return log.append(term, index, entry).whenComplete((result, failure) -> {
            story.tell(node, "hears that entry %d of epoch %d is %s", index, term.epoch(), result);
            if (result == AppendResult.COMMITTED) {
                check(index, entry, "its append");
            }
        });
    }

    @Override
    public CompletableFuture<Head> head() {
        return log.head();
    }

    @Override
    public CompletableFuture<Term> term() {
        return log.term();
    }

    @Override
    public CompletableFuture<byte[]> read(long index) {
        return log.read(index).whenComplete((entry, failure) -> {
            if (entry != null) {
                check(index, entry, "reading it");
            }
        });
    }

    @Override
    public CompletableFuture<Long> first() {
        return log.first();
    }

    @Override
    public CompletableFuture<Void> truncate(Term term, long below) {
        story.tell(node, "truncates the log below %d", below);
        onTruncate.accept(below);
        return log.truncate(term, below);
    }

    @Override
    public void start(Listener listener) {
        log.start(listener);
    }

    @Override
    public boolean connected() {
        return log.connected();
    }

    @Override
    public void close() {
        log.close();
    }
}
