package io.wesdb.internal.read;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.internal.sqlite.StorageException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a fault of this node's storage is to whoever reads: nothing was done, and another node may well answer. The node is told, since
 * nobody else may look at that part of its file for long (I10). Thread safe.
 */
final class ReadFaults {
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);

    private final Consumer<StorageException> listener;

    ReadFaults(Consumer<StorageException> listener) {
        this.listener = listener;
    }

    <T extends @Nullable Object> T guard(Supplier<T> read) {
        try {
            return read.get();
        } catch (StorageException e) {
            listener.accept(e);
            throw new NotDoneException(
                    ErrorCode.NOT_READY, "this node cannot read its file: " + e.getMessage(), RETRY_AFTER, e);
        }
    }
}
