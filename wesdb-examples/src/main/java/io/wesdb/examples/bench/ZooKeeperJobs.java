package io.wesdb.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/**
 * The yardsticks that ZooKeeper's own client gives: a {@code multi} of the four operations that an append to a log takes, and {@code sync}
 * with {@code getData} behind it on one connection.
 */
final class ZooKeeperJobs {
    private static final int SESSION_MILLIS = 30_000;
    private static final String ROOT = "/bench";
    private static final AtomicLong LOGS = new AtomicLong();

    private ZooKeeperJobs() {}

    static Map<String, Worker.Job> all() {
        return Map.of(
                "zk-appends", ZooKeeperJobs::appends,
                "zk-pipeline", ZooKeeperJobs::pipeline,
                "zk-sync-reads", ZooKeeperJobs::syncReads);
    }

    /** Connected. */
    static ZooKeeper connect(String connectString) throws IOException, InterruptedException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper zooKeeper = new ZooKeeper(connectString, SESSION_MILLIS, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        if (!connected.await(SESSION_MILLIS, TimeUnit.MILLISECONDS)) {
            zooKeeper.close();
            throw new IOException("no connection to ZooKeeper at " + connectString);
        }
        return zooKeeper;
    }

    /** One caller, one at a time. */
    private static Map<String, ?> appends(Fields details) throws Exception {
        try (ZooKeeper zooKeeper = connect(details.text("zk"))) {
            Log log = new Log(zooKeeper, details.number("bytes", 128));
            return ThreadLoad.run(1, details.number("millis"), number -> () -> {
                        zooKeeper.multi(log.append());
                        return 1;
                    })
                    .toMap();
        }
    }

    /** So many callers' appends under way at a time, on one connection. */
    private static Map<String, ?> pipeline(Fields details) throws Exception {
        try (ZooKeeper zooKeeper = connect(details.text("zk"))) {
            Log log = new Log(zooKeeper, details.number("bytes", 128));
            return AsyncLoad.run(
                            details.number("callers", 1), details.number("millis"), details.real("rate"), log::start)
                    .toMap();
        }
    }

    private static Map<String, ?> syncReads(Fields details) throws Exception {
        try (ZooKeeper zooKeeper = connect(details.text("zk"))) {
            Log log = new Log(zooKeeper, details.number("bytes", 128));
            return ThreadLoad.run(details.number("callers", 1), details.number("millis"), number -> () -> {
                        // Answers come in the order of the requests: when the data is there, so is the sync.
                        zooKeeper.sync(log.head, (code, path, context) -> {}, null);
                        zooKeeper.getData(log.head, false, null);
                        return 1;
                    })
                    .toMap();
        }
    }

    private static final class Log {
        private final ZooKeeper zooKeeper;
        private final String root;
        private final String epoch;
        private final String head;
        private final byte[] payload;
        private long last;

        Log(ZooKeeper zooKeeper, int bytes) throws KeeperException, InterruptedException {
            this.zooKeeper = zooKeeper;
            this.payload = new byte[bytes];
            root = ROOT + "-" + ProcessHandle.current().pid() + "-" + LOGS.incrementAndGet();
            epoch = root + "/epoch";
            head = root + "/head";
            List<Op> made = new ArrayList<>();
            for (String path : List.of(root, root + "/log", epoch, head, entry(0))) {
                made.add(Op.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
            }
            zooKeeper.multi(made);
        }

        private String entry(long index) {
            return String.format("%s/log/%016x", root, index);
        }

        List<Op> append() {
            String before = entry(last);
            last++;
            return List.of(
                    Op.check(epoch, 0),
                    Op.check(before, -1),
                    Op.create(entry(last), payload, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                    Op.setData(head, new byte[16], -1));
        }

        /** In order: an append checks that the one before is there. */
        synchronized CompletableFuture<?> start(int caller) {
            CompletableFuture<String> done = new CompletableFuture<>();
            zooKeeper.multi(
                    append(),
                    (code, path, context, results) -> {
                        if (code == Code.OK.intValue()) {
                            done.complete("");
                        } else {
                            done.completeExceptionally(KeeperException.create(Code.get(code)));
                        }
                    },
                    null);
            return done;
        }
    }
}
