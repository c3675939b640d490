/**
 * How nodes talk to each other: a long-lived connection from a node to the leader, over which it forwards batches and hears of entries; and one
 * for each snapshot that a node takes from another, so that bulk data never delays a write.
 *
 * <h2>Beginning</h2>
 *
 * <p>The client asks on the other node's HTTP port:
 *
 * <pre>
 * GET /peer/v1 HTTP/1.1
 * Host: host:port
 * Connection: Upgrade
 * Upgrade: wesdb-peer/3
 * Wesdb-Cluster: the cluster's id
 * Wesdb-Node: the client's node id
 * Wesdb-Nonce: 32 random bytes in hex
 * </pre>
 *
 * <p>The server answers {@code 101} with {@code Wesdb-Node}, a {@code Wesdb-Nonce} of its own and {@code Wesdb-Proof}; or
 * {@code 426} to another version, {@code 403} to another cluster, {@code 400} to anything malformed, {@code 503} if too
 * many connections are half-way through this. A <em>proof</em> is HMAC-SHA256, keyed with the cluster's secret, of the
 * role ({@code client} or {@code server}), the cluster's id, both nonces and both node ids, client's first, each preceded
 * by its length. The client checks the server's proof and sends its own as the first frame; the server checks that and
 * sends READY. Before, neither side processes anything. The secret never crosses the wire; a proof is worth nothing on
 * another connection, since both nonces are in it, nor from the other side, since the role is.
 *
 * <h2>Frames</h2>
 *
 * <p>Length of what follows (int), type (byte), payload; numbers big-endian.
 *
 * <table>
 *   <caption>Types</caption>
 *   <tr><td>1 PROOF</td><td>client</td><td>32 bytes</td></tr>
 *   <tr><td>2 READY</td><td>server</td><td>empty</td></tr>
 *   <tr><td>3 FORWARD</td><td>client</td><td>request id, epoch, timeoutMillis, session high, session low, sequence (longs), command
 *     count (int), flags (byte; bit 0: alone), the batch</td></tr>
 *   <tr><td>4 REPLY</td><td>server</td><td>request id (long), kind (byte), index, retryAfterMillis (longs), message (UTF-8)</td></tr>
 *   <tr><td>5 HEARTBEAT</td><td>both</td><td>empty</td></tr>
 *   <tr><td>6 OFFER_REQUEST</td><td>client</td><td>request id, least index (longs), name of the snapshot to go on with, or
 *     nothing (ASCII)</td></tr>
 *   <tr><td>7 OFFER</td><td>server</td><td>request id, index, length of the file (longs), its CRC32C (int), name
 *     (ASCII)</td></tr>
 *   <tr><td>8 CHUNK_REQUEST</td><td>client</td><td>request id, offset (longs), length (int), name (ASCII)</td></tr>
 *   <tr><td>9 CHUNK</td><td>server</td><td>request id (long), CRC32C of the bytes (int), the bytes</td></tr>
 *   <tr><td>10 REFUSAL</td><td>server</td><td>request id (long), reason (byte), retryAfterMillis (long), message
 *     (UTF-8)</td></tr>
 *   <tr><td>11 FOLLOW</td><td>client</td><td>empty</td></tr>
 *   <tr><td>12 ENTRY</td><td>server</td><td>index (long), the entry as it is in the log</td></tr>
 * </table>
 *
 * <p>Each OFFER_REQUEST and CHUNK_REQUEST is answered once, in any order, by what it asks for or by a REFUSAL. The client
 * pulls: it has as many chunks under way as it likes to have in its memory, within the server's bounds (64 requests, 8 MiB);
 * who asks for more is cut off. So is a server that sends a chunk whose checksum is wrong.
 *
 * <p>After a FOLLOW, which a client sends once at most, the server sends each entry of up to 256 KiB that it commits as the leader, in
 * their order, and before the REPLYs to what is in it; but none while the client's socket takes no more. So there may be gaps, and
 * the client finds what is missing in the log.
 *
 * <p>FORWARDs are handed on in the order in which they were sent; REPLYs come in any order. Once READY, each side sends a
 * HEARTBEAT every interval and closes the connection when it has heard nothing for several of them: a ping and a pong in
 * one, since each side's heartbeat shows that its event loop lives. Whatever is not as above ends the connection.
 */
@NullMarked
package io.wesdb.internal.peer;

import org.jspecify.annotations.NullMarked;
