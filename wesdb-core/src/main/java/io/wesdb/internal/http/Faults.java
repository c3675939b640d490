package io.wesdb.internal.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.SqlException;
import io.wesdb.WesDbException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns exceptions into the error table of the HTTP interface. */
final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    private Faults() {}

    static HttpFault of(Throwable thrown) {
        Throwable cause = unwrap(thrown);
        if (cause instanceof WesDbException known) {
            return of(known);
        } else if (cause instanceof RejectedExecutionException) {
            return HttpFault.overloaded("too much is under way");
        }
        if (cause instanceof CancellationException) {
            return HttpFault.notReady("the request was given up"); // nobody is left to read this
        }
        LOG.error("an unexpected error while answering a request", cause);
        return internal();
    }

    static HttpFault internal() {
        return new HttpFault(
                HttpResponseStatus.INTERNAL_SERVER_ERROR, "INTERNAL", "an unexpected error; the node's log tells more");
    }

    static int sqliteCode(Throwable thrown) {
        return unwrap(thrown) instanceof SqlException sql ? sql.sqliteCode() : 0;
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static HttpFault of(WesDbException known) {
        String message = known.getMessage() == null ? known.code().name() : known.getMessage();
        return switch (known.code()) {
            case BAD_REQUEST, SQL_ERROR, NOT_A_QUERY -> fault(HttpResponseStatus.BAD_REQUEST, known, message);
            case CONSTRAINT -> fault(HttpResponseStatus.CONFLICT, known, message);
            case PRECONDITION_FAILED -> fault(HttpResponseStatus.PRECONDITION_FAILED, known, message);
            case IDEMPOTENCY_KEY_REUSED -> fault(HttpResponseStatus.UNPROCESSABLE_ENTITY, known, message);
            case TOO_LARGE -> fault(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, known, message);
            case OVERLOADED -> fault(HttpResponseStatus.TOO_MANY_REQUESTS, known, message);
            case NO_LEADER, NOT_READY, STALE -> fault(HttpResponseStatus.SERVICE_UNAVAILABLE, known, message);
            case TIMEOUT, OUTCOME_UNKNOWN -> fault(HttpResponseStatus.GATEWAY_TIMEOUT, known, message);
            case CLOSED -> HttpFault.notReady(message);
            case CONFIGURATION, START_FAILED -> unexpected(known);
        };
    }

    private static HttpFault unexpected(WesDbException known) {
        LOG.error("an error that no request should meet", known);
        return internal();
    }

    private static HttpFault fault(HttpResponseStatus status, WesDbException known, String message) {
        ErrorCode code = known.code();
        return known instanceof NotDoneException notDone
                ? HttpFault.notDone(
                        status, code.name(), message, notDone.retryAfter().toMillis())
                : new HttpFault(status, code.name(), message);
    }
}
