package io.wesdb.internal.write;

import org.jspecify.annotations.Nullable;

/**
 * A leader's answer to a forwarded batch. It says nothing of outcomes: those come from the origin's own replica when
 * it applies the entry, so only refusals and positions travel back.
 *
 * @param kind what happened
 * @param index for {@link Kind#COMMITTED}: where in the log the batch is
 * @param message for a refusal: why, for a person
 * @param retryAfterMillis for a refusal: when another try makes sense
 */
public record ForwardReply(Kind kind, long index, @Nullable String message, long retryAfterMillis) {

    /** How a forwarded batch fared. The numbers are part of the wire format. */
    public enum Kind {
        /** It is in the log at {@link ForwardReply#index}. */
        COMMITTED(1),
        /** It was not put into the log by this leader and will not be: its queue is full. */
        OVERLOADED(2),
        /** It was not put into the log by this leader and will not be: its deadline had passed. */
        EXPIRED(3),
        /** It was not put into the log by this node and will not be: it does not lead. */
        NOT_LEADER(4),
        /** The peer could not be reached; the batch was never sent. */
        UNREACHABLE(5),
        /** It was sent, and then the connection or the leader's term ended: only the log knows. */
        UNKNOWN(6);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }
    }

    public static ForwardReply committed(long index) {
        return new ForwardReply(Kind.COMMITTED, index, null, 0);
    }

    public static ForwardReply refused(Kind kind, String message, long retryAfterMillis) {
        return new ForwardReply(kind, 0, message, retryAfterMillis);
    }
}
