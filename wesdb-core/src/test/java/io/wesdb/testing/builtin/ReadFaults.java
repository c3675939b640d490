package io.wesdb.testing.builtin;

import static io.wesdb.testing.builtin.BuiltInFault.in;
import static io.wesdb.testing.builtin.BuiltInFault.of;

import java.util.List;

/** Mistakes in how fresh a read is. */
final class ReadFaults {
    private ReadFaults() {}

    static List<BuiltInFault> all() {
        return List.of(
                of(
                        "read-without-sync",
                        "I7",
                        "The head is read without a sync before it, so a ZooKeeper server that lags behind tells an old one.",
                        in("log/zookeeper/Terms.java", """
                                        CompletableFuture<Void> sync = client.sync(path);
                                        return sync.thenCombine(client.get(path, null), (synced, data) -> data);""", """
                                        return client.get(path, null);""")),
                of(
                        "read-joins-an-older-look",
                        "I7",
                        "A linearizable read is content with a look at the head that began before it.",
                        in("read/HeadBarrier.java", """
                                            underWay = true;
                                            next = null;""", """
                                            underWay = true;"""),
                        in("read/HeadBarrier.java", """
                                                following = next;
                                                next = null;
                                                underWay = following != null;""", """
                                                following = null;
                                                next = null;
                                                underWay = false;""")),
                of(
                        "read-does-not-wait-for-the-head",
                        "I7",
                        "A linearizable read looks at the head, and does not wait until this node has applied it.",
                        in(
                                "read/Freshness.java",
                                "await(Math.max(proof.index(), options.minIndex()), fresh);",
                                "await(options.minIndex(), fresh);")),
                of(
                        "linearizable-read-is-local",
                        "I7",
                        "A linearizable read is answered from this node's file as it is.",
                        in("read/Freshness.java", "case LINEARIZABLE -> true;", "case LINEARIZABLE -> false;")),
                of(
                        "session-read-does-not-wait",
                        "I7",
                        "A session's read does not wait until this node has applied what the session has seen.",
                        in(
                                "read/Freshness.java",
                                "if (!proofNeeded && options.minIndex() <= applied.get()) {",
                                "if (!proofNeeded) {")),
                of(
                        "read-at-what-was-received",
                        "I7",
                        "An entry counts as applied for readers when it is handed to the applier.",
                        in("node/LocalReplica.java", """
                                            applier.add(index, entry);""", """
                                            applier.add(index, entry);
                                            appliedIndex.advance(index);""")));
    }
}
