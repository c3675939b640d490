package io.wesdb.examples;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of the loopback address for processes that come and go: no other process that asks in this way gets one of them while this one
 * lives, though nobody listens there. For one thread.
 */
public final class Ports implements AutoCloseable {
    /** Below those that Linux gives to outgoing connections, so that a process finds its own free when it comes back. */
    private static final int FIRST_PORT = 20_000;

    private static final int LAST_PORT = 32_000;

    private final List<DatagramSocket> reserved = new ArrayList<>();

    /** One that is free now. */
    public int reserve() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            try (ServerSocket socket = new ServerSocket(port, 1, loopback)) {
                // The same number of UDP, which nothing here uses, tells the others that the port is taken.
                reserved.add(new DatagramSocket(port, loopback));
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // it is taken
            }
        }
        throw new IOException("no free port between " + FIRST_PORT + " and " + LAST_PORT);
    }

    @Override
    public void close() {
        reserved.forEach(DatagramSocket::close);
    }
}
