package io.wesdb.internal.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;

/**
 * Why a request is refused before the database sees it.
 *
 * @param code for a program, {@code BAD_REQUEST} and the like
 * @param message for a person
 * @param headers to be added to the answer
 * @param retryAfterMillis when another try makes sense; 0 if that is not the remedy
 */
record HttpFault(
        HttpResponseStatus status, String code, String message, Map<String, String> headers, long retryAfterMillis) {
    private static final long SECOND = 1_000;

    HttpFault(HttpResponseStatus status, String code, String message) {
        this(status, code, message, Map.of());
    }

    HttpFault(HttpResponseStatus status, String code, String message, Map<String, String> headers) {
        this(status, code, message, headers, 0);
    }

    /** With {@code Retry-After}, which knows whole seconds only: rounded up, at least one. */
    static HttpFault notDone(HttpResponseStatus status, String code, String message, long retryAfterMillis) {
        long seconds = Math.max(1, (retryAfterMillis + SECOND - 1) / SECOND);
        return new HttpFault(status, code, message, Map.of("Retry-After", Long.toString(seconds)), retryAfterMillis);
    }

    static HttpFault badRequest(String message) {
        return new HttpFault(HttpResponseStatus.BAD_REQUEST, "BAD_REQUEST", message);
    }

    static HttpFault tooLarge(String message) {
        return new HttpFault(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE", message);
    }

    static HttpFault overloaded(String message) {
        return notDone(HttpResponseStatus.TOO_MANY_REQUESTS, "OVERLOADED", message, SECOND);
    }

    static HttpFault notReady(String message) {
        return notDone(HttpResponseStatus.SERVICE_UNAVAILABLE, "NOT_READY", message, SECOND);
    }
}
