package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.netty.buffer.ByteBuf;
import io.wesdb.InvalidRequestException;
import io.wesdb.VerificationResult;
import io.wesdb.WesDb;
import io.wesdb.internal.http.Routes.Begun;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The routes that concern the cluster rather than its data: comparing nodes, deciding about nodes and about who leads. Thread safe. */
final class ClusterRoutes {
    static final String VERIFY = "/verify";
    static final String REMOVE_NODE = "/nodes/remove";
    static final String TRUST_NODE = "/nodes/trust";
    static final String TRANSFER = "/leader/transfer";

    private static final String TIMEOUT = "timeoutMillis";

    private final Executor workers;
    private final Json format;
    private final JsonAnswers answers;
    private final Function<Throwable, Answer> faults;

    ClusterRoutes(Executor workers, Json format, JsonAnswers answers, Function<Throwable, Answer> faults) {
        this.workers = workers;
        this.format = format;
        this.answers = answers;
        this.faults = faults;
    }

    Begun begin(WesDb db, RequestTarget target, ByteBuf body) {
        if (target.path().equals(VERIFY)) {
            return verify(db, target.parameters(), body);
        } else if (!target.parameters().isEmpty()) {
            throw new InvalidRequestException("this path takes no query parameters");
        } else if (target.path().equals(TRANSFER)) {
            return transfer(db, body);
        } else if (!body.isReadable()) {
            throw new InvalidRequestException("the body is empty: node not provided");
        }
        String node = RequestFields.document(format, body, ClusterRoutes::readNode);
        return decide(node, target.path().equals(REMOVE_NODE) ? db::removeNode : db::trustNode);
    }

    private static String readNode(JsonParser json) throws IOException {
        String id = readNodeIfAny(json)[0];
        if (id == null) {
            throw new InvalidRequestException("node not provided");
        }
        return id;
    }

    private static @Nullable String[] readNodeIfAny(JsonParser json) throws IOException {
        @Nullable String[] node = new String[1];
        RequestFields.object(json, "the body", (name, at) -> {
            if (!name.equals("node")) {
                throw RequestFields.unknown(name);
            }
            node[0] = RequestFields.text(name, at);
        });
        if (node[0] != null && node[0].isBlank()) {
            throw new InvalidRequestException("node not provided");
        }
        return node;
    }

    /** The body may be missing, as its only field may. */
    private Begun transfer(WesDb db, ByteBuf body) {
        String successor =
                body.isReadable() ? RequestFields.document(format, body, ClusterRoutes::readNodeIfAny)[0] : null;
        // Without a thread: it may take as long as a request may, and writes need the workers meanwhile (I12).
        CompletableFuture<String> leader =
                successor == null ? db.transferLeadershipAsync() : db.transferLeadershipAsync(successor);
        return new Begun(
                leader.handle((id, e) -> id == null
                        ? faults.apply(e == null ? new NullPointerException("no leader") : e)
                        : transferred(id)),
                () -> {});
    }

    private Answer transferred(String leader) {
        return answers.ok(json -> {
            json.writeStartObject();
            json.writeStringField("leader", leader);
            json.writeEndObject();
        });
    }

    private Begun decide(String node, Consumer<String> decision) {
        return onWorkers(() -> {
            decision.accept(node);
            return answers.ok(json -> {
                json.writeStartObject();
                json.writeEndObject();
            });
        });
    }

    /** For what waits. */
    private Begun onWorkers(Supplier<Answer> work) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        workers.execute(() -> {
            try {
                answer.complete(work.get());
            } catch (Throwable e) {
                answer.complete(faults.apply(e));
            }
        });
        return new Begun(answer, () -> {});
    }

    private Begun verify(WesDb db, Map<String, String> parameters, ByteBuf body) {
        Duration timeout = timeout(parameters, body);
        CompletableFuture<VerificationResult> result = timeout == null ? db.verifyAsync() : db.verifyAsync(timeout);
        return new Begun(
                result.handle((verified, e) -> verified == null
                        ? faults.apply(e == null ? new NullPointerException("no result") : e)
                        : verified(verified)),
                () -> {});
    }

    /** From the URL, or from the body, which may be missing; null if it is given in neither. */
    private @Nullable Duration timeout(Map<String, String> parameters, ByteBuf body) {
        @Nullable Duration[] timeout = new Duration[1];
        parameters.forEach((name, value) -> {
            if (!name.equals(TIMEOUT)) {
                throw new InvalidRequestException("unknown query parameter '" + name + "'");
            }
            timeout[0] = RequestFields.timeout(RequestFields.number(name, value));
        });
        if (body.isReadable()) {
            RequestFields.document(format, body, json -> {
                RequestFields.object(json, "the body", (name, at) -> {
                    if (!name.equals(TIMEOUT)) {
                        throw RequestFields.unknown(name);
                    } else if (timeout[0] != null) {
                        throw new InvalidRequestException("'" + TIMEOUT + "' is given twice");
                    }
                    timeout[0] = RequestFields.timeout(RequestFields.integer(name, at));
                });
                return timeout;
            });
        }
        return timeout[0];
    }

    private Answer verified(VerificationResult result) {
        return answers.ok(json -> write(json, result));
    }

    private static void write(JsonGenerator json, VerificationResult result) throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", result.index());
        json.writeBooleanField("sound", result.sound());
        json.writeBooleanField("tied", result.tied());
        JsonAnswers.writeNames(json, "agreeing", result.agreeing());
        json.writeObjectFieldStart("differing");
        for (Map.Entry<String, List<String>> node : result.differing().entrySet()) {
            JsonAnswers.writeNames(json, node.getKey(), node.getValue());
        }
        json.writeEndObject();
        JsonAnswers.writeNames(json, "silent", result.silent());
        json.writeEndObject();
    }
}
