package io.wesdb.internal.zookeeper;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the small znodes hold: one JSON object of texts, numbers and truths, so that a person with ZooKeeper's own shell
 * can read it and a later version can add fields. Unknown fields are ignored. Immutable.
 */
public final class FlatJson {
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, Object> fields;

    private FlatJson(Map<String, Object> fields) {
        this.fields = fields;
    }

    /** @throws IllegalArgumentException if {@code bytes} are something else */
    public static FlatJson parse(byte[] bytes) {
        Map<String, Object> fields = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(bytes)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "not a JSON object");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                Object value = value(parser, token);
                if (value == null) {
                    parser.skipChildren();
                } else {
                    fields.put(name, value);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
        return new FlatJson(fields);
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            default -> null;
        };
    }

    /** Names and values in turn; a value is a text, a Long, an Integer or a Boolean. */
    public static byte[] write(Object... namesAndValues) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            for (int i = 0; i < namesAndValues.length; i += 2) {
                json.writeFieldName((String) namesAndValues[i]);
                writeValue(json, namesAndValues[i + 1]);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an array cannot fail
        }
        return bytes.toByteArray();
    }

    private static void writeValue(JsonGenerator json, Object value) throws IOException {
        if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else {
            throw new IllegalArgumentException("cannot write " + value);
        }
    }

    public String text(String name) {
        return field(name, String.class);
    }

    public long number(String name) {
        return field(name, Long.class);
    }

    public boolean truth(String name) {
        return field(name, Boolean.class);
    }

    private <T> T field(String name, Class<T> type) {
        Object value = fields.get(name);
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException("field '" + name + "' is missing or of another type");
        }
        return Objects.requireNonNull(type.cast(value));
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
