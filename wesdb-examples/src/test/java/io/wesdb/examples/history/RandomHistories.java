package io.wesdb.examples.history;

import io.wesdb.examples.history.Register.Answer;
import io.wesdb.examples.history.Register.Call;
import io.wesdb.examples.history.Register.CompareAndSet;
import io.wesdb.examples.history.Register.Done;
import io.wesdb.examples.history.Register.Read;
import io.wesdb.examples.history.Register.Value;
import io.wesdb.examples.history.Register.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Histories drawn from a seed. */
final class RandomHistories {
    private RandomHistories() {}

    /** Up to six operations on one register with a handful of values, of which about every other one is linearizable. */
    static List<Operation<Call, Answer>> small(Random random) {
        Histories history = Histories.history();
        int operations = 1 + random.nextInt(6);
        int values = 2 + random.nextInt(3);
        for (int i = 0; i < operations; i++) {
            long from = random.nextInt(12);
            long to = from + 1 + random.nextInt(6);
            Call call = call(random, values);
            if (random.nextInt(4) == 0) {
                history.maybe(from, call);
            } else if (call instanceof Read) {
                history.read(from, to, random.nextInt(values));
            } else if (call instanceof CompareAndSet swap) {
                history.swap(from, to, swap.expected(), swap.value(), random.nextBoolean());
            } else {
                history.add(from, to, call, Done.DONE);
            }
        }
        return history.operations();
    }

    private static Call call(Random random, int values) {
        return switch (random.nextInt(5)) {
            case 0, 1 -> new Read(0);
            case 2 -> new CompareAndSet(0, random.nextInt(values), random.nextInt(values));
            default -> new Write(0, random.nextInt(values));
        };
    }

    /**
     * One that is linearizable: each process does one thing after the other on registers that exist, each at a random instant within the
     * time that it takes. Every fiftieth write has an unknown outcome.
     */
    static List<Operation<Call, Answer>> busy(long seed, int operations, int processes, int keys) {
        Random random = new Random(seed);
        record Planned(int process, Call call, long from, long at, long to) {}
        List<Planned> plan = new ArrayList<>();
        long[] free = new long[processes];
        for (int i = 0; i < operations; i++) {
            int process = i % processes;
            long from = free[process] + random.nextInt(100);
            long to = from + 1 + random.nextInt(random.nextInt(100) == 0 ? 20_000 : 1_000);
            free[process] = to + 1;
            int key = random.nextInt(keys);
            Call call = random.nextBoolean() ? new Read(key) : new Write(key, i + 1);
            plan.add(new Planned(process, call, from, from + random.nextInt((int) (to - from) + 1), to));
        }
        plan.sort((a, b) -> Long.compare(a.at, b.at));
        long[] registers = new long[keys];
        List<Operation<Call, Answer>> history = new ArrayList<>();
        for (Planned planned : plan) {
            Call call = planned.call;
            if (call instanceof Write write && random.nextInt(50) == 0) {
                registers[write.key()] = random.nextBoolean() ? write.value() : registers[write.key()];
                history.add(Operation.unknown(planned.process, call, planned.from));
                continue;
            }
            if (call instanceof Write write) {
                registers[write.key()] = write.value();
            }
            Answer answer = call instanceof Write ? Done.DONE : new Value(registers[call.key()]);
            history.add(Operation.returned(planned.process, call, planned.from, planned.to, answer));
        }
        return history;
    }

    /** A read of what the register held when it was new, about as late as that operation. */
    static Operation<Call, Answer> staleRead(List<Operation<Call, Answer>> history, int after) {
        int at = IntStream.range(after, history.size())
                .filter(i -> history.get(i).input() instanceof Read)
                .findFirst()
                .orElseThrow();
        Operation<Call, Answer> read = history.get(at);
        return Operation.returned(
                99, read.input(), read.invokedNanos(), read.returnedNanos(), new Value(Register.NOTHING));
    }
}
