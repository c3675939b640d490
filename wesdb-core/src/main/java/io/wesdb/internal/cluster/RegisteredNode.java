package io.wesdb.internal.cluster;

/**
 * A node that belongs to the cluster, present or not, as the register has it: what the log's truncation respects (I11).
 * The node itself writes its durable index and thereby clears the marks; the leader only marks.
 *
 * @param node its id
 * @param durable the index that it last said its file is synced up to
 * @param absentSinceMillis since when it is missing, by the wall clock of the leader that noticed; 0 if it is not
 * @param needsSnapshot whether the log no longer waits for it: what comes after its durable index has left the log
 */
public record RegisteredNode(String node, long durable, long absentSinceMillis, boolean needsSnapshot) {

    /** A node as it enters itself. */
    public static RegisteredNode present(String node, long durable) {
        return new RegisteredNode(node, durable, 0, false);
    }

    public RegisteredNode absentSince(long millis) {
        return new RegisteredNode(node, durable, millis, needsSnapshot);
    }

    public RegisteredNode needingSnapshot() {
        return new RegisteredNode(node, durable, absentSinceMillis, true);
    }
}
