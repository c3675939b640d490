package io.wesdb.internal.cluster.zookeeper;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import io.wesdb.internal.cluster.TableHashes;
import io.wesdb.internal.zookeeper.FlatJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How a report and a person's decision are written in their znodes. Stateless. */
final class ReportNode {
    /** Half a packet: larger ones are folded. */
    static final int MAX_BYTES = 500_000;

    private static final String TABLES = "tables";

    private ReportNode() {}

    /** What a report's znode is called after the node's name. */
    static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    static byte[] encode(Report report) {
        byte[] whole = encode(report, report.tables());
        return whole.length <= MAX_BYTES ? whole : encode(report, TableHashes.fold(report.tables()));
    }

    private static byte[] encode(Report report, SortedMap<String, Long> tables) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = factory().createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("node", report.node());
            json.writeStringField("kind", report.kind().name());
            json.writeNumberField("index", report.index());
            json.writeNumberField("value", report.value());
            json.writeObjectFieldStart(TABLES);
            for (var table : tables.entrySet()) {
                json.writeNumberField(table.getKey(), table.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an array cannot fail
        }
        return bytes.toByteArray();
    }

    /** @throws IllegalArgumentException if it is something else */
    static Report decode(byte[] bytes) {
        Map<String, String> texts = new HashMap<>();
        Map<String, Long> numbers = new HashMap<>();
        SortedMap<String, Long> tables = new TreeMap<>();
        try (JsonParser parser = factory().createParser(bytes)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_STRING) {
                    texts.put(name, parser.getText());
                } else if (token == JsonToken.VALUE_NUMBER_INT) {
                    numbers.put(name, parser.getLongValue());
                } else if (token == JsonToken.START_OBJECT && name.equals(TABLES)) {
                    readTables(parser, tables);
                } else {
                    parser.skipChildren(); // a later version's
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not a report", e);
        }
        return new Report(
                field(texts, "node"),
                Kind.valueOf(field(texts, "kind")),
                field(numbers, "index"),
                field(numbers, "value"),
                tables);
    }

    private static <T> T field(Map<String, T> fields, String name) {
        T value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("field '" + name + "' is missing or of another type");
        }
        return value;
    }

    private static void readTables(JsonParser parser, SortedMap<String, Long> tables) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            tables.put(name, parser.getLongValue());
        }
    }

    /** Table names may be long, and many: none of them is worth remembering. */
    private static JsonFactory factory() {
        return JsonFactory.builder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNameLength(MAX_BYTES).build())
                .build();
    }

    static byte[] encode(Trust trust) {
        return FlatJson.write("node", trust.node(), "index", trust.index());
    }

    /**
     * Null if nothing was decided yet.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static @Nullable Trust decodeTrust(byte[] bytes) {
        if (bytes.length == 0) {
            return null;
        }
        FlatJson json = FlatJson.parse(bytes);
        return new Trust(json.text("node"), json.number("index"));
    }
}
