package io.wesdb;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything wesdb throws on purpose. The subclasses are cut by what a caller can do:
 *
 * <ul>
 *   <li>{@link SqlException} (and {@link ConstraintException}, {@link NotAQueryException}): the statement was
 *       refused, nothing changed; fix the SQL or the data;
 *   <li>{@link InvalidRequestException}, {@link TooLargeException}: the call itself is wrong; fix the call;
 *   <li>{@link IdempotencyKeyReusedException}: nothing changed; use a key of its own for each command;
 *   <li>{@link PreconditionFailedException}: nothing changed; read again and decide anew;
 *   <li>{@link NotDoneException}: nothing was done and nothing is wrong with the call; try again, here or elsewhere;
 *   <li>{@link QueryTimeoutException}: a read took too long and was interrupted;
 *   <li>{@link OutcomeUnknownException}: a write may or may not have happened; repeat it under its
 *       idempotency key, or ask before repeating it;
 *   <li>{@link ConfigurationException}, {@link StartException}: the node could not start;
 *   <li>{@link ClosedException}: this node was closed.
 * </ul>
 *
 * <p>A write is never reported as failed when it may have happened, other than by {@link OutcomeUnknownException}.
 */
public abstract class WesDbException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    protected WesDbException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The code a program can act on; the same as in the HTTP interface. */
    public ErrorCode code() {
        return code;
    }
}
