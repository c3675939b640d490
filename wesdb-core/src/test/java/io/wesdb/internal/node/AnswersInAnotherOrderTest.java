package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.WriteSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The log tells of an entry that was sent twice only after it has looked whose it is, and meanwhile of the entry behind it. Found by
 * simulation, as a leader who took no more writes.
 */
class AnswersInAnotherOrderTest {
    private static final String INSERT = "INSERT INTO t(x) VALUES (zeroblob(10) || ?)";

    @TempDir
    Path directory;

    private final CompletableFuture<Void> secondIsTold = new CompletableFuture<>();
    private long first;

    @SuppressWarnings("unchecked")
    private <T> T instead(
            Class<T> type, T real, String method, java.util.function.BiFunction<Object[], Object, Object> change) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
            try {
                Object result = called.invoke(real, arguments);
                return called.getName().equals(method) ? change.apply(arguments, result) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    /** The answer to the append of {@link #first} waits for that to the next. */
    private Object answer(Object[] arguments, Object result) {
        CompletableFuture<?> answer = (CompletableFuture<?>) result;
        long index = (Long) arguments[1];
        if (index == first) {
            return answer.thenCombine(secondIsTold, (told, unused) -> told);
        } else if (index == first + 1) {
            return answer.whenComplete(
                    (told, failure) -> cluster.world.lane("late").schedule(5, () -> secondIsTold.complete(null)));
        }
        return answer;
    }

    private SimulatedCluster cluster;

    @Test
    void anEntryThatIsToldOfBeforeTheOneInFrontOfItDoesNotStopTheLeader() throws Exception {
        try (SimulatedCluster made = new SimulatedCluster(1, directory)) {
            cluster = made;
            made.writeSettings = new WriteSettings(1_000, 1 << 24, 1 << 16, 3, 4, 1 << 20, 1, 20, 20);
            made.between = (name, shared) -> {
                ReplicatedLog late = instead(ReplicatedLog.class, shared.log(), "append", this::answer);
                return instead(Cluster.class, shared, "log", (arguments, log) -> late);
            };
            made.start("a");
            SimulatedNode leader = made.leader();
            made.world.runUntil("it to serve", 10_000, leader::serves);
            done(leader.write(10_000, "CREATE TABLE t(x)"));
            first = leader.applied() + 1;

            String large = "x".repeat(200_000);
            List<CompletableFuture<WriteResult>> both = List.of(
                    leader.write(Caller.named("one"), 60_000, command(large)),
                    leader.write(Caller.named("two"), 60_000, command(large)));
            made.world.runUntil("both to be done", 30_000, () -> both.stream().allMatch(CompletableFuture::isDone));

            assertTrue(secondIsTold.isDone(), "they did not share an entry");
            done(leader.write(10_000, INSERT, "after"));
        }
    }

    private static io.wesdb.internal.log.Command command(String value) {
        return new io.wesdb.internal.log.Command(
                List.of(new io.wesdb.internal.log.SqlStatement(INSERT, List.of(value))));
    }

    private void done(CompletableFuture<WriteResult> write) throws Exception {
        cluster.world.runUntil("a write to be done", 30_000, write::isDone);
        write.get();
    }
}
