package io.wesdb.examples.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes down what callers ask for and are told, on the monotonic clock of this process. Safe for use by many threads; each call is ended by
 * at most one. A process may go on after a call whose outcome is unknown: that call stays open beside what it does next.
 */
public final class Recorder<I, O> {
    private final long begunNanos = System.nanoTime();
    private final List<Call<I, O>> calls = new ArrayList<>(); // guarded by this

    /** A call that is under way, or was. */
    public static final class Call<I, O> {
        private final int process;
        private final I input;
        private final long invokedNanos;
        private long returnedNanos = Operation.NEVER; // this and the following guarded by the recorder
        private @Nullable O output;
        private boolean neverHappened;

        private Call(int process, I input, long invokedNanos) {
            this.process = process;
            this.input = input;
            this.invokedNanos = invokedNanos;
        }

        private Operation<I, O> operation() {
            return new Operation<>(process, input, invokedNanos, returnedNanos, output);
        }
    }

    /** To be called before anything is sent. As long as nothing else is said of the call, its outcome is unknown. */
    public synchronized Call<I, O> invoke(int process, I input) {
        Call<I, O> call = new Call<>(process, input, nanos());
        calls.add(call);
        return call;
    }

    /** To be called once the answer is there. */
    public void returned(Call<I, O> call, O output) {
        long now = nanos();
        synchronized (this) {
            call.returnedNanos = now;
            call.output = output;
        }
    }

    /** It is certain that the call had no effect and never will, or it was one that has none: it is no part of the history. */
    public synchronized void neverHappened(Call<I, O> call) {
        call.neverHappened = true;
    }

    /**
     * All operations until now. Calls that are under way count as unknown. A history that is cut off in this way holds whatever the
     * operations in it can have seen, since what was asked for was taken down first; so if it has no order, the whole one has none.
     */
    public synchronized List<Operation<I, O>> history() {
        return calls.stream()
                .filter(call -> !call.neverHappened)
                .map(Call::operation)
                .toList();
    }

    /** Writes the history to a file, for a person: one operation a line, as they began. */
    public void write(Path file) throws IOException {
        Files.write(file, history().stream().map(Operation::toString).toList());
    }

    private long nanos() {
        return System.nanoTime() - begunNanos;
    }
}
