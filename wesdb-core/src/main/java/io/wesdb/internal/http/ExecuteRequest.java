package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import io.wesdb.InvalidRequestException;
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

/** What {@code POST /execute} asks for: a script, or statements. */
record ExecuteRequest(@Nullable String script, List<Statement> statements) {

    CompletableFuture<WriteResult> on(WesDb db, WriteOptions options) {
        return script != null ? db.executeScriptAsync(script, options) : db.executeAsync(statements, options);
    }

    static ExecuteRequest fromText(ByteBuf body) {
        try {
            String script =
                    StandardCharsets.UTF_8.newDecoder().decode(body.nioBuffer()).toString();
            return new ExecuteRequest(RequestFields.sql(script), List.of());
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

        void read(String name, JsonParser json) throws IOException {
            switch (name) {
                case "sql" -> sql = RequestFields.text(name, json);
                case "params" -> parameters = Parameters.read(json);
                case "statements" -> statements = readStatements(json);
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
                return new ExecuteRequest(null, statements);
            }
            String given = RequestFields.sql(sql);
            return parameters == null
                    ? new ExecuteRequest(given, List.of())
                    : new ExecuteRequest(null, List.of(parameters.with(given)));
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
}
