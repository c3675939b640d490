package io.wesdb.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A bad network in front of a node that other nodes connect to: understands as much of the peer protocol as is needed to cut a connection
 * at a chosen byte of a chosen message, once. Thread safe.
 */
public final class PeerCutter implements AutoCloseable {
    /** What passes, by the type of its frames; what comes before the frames is a message of its own. */
    public enum Message {
        REQUEST(true, 0),
        RESPONSE(false, 0),
        PROOF(true, 1),
        READY(false, 2),
        FORWARD(true, 3),
        REPLY(false, 4);

        private final boolean toServer;
        private final int type;

        Message(boolean toServer, int type) {
            this.toServer = toServer;
            this.type = type;
        }
    }

    /** As {@link Cut#bytes}: the message arrives whole, and only then is the connection cut. */
    public static final int WHOLE = Integer.MAX_VALUE;

    /**
     * @param number of the message of its kind, from 1, counted from {@link #arm}
     * @param bytes of it that get through, or {@link #WHOLE}
     */
    public record Cut(Message message, int number, int bytes) {}

    private static final class Armed {
        final Cut cut;
        int left;

        Armed(Cut cut) {
            this.cut = cut;
            this.left = cut.number();
        }
    }

    private final ServerSocket listener;
    private final CompletableFuture<Integer> target = new CompletableFuture<>();
    private final AtomicReference<Armed> armed = new AtomicReference<>();
    private final List<Passage> passages = new CopyOnWriteArrayList<>();

    public PeerCutter() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Where the node listens; until then connections wait. */
    public void target(int port) {
        target.complete(port);
    }

    /** The next message that fits is cut, and its connection with it. */
    public void arm(Cut cut) {
        armed.set(new Armed(cut));
    }

    /** Whether nothing is armed any more. */
    public boolean hasStruck() {
        return armed.get() == null;
    }

    public void disarm() {
        armed.set(null);
    }

    /** Ends all connections that there are now. */
    public void cutAll() {
        passages.forEach(Passage::close);
    }

    /** The cut, if this message is the one. */
    private synchronized Cut strikes(boolean toServer, int type) {
        Armed now = armed.get();
        if (now == null || now.cut.message().toServer != toServer || now.cut.message().type != type || --now.left > 0) {
            return null;
        }
        armed.set(null);
        return now.cut;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "peer-cutter");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                start(() -> pass(client));
            }
        } catch (IOException closed) {
            return;
        }
    }

    private void pass(Socket client) {
        try {
            client.setTcpNoDelay(true);
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target.join());
            server.setTcpNoDelay(true);
            Passage passage = new Passage(client, server);
            passages.add(passage);
            start(() -> passage.copy(server, client, false));
            passage.copy(client, server, true);
        } catch (IOException nobodyThere) {
            close(client);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            return; // it is of no use any more either way
        }
    }

    private final class Passage {
        private final Socket client;
        private final Socket server;

        Passage(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void close() {
            passages.remove(this);
            PeerCutter.close(client);
            PeerCutter.close(server);
        }

        void copy(Socket from, Socket to, boolean toServer) {
            try {
                DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream(), 1 << 16));
                OutputStream out = to.getOutputStream();
                boolean more = hand(head(in), 0, toServer, out);
                while (more) {
                    int length = in.readInt();
                    byte[] frame = new byte[Integer.BYTES + length];
                    for (int i = 0; i < Integer.BYTES; i++) {
                        frame[i] = (byte) (length >> (24 - 8 * i));
                    }
                    in.readFully(frame, Integer.BYTES, length);
                    more = hand(frame, frame[Integer.BYTES], toServer, out);
                }
                // What has arrived must be read there, which a reset would prevent.
                to.shutdownOutput();
                PeerCutter.close(from);
            } catch (IOException ended) {
                close();
            }
        }

        /** Whether it goes on after that. */
        private boolean hand(byte[] message, int type, boolean toServer, OutputStream out) throws IOException {
            Cut cut = strikes(toServer, type);
            out.write(message, 0, cut == null ? message.length : Math.min(message.length, cut.bytes()));
            out.flush();
            return cut == null;
        }

        /** A request or response line and its headers, with the empty line. */
        private static byte[] head(DataInputStream in) throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int ends = 0;
            while (ends < 4) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException();
                }
                head.write(next);
                ends = next == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : 0;
            }
            return head.toByteArray();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cutAll();
    }
}
