package io.wesdb.examples;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A query over a socket of its own, for clients that do what no HTTP library does: read next to nothing, or go away. Understands answers in
 * chunks. For one thread, but for {@link #close} and {@link #vanish}.
 */
final class RawQuery implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int CONNECT_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;
    private long chunkLeft;
    private boolean inChunks;
    private boolean whole;

    private RawQuery(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
    }

    /** @param base as {@link NodeClient#base} gives it */
    static RawQuery send(String base, String accept, Map<String, ?> body) throws IOException {
        URI node = URI.create(base);
        byte[] json = Json.write(body).getBytes(StandardCharsets.UTF_8);
        String head = "POST /query HTTP/1.1\r\nHost: " + node.getAuthority() + "\r\nAccept: " + accept
                + "\r\nContent-Type: application/json\r\nContent-Length: " + json.length + "\r\n\r\n";
        Socket socket = new Socket();
        boolean sent = false;
        try {
            socket.setReceiveBufferSize(BUFFER_BYTES); // before it connects, or the kernel lets it grow
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(node.getHost(), node.getPort()), CONNECT_MILLIS);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(json);
            RawQuery query = new RawQuery(socket);
            sent = true;
            return query;
        } finally {
            if (!sent) {
                socket.close();
            }
        }
    }

    /** Waits for the answer's head and gives its status. Once, before {@link #read}. */
    int status() throws IOException {
        int status = Integer.parseInt(line().split(" ", 3)[1]);
        for (String header = line(); !header.isEmpty(); header = line()) {
            inChunks |= header.equalsIgnoreCase("Transfer-Encoding: chunked");
        }
        return status;
    }

    /** Whether something of the answer has come. */
    boolean isAnswered() throws IOException {
        return in.available() > 0;
    }

    /** Bytes of the body; -1 at its end, which {@link #isWhole} tells from a connection that was cut. */
    int read(byte[] buffer, int most) throws IOException {
        if (!inChunks) {
            return in.read(buffer, 0, most);
        }
        if (whole) {
            return -1;
        }
        if (chunkLeft == 0) {
            chunkLeft = Long.parseLong(line(), 16);
            if (chunkLeft == 0) {
                line();
                whole = true;
                return -1;
            }
        }
        int count = in.read(buffer, 0, (int) Math.min(most, chunkLeft));
        chunkLeft -= Math.max(0, count);
        if (chunkLeft == 0) {
            line();
        }
        return count;
    }

    boolean isWhole() {
        return whole;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed in the middle of the answer");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** Closes the connection without a farewell, as a client does that has crashed with data unread. */
    void vanish() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
