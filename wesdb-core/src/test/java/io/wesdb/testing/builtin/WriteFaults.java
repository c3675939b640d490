package io.wesdb.testing.builtin;

import static io.wesdb.testing.builtin.BuiltInFault.in;
import static io.wesdb.testing.builtin.BuiltInFault.of;

import java.util.List;

/** Mistakes on the way of a write: when it is acknowledged, repeated, given up. */
final class WriteFaults {
    private WriteFaults() {}

    static List<BuiltInFault> all() {
        return List.of(
                of(
                        "acknowledged-before-commit",
                        "I1",
                        "The leader applies an entry, and so answers its callers, when it sends it and not when it is in the log.",
                        in("write/Sequencer.java", """
                                        inFlight.add(append);
                                        send(current, append);""", """
                                        inFlight.add(append);
                                        listener.committed(append.index, append.entry);
                                        send(current, append);"""),
                        in(
                                "write/Sequencer.java",
                                "listener.committed(append.index, append.entry); // first: an origin that has the entry need not look for it",
                                "")),
                of(
                        "lost-answer-taken-for-yes",
                        "I6",
                        "The leader takes an append whose answer was lost for one that is in the log.",
                        in(
                                "write/Sequencer.java",
                                "append.result = result;",
                                "append.result = result == AppendResult.UNKNOWN ? AppendResult.COMMITTED : result;")),
                of(
                        "term-before-head",
                        "I6",
                        "After a lost answer the leader reads first the term and then the head, which may be a later term's.",
                        in("write/Sequencer.java", """
                                        log.head()
                                                .thenCompose(head -> log.term().thenApply(current -> new Position(head, current)))""", """
                                        log.term()
                                                .thenCompose(current -> log.head().thenApply(head -> new Position(head, current)))""")),
                of(
                        "repeated-append-taken-for-not-done",
                        "I6",
                        "An append that was repeated and then fenced counts as not done, although its first sending may be in the log.",
                        in(
                                "write/Sequencer.java",
                                "repeatedAny ? ForwardReply.Kind.UNKNOWN : ForwardReply.Kind.NOT_LEADER",
                                "ForwardReply.Kind.NOT_LEADER")),
                of(
                        "stopped-leader-says-not-done",
                        "I6",
                        "A leader that stops answers what it has under way as refused, although it may come into the log.",
                        in("write/Sequencer.java", """
                                            endTerm(why, ForwardReply.Kind.UNKNOWN);
                                        }
                                    }

                                    /** This node has applied""", """
                                            endTerm(why, ForwardReply.Kind.NOT_LEADER);
                                        }
                                    }

                                    /** This node has applied""")),
                of(
                        "unknown-batch-sent-anew",
                        "I5, I6",
                        "A batch whose answer is unknown is batched anew under a new number at once, as if it had been refused.",
                        in("write/WriteGateway.java", """
                                            batch.ambiguous = true;
                                            readFence();
                                            pause();""", """
                                            refused(batch, reply);""")),
                of(
                        "fence-believed-too-early",
                        "I5",
                        "An undecided batch is batched anew when the head after the fence is read, and not when it is applied.",
                        in(
                                "write/WriteGateway.java",
                                "if (fenceEpoch > 0 && applied >= fenceIndex && undecidedBefore(fenceEpoch)) {",
                                "if (fenceEpoch > 0 && undecidedBefore(fenceEpoch)) {")),
                of(
                        "unknown-told-as-not-done",
                        "I6",
                        "A caller whose deadline passes while its write is undecided is told that nothing was done.",
                        in("write/WriteGateway.java", """
                                        write.future.completeExceptionally(new OutcomeUnknownException(
                                                "the deadline passed after the write was sent and before the log could tell its outcome"));""", """
                                        write.future.completeExceptionally(notDone(ErrorCode.NO_LEADER, "the deadline passed"));""")),
                of(
                        "snapshot-without-a-jump",
                        "I5",
                        "A snapshot is put in the place of the file without regard to the entries it passes over: what was under way is sent anew.",
                        in("node/Replicator.java", "gateway.jumped(position.applied());", "")),
                of(
                        "leader-serves-too-early",
                        "I2, I9",
                        "A new leader serves before it has applied up to the head that it found behind its fence.",
                        in("node/Replicator.java", """
                                                || !serves()
                                                || position.applied() < mine.head().index()) {""", """
                                                || !serves()) {"""),
                        in("node/Replicator.java", "own.tailer().suspend();", ""),
                        in("node/Replicator.java", "local.tailer().own(index, entry);", "reaches(index);")),
                of(
                        "replay-tells-its-own-index",
                        "I5",
                        "A keyed write that was done before is answered with the index of the repetition.",
                        in(
                                "write/Outcomes.java",
                                "done -> new WriteResult(earlier.index(), done.results(), true, earlier.rowsOmitted())",
                                "done -> new WriteResult(index, done.results(), true, earlier.rowsOmitted())")));
    }
}
