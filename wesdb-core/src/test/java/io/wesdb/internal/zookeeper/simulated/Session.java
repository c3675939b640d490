package io.wesdb.internal.zookeeper.simulated;

import java.util.TreeSet;

/** A session as the ensemble knows it. */
final class Session {
    final long id;
    final int timeoutMillis;
    final TreeSet<String> ephemerals = new TreeSet<>();
    /** The server that it was last connected to: requests that come late over another one are refused. */
    SimulatedServer owner;
    /** Null while there is none. */
    Connection connection;
    /** Counts the connections, to tell whether one came while the timeout ran. */
    int connections;

    boolean closed;

    Session(long id, int timeoutMillis) {
        this.id = id;
        this.timeoutMillis = timeoutMillis;
    }
}
