package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.wesdb.QueryResult;
import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.WriteResult;
import io.wesdb.internal.http.QueryRequest.Format;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes answers as JSON, straight into the buffers that go to the socket. Thread safe. */
final class JsonAnswers {
    private final Json format;
    private final ByteBufAllocator allocator;

    JsonAnswers(Json format, ByteBufAllocator allocator) {
        this.format = format;
        this.allocator = allocator;
    }

    /** Writes something with a generator. */
    @FunctionalInterface
    interface Writing {
        void write(JsonGenerator json) throws IOException;
    }

    Answer.Whole ok(Writing writing) {
        return whole(HttpResponseStatus.OK, Map.of(), writing);
    }

    private Answer.Whole whole(HttpResponseStatus status, Map<String, String> headers, Writing writing) {
        Blocks body = new Blocks(allocator);
        boolean written = false;
        try (JsonGenerator json = format.generator(body)) {
            writing.write(json);
            written = true;
        } catch (IOException e) {
            written = false;
            throw new UncheckedIOException(e);
        } finally {
            if (!written) {
                body.release();
            }
        }
        return new Answer.Whole(status, headers, body.take());
    }

    Answer.Whole fault(HttpFault fault, int sqliteCode) {
        return whole(fault.status(), fault.headers(), json -> writeFault(json, fault, sqliteCode));
    }

    Answer.Whole fault(HttpFault fault) {
        return fault(fault, 0);
    }

    static void writeFault(JsonGenerator json, HttpFault fault, int sqliteCode) throws IOException {
        json.writeStartObject();
        json.writeStringField("error", fault.message());
        json.writeStringField("code", fault.code());
        if (sqliteCode != 0) {
            json.writeNumberField("sqliteCode", sqliteCode);
        }
        if (fault.retryAfterMillis() > 0) {
            json.writeNumberField("retryAfterMillis", fault.retryAfterMillis());
        }
        json.writeEndObject();
    }

    Answer.Whole written(WriteResult result) {
        return ok(json -> {
            json.writeStartObject();
            json.writeNumberField("index", result.index());
            json.writeArrayFieldStart("results");
            for (StatementResult one : result.results()) {
                writeStatementResult(json, one);
            }
            json.writeEndArray();
            if (result.replayed()) {
                json.writeBooleanField("replayed", true);
            }
            if (result.rowsOmitted()) {
                json.writeBooleanField("rowsOmitted", true);
            }
            json.writeEndObject();
        });
    }

    private static void writeStatementResult(JsonGenerator json, StatementResult result) throws IOException {
        json.writeStartObject();
        json.writeNumberField("rowsAffected", result.rowsAffected());
        if (result.lastInsertRowId().isPresent()) {
            json.writeNumberField("lastInsertRowId", result.lastInsertRowId().getAsLong());
        }
        if (result.hasRows()) {
            json.writeFieldName("result");
            writeObjects(json, result.columns(), result.rows());
        }
        json.writeEndObject();
    }

    Answer.Whole read(QueryResult result, Format shape, Map<String, String> headers) {
        return whole(HttpResponseStatus.OK, headers, json -> {
            json.writeStartObject();
            if (shape == Format.OBJECTS) {
                json.writeFieldName("result");
                writeObjects(json, result.columns(), result.rows());
            } else {
                writeArrays(json, result.columns(), result.rows());
            }
            json.writeNumberField("index", result.index());
            json.writeEndObject();
        });
    }

    private static void writeObjects(JsonGenerator json, List<String> columns, List<Row> rows) throws IOException {
        String[] names = distinct(columns);
        json.writeStartArray();
        for (Row row : rows) {
            json.writeStartObject();
            for (int i = 0; i < names.length; i++) {
                json.writeFieldName(names[i]);
                JsonValues.write(json, row.get(i));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /**
     * The columns' names, made distinct: a second {@code id} is {@code id:1}, as SQLite itself does within subqueries. An
     * object could carry one of them only.
     */
    private static String[] distinct(List<String> columns) {
        String[] names = new String[columns.size()];
        Set<String> taken = new HashSet<>(columns);
        Set<String> used = new HashSet<>();
        for (int i = 0; i < names.length; i++) {
            String name = columns.get(i);
            for (int n = 1; used.contains(name); n++) {
                String candidate = columns.get(i) + ":" + n;
                if (!taken.contains(candidate)) {
                    name = candidate;
                }
            }
            used.add(name);
            names[i] = name;
        }
        return names;
    }

    private static void writeArrays(JsonGenerator json, List<String> columns, List<Row> rows) throws IOException {
        writeNames(json, "columns", columns);
        writeNames(json, "types", types(columns.size(), rows));
        json.writeArrayFieldStart("rows");
        for (Row row : rows) {
            writeRow(json, row);
        }
        json.writeEndArray();
    }

    static void writeNames(JsonGenerator json, String field, List<String> names) throws IOException {
        json.writeArrayFieldStart(field);
        for (String name : names) {
            json.writeString(name);
        }
        json.writeEndArray();
    }

    static void writeRow(JsonGenerator json, Row row) throws IOException {
        json.writeStartArray();
        for (int i = 0; i < row.size(); i++) {
            JsonValues.write(json, row.get(i));
        }
        json.writeEndArray();
    }

    /** The storage class of each column's first value that is not NULL; SQLite types values, not columns. */
    private static List<String> types(int columns, List<Row> rows) {
        String[] types = new String[columns];
        int unknown = columns;
        for (Row row : rows) {
            if (unknown == 0) {
                break;
            }
            for (int i = 0; i < columns; i++) {
                if (types[i] == null && row.get(i) != null) {
                    types[i] = type(row.get(i));
                    unknown--;
                }
            }
        }
        for (int i = 0; i < columns; i++) {
            types[i] = types[i] == null ? "null" : types[i];
        }
        return List.of(types);
    }

    private static String type(@Nullable Object value) {
        return value instanceof Long
                ? "integer"
                : value instanceof Double ? "real" : value instanceof String ? "text" : "blob";
    }
}
