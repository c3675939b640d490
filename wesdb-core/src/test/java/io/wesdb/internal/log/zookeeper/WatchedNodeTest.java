package io.wesdb.internal.log.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.junit.jupiter.api.Test;

class WatchedNodeTest {
    private final SimulatedWorld world = new SimulatedWorld(1);
    private final List<Watcher> watches = new ArrayList<>();
    private final List<Integer> told = new ArrayList<>();
    private int content = 1;
    private long restMillis;

    /** Only {@code get} is asked of it. */
    private final ZooKeeperClient client = (ZooKeeperClient) Proxy.newProxyInstance(
            ZooKeeperClient.class.getClassLoader(),
            new Class<?>[] {ZooKeeperClient.class},
            (self, method, arguments) -> {
                watches.add((Watcher) arguments[1]);
                return CompletableFuture.completedFuture(new NodeData(new byte[] {(byte) content}, content, 0));
            });

    private final WatchedNode node =
            new WatchedNode(client, "/head", world.lane("log"), bytes -> told.add((int) bytes[0]), () -> restMillis);

    private void begin() {
        node.refresh();
        world.run(1);
        assertEquals(List.of(1), told);
    }

    private void change() {
        content++;
        watches.get(watches.size() - 1)
                .process(new WatchedEvent(EventType.NodeDataChanged, KeeperState.SyncConnected, "/head"));
    }

    @Test
    void aChangeIsLookedAtAtOnce() {
        begin();
        change();
        world.run(1);
        assertEquals(List.of(1, 2), told);
    }

    @Test
    void whileItMayRestSeveralChangesAreLookedAtOnce() {
        begin();
        restMillis = 20;
        change();
        content = 9;
        world.run(19);
        assertEquals(List.of(1), told);
        world.run(2);
        assertEquals(List.of(1, 9), told);
        assertEquals(2, watches.size());
        restMillis = 0;
        change();
        world.run(1);
        assertEquals(List.of(1, 9, 10), told);
    }

    @Test
    void whoAsksForALookMeanwhileHasIt() {
        begin();
        restMillis = 20;
        change();
        world.run(1);
        node.refresh(); // the connection came back
        world.run(1);
        assertEquals(List.of(1, 2), told);
        world.run(100);
        assertEquals(List.of(1, 2), told);
    }
}
