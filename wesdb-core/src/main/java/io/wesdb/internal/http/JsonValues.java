package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.wesdb.InvalidRequestException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * SQLite values as JSON, both ways alike:
 *
 * <ul>
 *   <li>INTEGER: a number without fraction and exponent, exact to 64 bits; beyond them it is refused;
 *   <li>REAL: a number with fraction or exponent ({@code 3.0} stays a real), read back as the same double. The
 *       infinities are {@code 1e999} and {@code -1e999}, which every common parser reads as infinite: null would be
 *       another value, a string another type;
 *   <li>TEXT: a string; half of a surrogate pair is refused, since UTF-8 cannot hold it;
 *   <li>BLOB: <code>{"base64": "…"}</code>, RFC 4648 with padding;
 *   <li>{@code true} and {@code false} are read as 1 and 0, as in Java, and never written.
 * </ul>
 */
final class JsonValues {
    private static final String BLOB = "base64";

    private JsonValues() {}

    static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof Double number) {
            writeReal(json, number);
        } else if (value instanceof byte[] bytes) {
            json.writeStartObject();
            json.writeFieldName(BLOB);
            json.writeBinary(bytes);
            json.writeEndObject();
        } else {
            throw new IllegalArgumentException("not a SQLite value: " + value.getClass());
        }
    }

    private static void writeReal(JsonGenerator json, double number) throws IOException {
        if (Double.isNaN(number)) {
            json.writeNull(); // SQLite knows no NaN
        } else if (Double.isInfinite(number)) {
            json.writeRawValue(number > 0 ? "1e999" : "-1e999");
        } else {
            json.writeNumber(number);
        }
    }

    /** Reads the value that the parser stands on. */
    static @Nullable Object read(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null) {
            throw new InvalidRequestException("a value is missing");
        }
        return switch (token) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> 1L;
            case VALUE_FALSE -> 0L;
            case VALUE_NUMBER_INT -> readInteger(json);
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_STRING -> readText(json);
            case START_OBJECT -> readBlob(json);
            default ->
                throw new InvalidRequestException(
                        "a parameter must be null, a number, a string or {\"base64\": \"…\"}");
        };
    }

    static long readInteger(JsonParser json) throws IOException {
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw new InvalidRequestException("an integer does not fit 64 bits");
        }
        return json.getLongValue();
    }

    static String readText(JsonParser json) throws IOException {
        String text = json.getText();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new InvalidRequestException("a string has half of a surrogate pair");
            }
        }
        return text;
    }

    private static byte[] readBlob(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.FIELD_NAME || !json.currentName().equals(BLOB)) {
            throw new InvalidRequestException("an object as a parameter must be {\"base64\": \"…\"}");
        } else if (json.nextToken() != JsonToken.VALUE_STRING) {
            throw new InvalidRequestException("\"base64\" must be a string");
        }
        byte[] bytes = json.getBinaryValue();
        if (json.nextToken() != JsonToken.END_OBJECT) {
            throw new InvalidRequestException("an object as a parameter must be {\"base64\": \"…\"}");
        }
        return bytes;
    }
}
