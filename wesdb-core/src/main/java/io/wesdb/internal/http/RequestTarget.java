package io.wesdb.internal.http;

import io.wesdb.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request's path and its query parameters, decoded strictly (RFC 3986, with {@code +} for a space): a percent sign that
 * means nothing, bytes that are not UTF-8 or a parameter given twice are refused, not mended.
 */
record RequestTarget(String path, @Nullable String rawQuery) {

    /** Takes origin form ({@code /query?sql=…}) and absolute form ({@code http://host/query?sql=…}). */
    static RequestTarget parse(String uri) {
        String target = uri;
        int scheme = target.indexOf("://");
        if (!target.startsWith("/") && scheme > 0) {
            int slash = target.indexOf('/', scheme + 3);
            target = slash < 0 ? "/" : target.substring(slash);
        }
        int question = target.indexOf('?');
        return question < 0
                ? new RequestTarget(target, null)
                : new RequestTarget(target.substring(0, question), target.substring(question + 1));
    }

    /** @throws InvalidRequestException if they are malformed */
    Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (rawQuery != null && !rawQuery.isEmpty()) {
            for (String pair : rawQuery.split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
                if (parameters.put(name, value) != null) {
                    throw new InvalidRequestException("the query parameter '" + name + "' is given twice");
                }
            }
        }
        return parameters;
    }

    private static String decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes.write(octet(text, i + 1));
                i += 2;
            } else {
                bytes.write(c == '+' ? ' ' : c);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidRequestException("the query parameters are not UTF-8", e);
        }
    }

    private static int octet(String text, int at) {
        int high = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
        int low = at + 1 < text.length() ? Character.digit(text.charAt(at + 1), 16) : -1;
        if (high < 0 || low < 0) {
            throw new InvalidRequestException("a percent sign in the query parameters lacks its two hex digits");
        }
        return high << 4 | low;
    }
}
