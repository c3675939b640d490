package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonParser;
import io.netty.buffer.ByteBuf;
import io.wesdb.Consistency;
import io.wesdb.InvalidRequestException;
import io.wesdb.ReadOptions;
import io.wesdb.Statement;
import io.wesdb.internal.http.RequestFields.Parameters;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code /query} asks for. */
record QueryRequest(Statement statement, ReadOptions options, Format format) {
    /** How rows are written. */
    enum Format {
        OBJECTS,
        ARRAYS
    }

    /** From a body, with what else stands in the URL. */
    static QueryRequest fromJson(Json format, ByteBuf body, Map<String, String> urlParameters) {
        Fields fields = new Fields();
        RequestFields.document(format, body, json -> {
            RequestFields.object(json, "the body", fields::read);
            return fields;
        });
        urlParameters.forEach((name, value) -> {
            if (!name.equals("timeoutMillis") || fields.timeout != null) {
                throw new InvalidRequestException("unexpected query parameter '" + name + "'");
            }
            fields.read(format, name, value);
        });
        return fields.toRequest();
    }

    /** From the URL alone; {@code params} holds JSON there. */
    static QueryRequest fromUrl(Json format, Map<String, String> urlParameters) {
        Fields fields = new Fields();
        urlParameters.forEach((name, value) -> fields.read(format, name, value));
        return fields.toRequest();
    }

    /** The fields as they come, in any order. */
    private static final class Fields {
        private @Nullable String sql;
        private Parameters parameters = new Parameters(List.of(), null);
        private Consistency consistency = Consistency.LOCAL;
        private long minIndex;
        private @Nullable Duration maxStaleness;
        private @Nullable Duration timeout;
        private Format format = Format.OBJECTS;

        void read(String name, JsonParser json) throws IOException {
            switch (name) {
                case "sql" -> sql = RequestFields.text(name, json);
                case "params" -> parameters = Parameters.read(json);
                case "consistency", "format" -> word(name, RequestFields.text(name, json));
                case "minIndex", "maxStalenessMillis", "timeoutMillis" ->
                    number(name, RequestFields.integer(name, json));
                default -> throw RequestFields.unknown(name);
            }
        }

        void read(Json json, String name, String value) {
            switch (name) {
                case "sql" -> sql = value;
                case "params" -> parameters = RequestFields.document(json, value, Parameters::read);
                case "consistency", "format" -> word(name, value);
                case "minIndex", "maxStalenessMillis", "timeoutMillis" ->
                    number(name, RequestFields.number(name, value));
                default -> throw new InvalidRequestException("unknown query parameter '" + name + "'");
            }
        }

        private void word(String name, String value) {
            if (name.equals("consistency")) {
                consistency = switch (value) {
                    case "local" -> Consistency.LOCAL;
                    case "bounded" -> Consistency.BOUNDED;
                    case "linearizable" -> Consistency.LINEARIZABLE;
                    default ->
                        throw new InvalidRequestException(
                                "'consistency' must be local, bounded or linearizable: '" + value + "'");
                };
            } else {
                format = switch (value) {
                    case "objects" -> Format.OBJECTS;
                    case "arrays" -> Format.ARRAYS;
                    default -> throw new InvalidRequestException("'format' must be objects or arrays: '" + value + "'");
                };
            }
        }

        private void number(String name, long value) {
            switch (name) {
                case "minIndex" -> minIndex = value;
                case "maxStalenessMillis" -> maxStaleness = Duration.ofMillis(value);
                default -> timeout = RequestFields.timeout(value);
            }
        }

        QueryRequest toRequest() {
            String given = RequestFields.sql(sql);
            ReadOptions options = new ReadOptions(consistency, minIndex, maxStaleness, timeout);
            return new QueryRequest(parameters.with(given), options, format);
        }
    }
}
