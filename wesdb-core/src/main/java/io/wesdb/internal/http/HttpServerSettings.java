package io.wesdb.internal.http;

import java.time.Duration;

/**
 * The listener's settings and bounds (I12).
 *
 * @param host the address to listen on
 * @param port 0 picks one
 * @param serveClients whether the client routes are served, or the peers' upgrade only
 * @param maxBodyBytes how large a request's body may be; four of them may be held at once by all connections together
 * @param requestReadTimeout how long a request may take to arrive; starts again with every {@value
 *     HttpConnection#PROGRESS_BYTES} bytes of it, so that large bodies may take longer, but a trickle may not
 * @param idleTimeout how long a connection may stay open with no request under way
 * @param writeTimeout how long a client may take none of the bytes that wait for it
 * @param maxConnections how many clients may be connected
 */
public record HttpServerSettings(
        String host,
        int port,
        boolean serveClients,
        int maxBodyBytes,
        Duration requestReadTimeout,
        Duration idleTimeout,
        Duration writeTimeout,
        int maxConnections) {
    private static final int DEFAULT_MAX_CONNECTIONS = 4_096;

    public static HttpServerSettings of(String host, int port, boolean serveClients, int maxBodyBytes) {
        return new HttpServerSettings(
                host,
                port,
                serveClients,
                maxBodyBytes,
                Duration.ofSeconds(30),
                Duration.ofSeconds(90),
                Duration.ofSeconds(30),
                DEFAULT_MAX_CONNECTIONS);
    }

    public HttpServerSettings withTimeouts(Duration requestRead, Duration idle, Duration write) {
        return new HttpServerSettings(host, port, serveClients, maxBodyBytes, requestRead, idle, write, maxConnections);
    }

    public HttpServerSettings withMaxConnections(int connections) {
        return new HttpServerSettings(
                host, port, serveClients, maxBodyBytes, requestReadTimeout, idleTimeout, writeTimeout, connections);
    }
}
