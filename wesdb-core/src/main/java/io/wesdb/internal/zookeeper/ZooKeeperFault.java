package io.wesdb.internal.zookeeper;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/** ZooKeeper's answer to a request that failed, or the lack of one. Has no stack trace: it is an answer, not a bug. */
public final class ZooKeeperFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;
    private final int operation;

    /** @param operation which operation of a multi failed, −1 if there is none to blame */
    public ZooKeeperFault(Code code, String path, int operation) {
        super("ZooKeeper answered " + code + " for " + path, null, false, false);
        this.code = code;
        this.operation = operation;
    }

    public Code code() {
        return code;
    }

    public int operation() {
        return operation;
    }

    /** The fault in what a future failed with; null if it is something else. */
    public static @Nullable ZooKeeperFault of(Throwable failure) {
        Throwable cause = unwrap(failure);
        return cause instanceof ZooKeeperFault fault ? fault : null;
    }

    /** The code in what a future failed with; SYSTEMERROR if it is something else. */
    public static Code codeOf(Throwable failure) {
        ZooKeeperFault fault = of(failure);
        return fault == null ? Code.SYSTEMERROR : fault.code();
    }

    /** What a future failed with, without the wrapping that futures add. */
    public static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
