package io.wesdb.testing.builtin;

import static io.wesdb.testing.builtin.BuiltInFault.in;
import static io.wesdb.testing.builtin.BuiltInFault.of;

import java.util.List;

/** Mistakes in how entries come into the log, and leave it. */
final class LogFaults {
    private LogFaults() {}

    private static final BuiltInFault.Edit UNFENCED_APPEND = in(
            "log/zookeeper/Appender.java",
            "Op.check(paths.epoch(), append.fence.version())",
            "Op.check(paths.epoch(), -1)");

    static List<BuiltInFault> all() {
        return List.of(
                of(
                        "no-fence",
                        "I4",
                        "An append does not check the version of the epoch, so a deposed leader's comes into the log.",
                        UNFENCED_APPEND),
                of(
                        "deposed-leader-goes-on",
                        "I4",
                        "There is no fence, and a leader that hears of a newer term, or of a lost election, goes on.",
                        UNFENCED_APPEND,
                        in(
                                "node/Replicator.java",
                                "if (serving != null && serving.epoch() < changed.epoch()) {",
                                "if (serving != null && serving.epoch() > changed.epoch()) {"),
                        in(
                                "node/Replicator.java",
                                "sequencer.stop(\"the election was lost\");",
                                "LOG.info(\"the election was lost\");")),
                of(
                        "head-before-fence",
                        "I4",
                        "A new leader reads the head before it raises the fence; what the old one appends in between is lost.",
                        in("log/zookeeper/Terms.java", """
                                return bump(leader, address, MAX_BUMPS)
                                                .thenCompose(fence -> head().thenApply(head -> new BegunTerm(fence.term(), head)));""", """
                                return head().thenCompose(head -> bump(leader, address, MAX_BUMPS)
                                                .thenApply(fence -> new BegunTerm(fence.term(), head)));""")),
                of(
                        "arrival-compared-with-what-came-after",
                        "I9",
                        "A node that arrives compares the head it has read with what it has applied since, which its leader told it, and takes itself for ahead of the log.",
                        in(
                                "node/Replicator.java",
                                "if (!isAhead(applied, read)) {",
                                "if (!isAhead(position.applied(), read)) {")),
                of(
                        "no-look-at-the-predecessor",
                        "I2",
                        "An append does not check that the entry before is there; after one that failed the log has a gap.",
                        in(
                                "log/zookeeper/Appender.java",
                                "Op.check(paths.entry(append.index - 1), -1)",
                                "Op.check(paths.epoch(), -1)")),
                of(
                        "truncation-by-bound-alone",
                        "I11",
                        "Entries past the log's bound leave it whether or not anybody has synced them to disk.",
                        in(
                                "truncation/TruncationPolicy.java",
                                "Math.min(allowed, Math.max(patient, utmost))",
                                "Math.min(log.head(), Math.max(patient, bound))"),
                        in(
                                "truncation/TruncationPolicy.java",
                                "boolean heldBack = bound > log.first() && allowed < bound && allowed < log.head();",
                                "boolean heldBack = false;")),
                of(
                        "durable-without-sync",
                        "I11",
                        "A node says that its file is durable as far as it has applied, and never waits for the disk.",
                        in("sqlite/Replica.java", "wal.sync();", "wal.size();")),
                of(
                        "time-goes-back",
                        "I3",
                        "An entry carries the leader's clock even when that has gone back since the entry before.",
                        in(
                                "write/Sequencer.java",
                                "lastTimeMillis = Math.max(lastTimeMillis, clock.wallMillis());",
                                "lastTimeMillis = clock.wallMillis();")));
    }
}
