package io.wesdb.examples;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** Looks at how many entries the log in ZooKeeper holds, by ZooKeeper's own account, on a thread of its own. Safe for use by many threads. */
final class LogWatch implements AutoCloseable {
    private static final String LOG = "/wesdb/default/log";
    private static final int EVERY_MILLIS = 50;
    private static final int SESSION_MILLIS = 30_000;

    private final ZooKeeper zooKeeper;
    private final Thread thread = new Thread(this::watch, "log-watch");
    private long looks;
    private long most;
    private long last;

    private LogWatch(ZooKeeper zooKeeper) {
        this.zooKeeper = zooKeeper;
        thread.setDaemon(true);
    }

    static LogWatch start(String connectString) throws IOException {
        LogWatch watch = new LogWatch(new ZooKeeper(connectString, SESSION_MILLIS, event -> {}));
        watch.thread.start();
        return watch;
    }

    private void watch() {
        try {
            while (true) {
                look();
                TimeUnit.MILLISECONDS.sleep(EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws InterruptedException {
        try {
            Stat stat = zooKeeper.exists(LOG, false);
            if (stat != null) {
                saw(stat.getNumChildren());
            }
        } catch (KeeperException e) {
            return; // not connected yet, or not any more; the next look tells
        }
    }

    private synchronized void saw(long entries) {
        looks++;
        last = entries;
        most = Math.max(most, entries);
    }

    /** Whether the entry is not in the log any more. */
    boolean isGone(long index) throws IOException, InterruptedException {
        try {
            return zooKeeper.exists(LOG + String.format("/%016x", index), false) == null;
        } catch (KeeperException e) {
            throw new IOException(e);
        }
    }

    synchronized long looks() {
        return looks;
    }

    synchronized long most() {
        return most;
    }

    synchronized long last() {
        return last;
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join();
        zooKeeper.close();
    }
}
