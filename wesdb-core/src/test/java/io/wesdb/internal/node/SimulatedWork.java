package io.wesdb.internal.node;

import static io.wesdb.internal.node.SimulatedWrite.sql;

import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.Statement;
import io.wesdb.WriteResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.RowsHash;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.node.HistoryPlan.Kind;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.node.SimulatedRead.Question;
import io.wesdb.internal.write.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What the clients of a history do, and what they were told. */
final class SimulatedWork {
    private static final int CALLERS = 4;

    private final Random random;
    private final Story story;
    final Map<String, SimulatedWrite> writes = new LinkedHashMap<>();
    /** By the index that each says it is of. */
    final TreeMap<Long, List<SimulatedRead>> reads = new TreeMap<>();
    /** By caller at one life of a node: what he gave, in that order. */
    final Map<String, List<SimulatedWrite>> given = new LinkedHashMap<>();

    private final List<SimulatedWrite> keyed = new ArrayList<>();
    private final long[] sessions = new long[CALLERS];
    private final Map<String, Long> lastRead = new TreeMap<>();
    private final long[] balances = new long[LogModel.ACCOUNTS];
    private int next;
    private int lives;
    private final Map<SimulatedNode, Integer> lifeNumbers = new java.util.IdentityHashMap<>();
    /** The last committed entry. */
    long committed;
    /** The highest index that anyone was told: what a linearizable read must not be older than. */
    private long told;

    /** The first thing that was seen to be wrong while it happened; null for nothing. */
    String wrong;

    SimulatedWork(Random random, Story story) {
        this.random = random;
        this.story = story;
        java.util.Arrays.fill(balances, LogModel.MONEY);
    }

    void wrong(String what) {
        story.tell("!!!", "%s", what);
        if (wrong == null) {
            wrong = what;
        }
    }

    /** The tables. */
    SimulatedWrite tables(SimulatedNode node) {
        SimulatedWrite write = new SimulatedWrite("#tables", Kind.SCHEMA);
        write.command = new Command(SimulatedWrite.TABLES).withKey("#tables");
        writes.put(write.id, write);
        send(node, write, 60_000);
        return write;
    }

    void something(Kind kind, SimulatedNode node) {
        switch (kind) {
            case READ_LOCAL -> read(node, Kind.READ_LOCAL);
            case READ_IN_SESSION -> read(node, Kind.READ_IN_SESSION);
            case READ_LINEARIZABLE -> read(node, Kind.READ_LINEARIZABLE);
            case INSERT_WITH_KEY -> {
                boolean again = !keyed.isEmpty() && random.nextInt(3) > 0;
                SimulatedWrite write = again ? keyed.get(random.nextInt(keyed.size())) : newWrite(kind);
                if (!again) {
                    keyed.add(write);
                }
                send(node, write, timeout());
            }
            default -> send(node, newWrite(kind), timeout());
        }
    }

    private long timeout() {
        return random.nextBoolean() ? 200 : 60_000;
    }

    private SimulatedWrite newWrite(Kind kind) {
        SimulatedWrite write = new SimulatedWrite("#" + ++next, kind);
        if (kind == Kind.TRANSFER) {
            transfer(write);
        } else {
            write.expected = 0;
            write.register = "x";
            if (kind == Kind.COMPARE_AND_SET) {
                write.expected = lastRead.getOrDefault("x", 0L);
            }
            write.make(random, next);
            if (kind == Kind.COMPARE_AND_SET) {
                write.expected = lastRead.getOrDefault(write.register, 0L);
                write.command = new Command(List.of(sql(
                        "UPDATE reg SET v = ?1 WHERE k = ?2 AND v = ?3 AND ?4 <> ''",
                        write.value,
                        write.register,
                        write.expected,
                        write.id)));
            }
        }
        writes.put(write.id, write);
        return write;
    }

