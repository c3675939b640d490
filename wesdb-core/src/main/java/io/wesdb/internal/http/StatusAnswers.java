package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.wesdb.NodeStatus;
import io.wesdb.NodeStatus.Leader;
import io.wesdb.NodeStatus.Member;
import io.wesdb.NodeStatus.Recovery;
import io.wesdb.Role;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code GET /status} and the health checks. */
final class StatusAnswers {
    private final JsonAnswers answers;

    StatusAnswers(JsonAnswers answers) {
        this.answers = answers;
    }

    Answer live() {
        return answers.ok(json -> {
            json.writeStartObject();
            json.writeBooleanField("live", true);
            json.writeEndObject();
        });
    }

    Answer ready(NodeStatus status) {
        if (!status.ready()) {
            String why = status.fault() == null ? "" : ": " + status.fault();
            return answers.fault(
                    HttpFault.notReady("the node is " + name(status.role()) + " and serves nothing yet" + why));
        }
        return answers.ok(json -> {
            json.writeStartObject();
            json.writeBooleanField("ready", true);
            json.writeStringField("role", name(status.role()));
            json.writeEndObject();
        });
    }

    Answer status(NodeStatus status) {
        return answers.ok(json -> write(json, status));
    }

    private static void write(JsonGenerator json, NodeStatus status) throws IOException {
        json.writeStartObject();
        json.writeStringField("cluster", status.cluster());
        json.writeStringField("clusterId", status.clusterId());
        json.writeStringField("node", status.node());
        json.writeStringField("role", name(status.role()));
        json.writeBooleanField("ready", status.ready());
        json.writeNumberField("epoch", status.epoch());
        json.writeFieldName("leader");
        writeLeader(json, status);
        json.writeNumberField("head", status.head());
        json.writeNumberField("applied", status.applied());
        json.writeNumberField("durable", status.durable());
        json.writeNumberField("logFirst", status.logFirst());
        json.writeNumberField("lagMillis", status.lagMillis());
        json.writeBooleanField("connected", status.connected());
        json.writeStringField("address", status.address());
        json.writeStringField("httpAddress", status.httpAddress());
        json.writeNumberField("pendingWrites", status.pendingWrites());
        json.writeNumberField("queries", status.queries());
        json.writeNumberField("headReads", status.headReads());
        json.writeStringField("fault", status.fault());
        json.writeFieldName("recovery");
        writeRecovery(json, status.recovery());
        json.writeStringField("dispute", status.dispute());
        json.writeArrayFieldStart("members");
        for (Member member : status.members()) {
            writeMember(json, member);
        }
        json.writeEndArray();
        json.writeStringField("sqliteVersion", status.sqliteVersion());
        json.writeStringField("version", status.version());
        json.writeNumberField("uptimeMillis", status.uptimeMillis());
        json.writeEndObject();
    }

    private static void writeLeader(JsonGenerator json, NodeStatus status) throws IOException {
        Leader leader = status.leader();
        if (leader == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("node", leader.node());
        json.writeStringField("address", leader.address());
        json.writeEndObject();
    }

    private static void writeRecovery(JsonGenerator json, @Nullable Recovery recovery) throws IOException {
        if (recovery == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("phase", recovery.phase());
        json.writeStringField("source", recovery.source());
        json.writeNumberField("index", recovery.index());
        json.writeNumberField("receivedBytes", recovery.receivedBytes());
        json.writeNumberField("totalBytes", recovery.totalBytes());
        json.writeStringField("reason", recovery.reason());
        json.writeEndObject();
    }

    private static void writeMember(JsonGenerator json, Member member) throws IOException {
        json.writeStartObject();
        json.writeStringField("node", member.node());
        json.writeStringField("address", member.address());
        json.writeStringField("role", name(member.role()));
        json.writeNumberField("applied", member.applied());
        json.writeNumberField("durable", member.durable());
        json.writeStringField("version", member.version());
        json.writeEndObject();
    }

    private static String name(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
