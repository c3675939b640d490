package io.wesdb.internal.cluster.memory;

import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.log.LogUnavailableException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/**
 * Reports and trust in memory. A connection that is cut sees what it saw last; what it said meanwhile is said when it is
 * mended. Thread safe; listeners run on the executor, which must be serial.
 */
public final class InMemoryReports {
    private final Executor serial;
    private final Map<String, Reports.Report> said = new TreeMap<>();
    private Reports.Trust trust;
    private final Map<String, Connection> connections = new TreeMap<>();

    public InMemoryReports(Executor serial) {
        this.serial = serial;
    }

    /** A new session of {@code node}. */
    public synchronized Reports connect(String node) {
        Connection connection = new Connection();
        connections.put(node, connection);
        serial.execute(connection::look);
        return connection;
    }

    /** Cuts off the node's present session, or mends it. */
    public void cut(String node, boolean cut) {
        serial.execute(() -> {
            Connection connection;
            synchronized (this) {
                connection = connections.get(node);
            }
            connection.cut(cut);
        });
    }

    private void change(Runnable change) {
        change.run();
        List<Connection> all;
        synchronized (this) {
            all = List.copyOf(connections.values());
        }
        all.forEach(Connection::look);
    }

    private final class Connection implements Reports {
        private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
        private final Map<String, Runnable> unsaid = new LinkedHashMap<>();
        private volatile List<Report> seen = List.of();
        private volatile Trust seenTrust;
        private volatile boolean connected = true;
        private volatile boolean closed;

        private void look() {
            if (connected && !closed) {
                seen = List.copyOf(said.values());
                seenTrust = trust;
                listeners.forEach(Runnable::run);
            }
        }

        private void cut(boolean cut) {
            connected = !cut;
            if (connected) {
                List<Runnable> late = new ArrayList<>(unsaid.values());
                unsaid.clear();
                change(() -> late.forEach(Runnable::run));
            }
        }

        private void say(String key, Report report) {
            Runnable change = () -> {
                if (report == null) {
                    said.remove(key);
                } else {
                    said.put(key, report);
                }
            };
            serial.execute(() -> {
                if (closed) {
                    return;
                } else if (connected) {
                    change(change);
                } else {
                    unsaid.put(key, change);
                }
            });
        }

        @Override
        public void publish(Report report) {
            say(report.node() + "-" + report.kind(), report);
        }

        @Override
        public void withdraw(String node) {
            for (Kind kind : Kind.values()) {
                say(node + "-" + kind, null);
            }
        }

        @Override
        public List<Report> reports() {
            return seen;
        }

        @Override
        public boolean current() {
            return connected;
        }

        @Override
        public void listen(Runnable onChange) {
            listeners.add(onChange);
        }

        @Override
        public CompletableFuture<Void> trust(Trust newTrust) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            serial.execute(() -> {
                if (connected) {
                    change(() -> trust = newTrust);
                    done.complete(null);
                } else {
                    done.completeExceptionally(new LogUnavailableException("cut off", null));
                }
            });
            return done;
        }

        @Override
        public Trust trusted() {
            return seenTrust;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