    /** From what was read some time ago; the precondition must find out whether it still is so. */
    private void transfer(SimulatedWrite write) {
        write.from = random.nextInt(LogModel.ACCOUNTS);
        write.to = (write.from + 1 + random.nextInt(LogModel.ACCOUNTS - 1)) % LogModel.ACCOUNTS;
        write.fromBalance = balances[write.from];
        write.toBalance = balances[write.to];
        write.value = Math.min(1 + random.nextInt(9), write.fromBalance);
        SqlStatement query =
                sql("SELECT balance FROM acct WHERE id IN (?1, ?2) ORDER BY id = ?1 DESC", (long) write.from, (long)
                        write.to);
        RowsHash rows = RowsHash.of(List.of(List.of(write.fromBalance), List.of(write.toBalance)));
        String update = "UPDATE acct SET balance = ? WHERE id = ?";
        write.command = new Command(
                null,
                List.of(new Condition.QueryGives(query, rows)),
                List.of(
                        sql("INSERT INTO w(id) VALUES (?)", write.id),
                        sql(update, write.fromBalance - write.value, (long) write.from),
                        sql(update, write.toBalance + write.value, (long) write.to)));
    }

    CompletableFuture<WriteResult> send(SimulatedNode node, SimulatedWrite write, long timeoutMillis) {
        int client = random.nextInt(CALLERS);
        CompletableFuture<WriteResult> sent = node.write(Caller.named("caller" + client), timeoutMillis, write.command);
        write.sendings.add(new SimulatedWrite.Sending(node.name, sent));
        if (write.kind != Kind.INSERT_WITH_KEY) {
            int life = lifeNumbers.computeIfAbsent(node, each -> lives++);
            given.computeIfAbsent(life + "/" + client, each -> new ArrayList<>())
                    .add(write);
        }
        story.tell(node.name, "is given %s (%s) by client %d", write.id, write.kind, client);
        sent.whenComplete((result, failure) -> {
            if (result != null) {
                story.tell(node.name, "acknowledges %s: done at %d", write.id, result.index());
                sessions[client] = Math.max(sessions[client], result.index());
                told(result.index());
                if (result.index() > committed) {
                    wrong(write.id + " was acknowledged at " + result.index() + " when the log ended at " + committed);
                }
            } else {
                story.tell(node.name, "tells of %s: %s", write.id, story.brief(failure));
            }
        });
        return sent;
    }

    private void told(long index) {
        told = Math.max(told, index);
    }

    private void read(SimulatedNode node, Kind kind) {
        Question question = Question.values()[random.nextInt(Question.values().length)];
        int client = random.nextInt(CALLERS);
        long least = kind == Kind.READ_LINEARIZABLE ? told : kind == Kind.READ_IN_SESSION ? sessions[client] : 0;
        ReadOptions options = kind == Kind.READ_LINEARIZABLE
                ? ReadOptions.linearizable()
                : kind == Kind.READ_IN_SESSION ? ReadOptions.atLeast(sessions[client]) : ReadOptions.local();
        String name = kind + " of " + question + " through " + node.name;
        CompletableFuture<QueryResult> result =
                node.reads.queryAsync(options.withTimeout(Duration.ofMillis(timeout())), Statement.of(question.sql));
        result.whenComplete((rows, failure) -> {
            if (rows == null) {
                if (!(failure instanceof io.wesdb.WesDbException)) {
                    wrong(name + " failed with " + failure);
                }
                story.tell(node.name, "cannot answer a %s: %s", name, story.brief(failure));
                return;
            }
            String text = SimulatedRead.rows(rows);
            story.tell(node.name, "answers a %s at %d: %s", name, rows.index(), text);
            reads.computeIfAbsent(rows.index(), each -> new ArrayList<>())
                    .add(new SimulatedRead(name, question, rows.index(), text));
            if (rows.index() < least) {
                wrong(name + " shows " + rows.index() + " but " + least + " had been told before it began");
            } else if (rows.index() > committed) {
                wrong(name + " shows " + rows.index() + " when the log ended at " + committed);
            }
            told(rows.index());
            sessions[client] = Math.max(sessions[client], rows.index());
            remember(question, rows);
        });
    }

    private void remember(Question question, QueryResult rows) {
        rows.forEach(row -> {
            if (question == Question.REGISTERS) {
                lastRead.put(row.getString(0), row.getLong(1));
            } else if (question == Question.ACCOUNTS) {
                balances[row.getInt(0)] = row.getLong(1);
            }
        });
    }

    List<SimulatedWrite> keyed() {
        return keyed;
    }
}
