package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import io.wesdb.InvalidRequestException;
import io.wesdb.Precondition;
import io.wesdb.Statement;
import io.wesdb.WesDb;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import io.wesdb.internal.http.RequestFields.Parameters;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What {@code POST /execute} asks for: a script, or statements, and what must hold. */
record ExecuteRequest(@Nullable String script, List<Statement> statements, List<Precondition> preconditions) {

    CompletableFuture<WriteResult> on(WesDb db, WriteOptions options) {
        WriteOptions all = options.withPreconditions(preconditions);
        return script != null ? db.executeScriptAsync(script, all) : db.executeAsync(statements, all);
    }

    static ExecuteRequest fromText(ByteBuf body) {
        try {
            String script =
                    StandardCharsets.UTF_8.newDecoder().decode(body.nioBuffer()).toString();
            return new ExecuteRequest(RequestFields.sql(script), List.of(), List.of());
        } catch (CharacterCodingException e) {
            throw new InvalidRequestException("not UTF-8", e);
        }
    }

    static ExecuteRequest fromJson(Json format, ByteBuf body) {
        return RequestFields.document(format, body, ExecuteRequest::read);
    }

    private static ExecuteRequest read(JsonParser json) throws IOException {
        Fields fields = new Fields();
        RequestFields.object(json, "the body", fields::read);
        return fields.toRequest();
    }

    /** The fields as they come, in any order. */
    private static final class Fields {
        private @Nullable String sql;
        private @Nullable Parameters parameters;
        private @Nullable List<Statement> statements;
        private final List<Precondition> preconditions = new ArrayList<>();

        void read(String name, JsonParser json) throws IOException {
            switch (name) {
                case "sql" -> sql = RequestFields.text(name, json);
                case "params" -> parameters = Parameters.read(json);
                case "statements" -> statements = readStatements(json);
                case "precondition" -> readPreconditions(json, preconditions);
                case "expectIndex" -> preconditions.add(Precondition.expectIndex(RequestFields.integer(name, json)));
                default -> throw RequestFields.unknown(name);
            }
        }

        ExecuteRequest toRequest() {
            if (statements != null) {
                if (sql != null || parameters != null) {
                    throw new InvalidRequestException("'statements' excludes 'sql' and 'params'");
                } else if (statements.isEmpty()) {
                    throw new InvalidRequestException("'statements' is empty: sql not provided");
                }
                return new ExecuteRequest(null, statements, preconditions);
            }
            String given = RequestFields.sql(sql);
            return parameters == null
                    ? new ExecuteRequest(given, List.of(), preconditions)
                    : new ExecuteRequest(null, List.of(parameters.with(given)), preconditions);
        }
    }

    private static List<Statement> readStatements(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new InvalidRequestException("'statements' must be an array");
        }
        List<Statement> statements = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            statements.add(readStatement(json));
        }
        return statements;
    }

    private static Statement readStatement(JsonParser json) throws IOException {
        @Nullable String[] sql = new String[1];
        Parameters[] parameters = {new Parameters(List.of(), null)};
        RequestFields.object(json, "a statement", (name, at) -> {
            switch (name) {
                case "sql" -> sql[0] = RequestFields.text(name, at);
                case "params" -> parameters[0] = Parameters.read(at);
                default -> throw RequestFields.unknown(name);
            }
        });
        return parameters[0].with(RequestFields.sql(sql[0]));
    }

    /** One, or an array of them. */
    private static void readPreconditions(JsonParser json, List<Precondition> preconditions) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            preconditions.add(readPrecondition(json));
            return;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (preconditions.size() >= WriteOptions.MAX_PRECONDITIONS) {
                throw new InvalidRequestException(
                        "a write may have at most " + WriteOptions.MAX_PRECONDITIONS + " preconditions");
            }
            preconditions.add(readPrecondition(json));
        }
    }

    private static Precondition readPrecondition(JsonParser json) throws IOException {
        @Nullable String[] sql = new String[1];
        Parameters[] parameters = {new Parameters(List.of(), null)};
        List<List<@Nullable Object>> expected = new ArrayList<>();
        boolean[] given = {false};
        RequestFields.object(json, "a precondition", (name, at) -> {
            switch (name) {
                case "sql" -> sql[0] = RequestFields.text(name, at);
                case "params" -> parameters[0] = Parameters.read(at);
                case "expect" -> {
                    given[0] = true;
                    readRows(at, expected);
                }
                default -> throw RequestFields.unknown(name);
            }
        });
        if (!given[0]) {
            throw new InvalidRequestException("a precondition needs 'expect': the rows, [] for none");
        }
        return Precondition.queryGives(parameters[0].with(RequestFields.sql(sql[0])), expected);
    }

    private static void readRows(JsonParser json, List<List<@Nullable Object>> rows) throws IOException {
        requireArray(json);
        int left = Precondition.MAX_EXPECTED_VALUES;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            requireArray(json);
            List<@Nullable Object> row = new ArrayList<>(1);
            while (json.nextToken() != JsonToken.END_ARRAY && row.size() <= left) {
                row.add(JsonValues.read(json));
            }
            left -= Math.max(1, row.size());
            if (left < 0) {
                throw new InvalidRequestException(
                        "a precondition may expect at most " + Precondition.MAX_EXPECTED_VALUES + " values");
            }
            rows.add(row);
        }
    }

    private static void requireArray(JsonParser json) {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw new InvalidRequestException("'expect' must be an array of rows, each an array of values");
        }
    }
}
