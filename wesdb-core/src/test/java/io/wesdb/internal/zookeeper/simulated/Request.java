package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.log.memory.Call;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.FlatJson;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.jute.Record;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.SetDataRequest;

/** What a client asks of a server. */
final class Request {
    /** What it is. */
    enum Kind {
        WRITE,
        MULTI,
        GET,
        CHILDREN,
        WATCH_TREE,
        SYNC,
        /** After a reconnection, before everything else. */
        SET_WATCHES,
        CLOSE
    }

    final Kind kind;
    final String path;
    final List<Op> operations;
    final Watcher watcher;
    final CompletableFuture<Object> answer = new CompletableFuture<>();
    Fate fate = Fate.DELIVER;

    /** For SET_WATCHES. */
    List<String> dataWatches;

    List<String> treeWatches;
    long seenZxid;

    Request(Kind kind, String path, List<Op> operations, Watcher watcher) {
        this.kind = kind;
        this.path = path;
        this.operations = operations;
        this.watcher = watcher;
    }

    boolean writes() {
        return kind == Kind.WRITE || kind == Kind.MULTI;
    }

    /** About as many as it has on the wire. */
    int bytes() {
        int bytes = 8;
        for (Op operation : operations) {
            byte[] data = data(operation);
            bytes += 50 + operation.getPath().length() + (data == null ? 0 : data.length);
        }
        return bytes;
    }

    private static byte[] data(Op operation) {
        Record record = operation.toRequestRecord();
        return record instanceof CreateRequest create
                ? create.getData()
                : record instanceof SetDataRequest set ? set.getData() : null;
    }

    /** What it is to the log. */
    Call call(String node) {
        String last = path.substring(path.lastIndexOf('/') + 1);
        if (kind == Kind.MULTI) {
            return multi(node);
        } else if (kind == Kind.GET && path.contains("/log/")) {
            return new Call(node, Call.Kind.READ, Long.parseUnsignedLong(last, 16), 0);
        } else if (kind == Kind.GET) {
            return new Call(
                    node,
                    switch (last) {
                        case "head" -> watcher == null ? Call.Kind.HEAD : Call.Kind.EVENT;
                        case "epoch" -> watcher == null ? Call.Kind.TERM : Call.Kind.EVENT;
                        case "tail" -> Call.Kind.FIRST;
                        default -> Call.Kind.OTHER;
                    },
                    0,
                    0);
        } else if (kind == Kind.WRITE && last.equals("epoch")) {
            return new Call(node, Call.Kind.RAISE_FENCE, 0, 0);
        }
        return new Call(node, Call.Kind.OTHER, 0, 0);
    }

    private Call multi(String node) {
        for (int i = 0; i < operations.size(); i++) {
            String each = operations.get(i).getPath();
            int type = operations.get(i).getType();
            if (type == OpCode.create && each.contains("/log/")) {
                byte[] head = data(operations.get(operations.size() - 1));
                long index = Long.parseUnsignedLong(each.substring(each.lastIndexOf('/') + 1), 16);
                return new Call(
                        node, Call.Kind.APPEND, index, FlatJson.parse(head).number("epoch"));
            } else if (each.endsWith("/tail") || (type == OpCode.delete && each.contains("/log/"))) {
                return new Call(node, Call.Kind.TRUNCATE, 0, 0);
            }
        }
        return new Call(node, Call.Kind.OTHER, 0, 0);
    }

    @Override
    public String toString() {
        return kind + " " + path;
    }
}
