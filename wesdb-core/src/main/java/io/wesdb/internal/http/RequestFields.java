package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import io.wesdb.InvalidRequestException;
import io.wesdb.Statement;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The pieces that requests in JSON are made of. Everything unexpected is an {@link InvalidRequestException}. */
final class RequestFields {
    private static final long MAX_TIMEOUT_MILLIS = 3_600_000;

    private RequestFields() {}

    /** Reads one thing from the parser, which stands on its first token. */
    @FunctionalInterface
    interface Reading<T> {
        T read(JsonParser json) throws IOException;
    }

    /** Reads {@code body} as one JSON document, whole. */
    static <T> T document(Json format, ByteBuf body, Reading<T> reading) {
        if (!body.isReadable()) {
            throw new InvalidRequestException("the body is empty: sql not provided");
        }
        try (JsonParser json = format.parser(body)) {
            return whole(json, reading);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Reads {@code text} as one JSON document, whole. */
    static <T> T document(Json format, String text, Reading<T> reading) {
        try (JsonParser json = format.parser(text)) {
            return whole(json, reading);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    private static <T> T whole(JsonParser json, Reading<T> reading) throws IOException {
        json.nextToken();
        T read = reading.read(json);
        if (json.nextToken() != null) {
            throw new InvalidRequestException("something follows the JSON document");
        }
        return read;
    }

    private static InvalidRequestException malformed(IOException e) {
        if (e instanceof JsonProcessingException fault) {
            return new InvalidRequestException("not valid JSON: " + fault.getOriginalMessage(), e);
        } else if (e instanceof CharacterCodingException) {
            return new InvalidRequestException("not UTF-8", e);
        }
        return new InvalidRequestException("not valid JSON", e);
    }

    /** Called for each field of an object; the parser stands on its value. */
    @FunctionalInterface
    interface Field {
        void read(String name, JsonParser json) throws IOException;
    }

    /** Reads the object that the parser stands on. */
    static void object(JsonParser json, String what, Field field) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw new InvalidRequestException(what + " must be a JSON object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            field.read(name, json);
        }
    }

    static InvalidRequestException unknown(String name) {
        return new InvalidRequestException("unknown field '" + name + "'");
    }

    static String text(String name, JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw new InvalidRequestException("'" + name + "' must be a string");
        }
        return JsonValues.readText(json);
    }

    static long integer(String name, JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new InvalidRequestException("'" + name + "' must be an integer");
        }
        return JsonValues.readInteger(json);
    }

    static Duration timeout(long millis) {
        if (millis < 1 || millis > MAX_TIMEOUT_MILLIS) {
            throw new InvalidRequestException("timeoutMillis must be from 1 to " + MAX_TIMEOUT_MILLIS + ": " + millis);
        }
        return Duration.ofMillis(millis);
    }

    static long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InvalidRequestException("'" + name + "' must be an integer: '" + text + "'", e);
        }
    }

    /** The SQL, if there is any to speak of. */
    static String sql(@Nullable String sql) {
        if (sql == null || sql.isBlank()) {
            throw new InvalidRequestException("sql not provided");
        }
        return sql;
    }

    /** A statement's parameters: an array, or an object of named ones. */
    record Parameters(
            @Nullable List<@Nullable Object> positional,
            @Nullable Map<String, @Nullable Object> named) {

        static Parameters read(JsonParser json) throws IOException {
            if (json.currentToken() == JsonToken.START_ARRAY) {
                List<@Nullable Object> values = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    values.add(JsonValues.read(json));
                }
                return new Parameters(values, null);
            } else if (json.currentToken() == JsonToken.START_OBJECT) {
                Map<String, @Nullable Object> values = new LinkedHashMap<>();
                object(json, "'params'", (name, at) -> values.put(name, JsonValues.read(at)));
                return new Parameters(null, values);
            }
            throw new InvalidRequestException("'params' must be an array or an object");
        }

        Statement with(String sql) {
            return named != null
                    ? Statement.named(sql, named)
                    : Statement.of(sql, positional == null ? new Object[0] : positional.toArray());
        }
    }
}
