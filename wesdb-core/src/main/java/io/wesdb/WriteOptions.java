package io.wesdb;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one write is to be done. Immutable.
 *
 * @param timeout how long the caller waits; null for the node's request timeout. Past it the write ends as
 *     {@link NotDoneException} if it certainly never happens, as {@link OutcomeUnknownException} otherwise.
 * @param idempotencyKey see {@link #withIdempotencyKey}; null for none
 * @param preconditions see {@link #withPreconditions}; at most {@value #MAX_PRECONDITIONS}
 * @param caller see {@link #withCaller}; null for the calling thread
 */
public record WriteOptions(
        @Nullable Duration timeout,
        @Nullable String idempotencyKey,
        List<Precondition> preconditions,
        @Nullable String caller) {
    /** The longest idempotency key. */
    public static final int MAX_KEY_LENGTH = 255;

    /** How many preconditions a write may have. */
    public static final int MAX_PRECONDITIONS = 1_000;

    /** The longest name of a caller. */
    public static final int MAX_CALLER_LENGTH = 256;

    private static final WriteOptions DEFAULT = new WriteOptions(null, null, List.of(), null);

    public WriteOptions {
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new InvalidRequestException("timeout must be positive: " + timeout);
        } else if (idempotencyKey != null && !isKey(idempotencyKey)) {
            throw new InvalidRequestException(
                    "an idempotency key must be 1 to " + MAX_KEY_LENGTH + " visible ASCII characters");
        } else if (caller != null && (caller.isEmpty() || caller.length() > MAX_CALLER_LENGTH)) {
            throw new InvalidRequestException("a caller's name must have 1 to " + MAX_CALLER_LENGTH + " characters");
        }
        preconditions = List.copyOf(preconditions);
        if (preconditions.size() > MAX_PRECONDITIONS) {
            throw new InvalidRequestException(
                    "a write may have at most " + MAX_PRECONDITIONS + " preconditions, not " + preconditions.size());
        }
    }

    private static boolean isKey(String key) {
        return !key.isEmpty() && key.length() <= MAX_KEY_LENGTH && key.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    public static WriteOptions defaults() {
        return DEFAULT;
    }

    public WriteOptions withTimeout(Duration newTimeout) {
        return new WriteOptions(newTimeout, idempotencyKey, preconditions, caller);
    }

    /**
     * Makes it safe to repeat the write. The first command with a key is executed, and its outcome is remembered in the
     * database, on every node and across restarts and changes of leader. The same command with the same key, given to
     * any node, is not executed again but answered with that outcome: the {@link WriteResult} of then, marked {@link
     * WriteResult#replayed}, or the exception of then with the same code (its wording may differ). So after {@link
     * OutcomeUnknownException}, or when no answer came at all, do the same again.
     *
     * <p>A refused command counts as done under its key: once the cause is removed, try again under a new key. Another
     * command (SQL, parameters or preconditions) under the same key is refused with {@link
     * IdempotencyKeyReusedException}. What ends with {@link NotDoneException} is not remembered.
     *
     * <p>Keys are remembered for 24 hours, by the time of the log's entries, but no more than the last 500,000 and 128 MiB
     * together with their outcomes. Rows (RETURNING) are remembered up to 64 KiB a command, and past the 128 MiB those of
     * the oldest commands are given up before any key is; a repeated command is then answered without them, marked {@link
     * WriteResult#rowsOmitted}.
     *
     * @param key 1 to {@value #MAX_KEY_LENGTH} visible ASCII characters; a random UUID for each command will do
     * @throws InvalidRequestException if it is not
     */
    public WriteOptions withIdempotencyKey(String key) {
        return new WriteOptions(timeout, key, preconditions, caller);
    }

    /**
     * The write is done only if all of these hold when its turn comes, and refused with {@link
     * PreconditionFailedException} otherwise.
     */
    public WriteOptions withPreconditions(List<Precondition> newPreconditions) {
        return new WriteOptions(timeout, idempotencyKey, newPreconditions, caller);
    }

    /** As {@link #withPreconditions(List)}. */
    public WriteOptions withPreconditions(Precondition... newPreconditions) {
        return withPreconditions(List.of(newPreconditions));
    }

    /**
     * Says on whose behalf the write is given, for a program whose threads each serve many clients, or many threads one.
     * Without it every thread is a caller of its own, and over HTTP every connection.
     *
     * <p>Writes of one caller are put into the log in the order in which they were given. Callers take turns: who gives many
     * writes at once, or large ones, does not make the others wait for all of them, and cannot take all the room that a node
     * has for pending writes. What a write does is the same whoever gives it; the name stays on this node.
     *
     * @param name 1 to {@value #MAX_CALLER_LENGTH} characters
     * @throws InvalidRequestException if it is not
     */
    public WriteOptions withCaller(String name) {
        return new WriteOptions(timeout, idempotencyKey, preconditions, name);
    }
}
