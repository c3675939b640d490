package io.wesdb.internal.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A {@code Content-Type}: its type and its charset, null if none is named. A body without one is taken for JSON. */
record MediaType(String type, @Nullable String charset) {
    private static final String JSON = "application/json";

    static MediaType of(@Nullable String header) {
        if (header == null) {
            return new MediaType(JSON, null);
        }
        String[] parts = header.toLowerCase(Locale.ROOT).split(";", -1);
        String charset = null;
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("charset=")) {
                charset = parameter.substring("charset=".length()).replace("\"", "");
            }
        }
        return new MediaType(parts[0].strip(), charset);
    }

    boolean isJson() {
        return type.equals(JSON);
    }

    boolean isText() {
        return type.equals("text/plain");
    }

    boolean isUtf8() {
        return charset == null || charset.equals("utf-8") || charset.equals("utf8") || charset.equals("us-ascii");
    }
}
