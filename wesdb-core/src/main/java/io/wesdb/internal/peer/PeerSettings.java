package io.wesdb.internal.peer;

import java.time.Duration;

/**
 * The peer protocol's bounds (I12). Both sides use the same.
 *
 * @param maxBatchBytes how large a forwarded batch may be
 * @param connectTimeout how long a connection may take to be made
 * @param handshakeTimeout how long the two sides may take to verify each other
 * @param heartbeat how often each side shows that it lives
 * @param missedHeartbeats after how many silent intervals the other side counts as dead
 * @param maxQueuedBytes how many bytes may wait at the client for one peer's socket to take them
 * @param idleTimeout after how long without a forward the client closes its connection
 * @param offerTimeout how long another node may take to make a copy of its file; that it lives is known by its heartbeats
 * @param chunkTimeout how long a chunk of a snapshot may take to come
 */
public record PeerSettings(
        int maxBatchBytes,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration heartbeat,
        int missedHeartbeats,
        long maxQueuedBytes,
        Duration idleTimeout,
        Duration offerTimeout,
        Duration chunkTimeout) {

    public static PeerSettings of(int maxBatchBytes, long maxQueuedBytes) {
        return new PeerSettings(
                maxBatchBytes,
                Duration.ofSeconds(3),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                3,
                maxQueuedBytes,
                Duration.ofMinutes(5),
                Duration.ofMinutes(30),
                Duration.ofSeconds(30));
    }

    public PeerSettings withHeartbeat(Duration interval) {
        return new PeerSettings(
                maxBatchBytes,
                connectTimeout,
                handshakeTimeout,
                interval,
                missedHeartbeats,
                maxQueuedBytes,
                idleTimeout,
                offerTimeout,
                chunkTimeout);
    }

    public PeerSettings withHandshakeTimeout(Duration timeout) {
        return new PeerSettings(
                maxBatchBytes,
                connectTimeout,
                timeout,
                heartbeat,
                missedHeartbeats,
                maxQueuedBytes,
                idleTimeout,
                offerTimeout,
                chunkTimeout);
    }

    public PeerSettings withChunkTimeout(Duration timeout) {
        return new PeerSettings(
                maxBatchBytes,
                connectTimeout,
                handshakeTimeout,
                heartbeat,
                missedHeartbeats,
                maxQueuedBytes,
                idleTimeout,
                offerTimeout,
                timeout);
    }
}
