package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.testing.ContentsOf;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.sqlite.core.DB;

/** A replica in a test, fed with commands; each command is a batch of its own with a seed of its own. */
final class TestNode implements AutoCloseable {
    static final long TIME = 1_700_000_000_123L;
    static final SessionId SESSION = new SessionId(1, 2);
    static final ReadLimits LIMITS = new ReadLimits(Long.MAX_VALUE, 1 << 20);

    final Path path;
    final ReplicaSettings settings;
    private final VisibleIndex visible = new VisibleIndex();
    private final KeyBounds keyBounds;
    private Replica replica;
    private long sequence;
    /** The time of the entries to come. */
    long time = TIME;

    TestNode(Path path) {
        this(path, ZoneOffset.UTC);
    }

    TestNode(Path path, ZoneId zone) {
        this(path, zone, KeyBounds.STANDARD);
    }

    TestNode(Path path, KeyBounds keyBounds) {
        this(path, ZoneOffset.UTC, keyBounds);
    }

    private TestNode(Path path, ZoneId zone, KeyBounds keyBounds) {
        this.path = path;
        this.keyBounds = keyBounds;
        this.settings = new ReplicaSettings(path, "cluster", "lineage", true, zone, 4096, 1 << 20);
        this.replica = Replica.open(settings, visible, keyBounds);
    }

    Replica replica() {
        return replica;
    }

    VisibleIndex visible() {
        return visible;
    }

    /** Readers of its file: so many for queries, and as many for open reads. */
    ReaderPool readers(int count) {
        return readers(new ReaderPoolSettings(count, count, Duration.ofMinutes(5), Duration.ofMinutes(1)));
    }

    ReaderPool readers(ReaderPoolSettings bounds) {
        return ReaderPool.open(settings, bounds, visible, Clock.system(), new TestLane());
    }

    void restart() {
        replica.close();
        replica = Replica.open(settings, visible, keyBounds);
    }

    static SqlStatement sql(String sql, Object... values) {
        return new SqlStatement(sql, Collections.unmodifiableList(Arrays.asList(values)));
    }

    static Command command(SqlStatement... statements) {
        return new Command(List.of(statements));
    }

    static Command command(String... statements) {
        return new Command(Arrays.stream(statements).map(s -> sql(s)).toList());
    }

    /** Applies the commands in one entry; gives their outcomes. */
    List<CommandOutcome> apply(Command... commands) {
        return apply(List.of(commands));
    }

    List<CommandOutcome> apply(List<Command> commands) {
        List<EntryOutcome> outcomes = replica.apply(List.of(entry(commands)));
        return outcomes.get(0).batches().stream()
                .flatMap(b -> b.outcomes().stream())
                .toList();
    }

    /** The next entry; to be applied. */
    Entry entry(List<Command> commands) {
        List<Batch> batches = new ArrayList<>();
        for (Command command : commands) {
            sequence++;
            batches.add(new Batch(SESSION, sequence, 7919 * sequence, List.of(command)));
        }
        return new Entry(1, replica.position().applied() + 1, time, 0, OutcomeDigest.NONE, batches);
    }

    CommandOutcome run(String... statements) {
        return apply(command(statements)).get(0);
    }

    /** Applies one command that must succeed. */
    CommandOutcome.Done must(String... statements) {
        CommandOutcome outcome = run(statements);
        if (outcome instanceof CommandOutcome.Done done) {
            return done;
        }
        throw new AssertionError(outcome);
    }

    /** The only value of the only row of a SELECT executed as a command. */
    Object value(String select) {
        return must(select).results().get(0).rows().get(0).get(0);
    }

    /** How many statements the writer's connection has not finalized, by the driver's own list. */
    int openStatements() {
        try {
            Field connection = Replica.class.getDeclaredField("connection");
            connection.setAccessible(true);
            Field statements = DB.class.getDeclaredField("stmts");
            statements.setAccessible(true);
            DB database = ((WriterConnection) connection.get(replica)).sqlite().getDatabase();
            return ((Collection<?>) statements.get(database)).size();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    List<String> contents() {
        return ContentsOf.file(path);
    }

    @Override
    public void close() {
        replica.close();
    }
}
