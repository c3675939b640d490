package io.wesdb.internal.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A bad network in front of a server: what the server sends passes through a {@link Filter}. */
final class TcpProxy implements AutoCloseable {
    /** What becomes of a piece of what the server sends. */
    interface Filter {
        /**
         * @param connection from 1
         * @param offset of the piece in what the server has sent over this connection
         * @return false to cut the connection instead
         */
        boolean pass(int connection, long offset, byte[] bytes, int length) throws IOException;
    }

    final AtomicInteger connections = new AtomicInteger();
    private final ServerSocket listener;
    private final int port;
    private final Filter filter;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    TcpProxy(int port, Filter filter) throws IOException {
        this.port = port;
        this.filter = filter;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                sockets.addAll(List.of(client, server));
                int number = connections.incrementAndGet();
                start(() -> copy(client, server, (connection, offset, bytes, length) -> true, number));
                start(() -> copy(server, client, filter, number));
            }
        } catch (IOException closed) {
            return;
        }
    }

    private static void copy(Socket from, Socket to, Filter filter, int number) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] bytes = new byte[16 * 1024];
            long offset = 0;
            for (int length; (length = in.read(bytes)) >= 0; offset += length) {
                if (!filter.pass(number, offset, bytes, length)) {
                    return;
                }
                out.write(bytes, 0, length);
            }
        } catch (IOException broken) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
