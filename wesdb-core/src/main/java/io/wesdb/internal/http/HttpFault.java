package io.wesdb.internal.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;

/**
 * Why a request is refused before the database sees it.
 *
 * @param code for a program, {@code BAD_REQUEST} and the like
 * @param message for a person
 * @param headers to be added to the answer
 */
record HttpFault(HttpResponseStatus status, String code, String message, Map<String, String> headers) {
    HttpFault(HttpResponseStatus status, String code, String message) {
        this(status, code, message, Map.of());
    }

    static HttpFault badRequest(String message) {
        return new HttpFault(HttpResponseStatus.BAD_REQUEST, "BAD_REQUEST", message);
    }

    static HttpFault tooLarge(String message) {
        return new HttpFault(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE", message);
    }

    static HttpFault overloaded(String message) {
        return new HttpFault(HttpResponseStatus.TOO_MANY_REQUESTS, "OVERLOADED", message, Map.of("Retry-After", "1"));
    }

    static HttpFault notReady(String message) {
        return new HttpFault(HttpResponseStatus.SERVICE_UNAVAILABLE, "NOT_READY", message, Map.of("Retry-After", "1"));
    }
}
