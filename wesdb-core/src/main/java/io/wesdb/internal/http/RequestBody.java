package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A request's body while it arrives and until it is understood. Owned by the event loop while it arrives, then by
 * whoever parses it: never by two threads at once.
 */
final class RequestBody implements AutoCloseable {
    /** What became of a piece. */
    enum Added {
        HELD,
        TOO_LARGE,
        OVER_BUDGET
    }

    private final int maxBytes;
    private final BodyBudget budget;
    private final Blocks blocks;
    private boolean closed;

    RequestBody(ByteBufAllocator allocator, int maxBytes, BodyBudget budget) {
        this.blocks = new Blocks(allocator);
        this.maxBytes = maxBytes;
        this.budget = budget;
    }

    /**
     * Copies a piece: many small pieces would otherwise hold on to many times their size in receive buffers. Does not
     * release it.
     */
    Added add(ByteBuf piece) {
        int length = piece.readableBytes();
        if (blocks.size() + length > maxBytes) {
            return Added.TOO_LARGE;
        } else if (!budget.reserve(length)) {
            return Added.OVER_BUDGET;
        }
        blocks.write(piece);
        return Added.HELD;
    }

    int size() {
        return (int) blocks.size();
    }

    /** The whole body; the caller's to release, before {@link #close()}. */
    ByteBuf take() {
        return blocks.take();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            blocks.release();
            budget.free(blocks.size());
        }
    }
}
