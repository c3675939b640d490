package io.wesdb.internal.node;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.SessionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the committed log means, in a few lines of Java: the state after each entry, and what each write ought to have
 * been told. Shares nothing with the code that applies entries but the entries' format.
 */
final class LogModel {
    static final int ACCOUNTS = 4;
    static final long MONEY = 100;
    static final List<String> REGISTERS = List.of("x", "y", "z");

    final TreeMap<String, Long> registers = new TreeMap<>();
    final long[] balances = new long[ACCOUNTS];
    final List<String> inserted = new ArrayList<>();
    private final Map<SessionId, Long> sequences = new HashMap<>();
    private final Set<String> keys = new HashSet<>();
    private final Map<String, SimulatedWrite> writes;
    private boolean made;
    private long position;

    LogModel(Map<String, SimulatedWrite> writes) {
        this.writes = writes;
    }

    /** @param between is run behind each of the entry's commands */
    void apply(Entry entry, Runnable between) {
        for (Batch batch : entry.batches()) {
            if (batch.sequence() <= sequences.getOrDefault(batch.session(), -1L)) {
                continue;
            }
            sequences.put(batch.session(), batch.sequence());
            for (Command command : batch.commands()) {
                SimulatedWrite write = writes.get(SimulatedWrite.token(command));
                if (write != null
                        && (command.key() == null || keys.add(command.key().text()))) {
                    execute(write, entry.index());
                }
                between.run();
            }
        }
    }

    private void execute(SimulatedWrite write, long index) {
        write.executions++;
        write.index = index;
        write.position = position++;
        write.done = true;
        write.affected = 1;
        switch (write.kind) {
            case INSERT, INSERT_WITH_KEY, LARGE -> inserted.add(write.id);
            case SET -> registers.put(write.register, write.value);
            case COUNT -> registers.merge("count", 1L, Long::sum);
            case COMPARE_AND_SET -> {
                boolean same = registers.get(write.register) == write.expected;
                write.affected = same ? 1 : 0;
                if (same) {
                    registers.put(write.register, write.value);
                }
            }
            case TRANSFER -> {
                write.done = balances[write.from] == write.fromBalance && balances[write.to] == write.toBalance;
                write.affected = 3;
                if (write.done) {
                    balances[write.from] = write.fromBalance - write.value;
                    balances[write.to] = write.toBalance + write.value;
                    inserted.add(write.id);
                }
            }
            case SEVERAL -> {
                inserted.add(write.id);
                inserted.add(write.id + "'");
                registers.put(write.register, write.value);
                write.affected = 3;
            }
            case REFUSED, ROLLED_BACK -> write.done = false;
            default -> {
                if (!made) { // the only one that changes what is modelled: the tables themselves
                    made = true;
                    REGISTERS.forEach(register -> registers.put(register, 0L));
                    registers.put("count", 0L);
                    java.util.Arrays.fill(balances, MONEY);
                }
                write.affected = -1;
            }
        }
    }

    /** What {@link SimulatedRead.Question} gives now. */
    String answer(SimulatedRead.Question question) {
        StringBuilder rows = new StringBuilder();
        switch (question) {
            case REGISTERS ->
                registers.forEach((k, v) -> rows.append(k).append('=').append(v).append(' '));
            case ACCOUNTS -> {
                for (int i = 0; made && i < ACCOUNTS; i++) {
                    rows.append(i).append('=').append(balances[i]).append(' ');
                }
            }
            case INSERTED -> {
                for (int i = inserted.size() - 1; i >= Math.max(0, inserted.size() - 5); i--) {
                    rows.append(i + 1).append('=').append(inserted.get(i)).append(' ');
                }
            }
        }
        return rows.toString();
    }
}
