package io.wesdb.internal.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What HTTP itself asks of a request's head (RFC 9112). A fault found here ends the connection, since where the next
 * request begins is not certain any more: two readers of one byte stream must never disagree about that (request
 * smuggling).
 */
final class RequestCheck {
    private RequestCheck() {}

    /** Null if nothing is wrong. */
    static @Nullable HttpFault fault(HttpRequest request, int maxBodyBytes) {
        if (request.decoderResult().isFailure()) {
            return malformed(request.decoderResult().cause());
        }
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return new HttpFault(
                    HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "BAD_REQUEST", "HTTP/1.1 and HTTP/1.0 only");
        }
        HttpHeaders headers = request.headers();
        int hosts = headers.getAll(HttpHeaderNames.HOST).size();
        if (hosts > 1 || (hosts == 0 && version.equals(HttpVersion.HTTP_1_1))) {
            return HttpFault.badRequest("a request needs one Host header");
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!codings.isEmpty() && !isPlainChunked(codings, headers, version)) {
            return HttpFault.badRequest("Transfer-Encoding must be chunked, in HTTP/1.1, without Content-Length");
        } else if (HttpUtil.getContentLength(request, 0L) > maxBodyBytes) {
            return HttpFault.tooLarge("the body is beyond " + maxBodyBytes + " bytes");
        }
        String expected = headers.get(HttpHeaderNames.EXPECT);
        if (expected != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expected)) {
            return new HttpFault(
                    HttpResponseStatus.EXPECTATION_FAILED, "BAD_REQUEST", "only 100-continue can be expected");
        }
        return null;
    }

    private static boolean isPlainChunked(List<String> codings, HttpHeaders headers, HttpVersion version) {
        return codings.size() == 1
                && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(
                        codings.get(0).strip())
                && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                && version.equals(HttpVersion.HTTP_1_1);
    }

    /** What to answer to something that the decoder could not read. */
    static HttpFault malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new HttpFault(
                    HttpResponseStatus.REQUEST_URI_TOO_LONG, "BAD_REQUEST", "the request line is too long");
        } else if (cause instanceof TooLongHttpHeaderException) {
            return new HttpFault(
                    HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "BAD_REQUEST", "the headers are too large");
        }
        return HttpFault.badRequest("malformed HTTP");
    }
}
