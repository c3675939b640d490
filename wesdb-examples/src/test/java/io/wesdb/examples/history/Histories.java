package io.wesdb.examples.history;

import io.wesdb.examples.history.Register.Answer;
import io.wesdb.examples.history.Register.Call;
import io.wesdb.examples.history.Register.CompareAndSet;
import io.wesdb.examples.history.Register.Done;
import io.wesdb.examples.history.Register.Read;
import io.wesdb.examples.history.Register.Swapped;
import io.wesdb.examples.history.Register.Value;
import io.wesdb.examples.history.Register.Write;
import java.util.ArrayList;
import java.util.List;

/** Writes histories of registers down by hand. Each operation gets a process of its own. */
final class Histories {
    private final List<Operation<Call, Answer>> operations = new ArrayList<>();

    static Histories history() {
        return new Histories();
    }

    Histories write(long from, long to, long value) {
        return add(from, to, new Write(0, value), Done.DONE);
    }

    Histories read(long from, long to, long value) {
        return read(from, to, 0, value);
    }

    Histories read(long from, long to, int key, long value) {
        return add(from, to, new Read(key), new Value(value));
    }

    Histories swap(long from, long to, long expected, long value, boolean swapped) {
        return add(from, to, new CompareAndSet(0, expected, value), new Swapped(swapped));
    }

    Histories maybe(long from, Call call) {
        operations.add(Operation.unknown(operations.size(), call, from));
        return this;
    }

    Histories add(long from, long to, Call call, Answer answer) {
        operations.add(Operation.returned(operations.size(), call, from, to, answer));
        return this;
    }

    List<Operation<Call, Answer>> operations() {
        return operations;
    }
}
