package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that grow block by block, each twice the last up to a MiB, so that nothing is copied again when more comes and no
 * more than twice what is needed is held. For one thread at a time. Whoever made it ends it with {@link #take()} or
 * {@link #release()}.
 */
final class Blocks extends OutputStream {
    private static final int FIRST = 1024;
    private static final int LARGEST = 1024 * 1024;

    private final ByteBufAllocator allocator;
    private @Nullable CompositeByteBuf full;
    private @Nullable ByteBuf last;
    private int nextCapacity = FIRST;
    private long size;

    Blocks(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    long size() {
        return size;
    }

    @Override
    public void write(int b) {
        room().writeByte(b);
        size++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (int done = 0; done < length; ) {
            ByteBuf block = room();
            int some = Math.min(block.writableBytes(), length - done);
            block.writeBytes(bytes, offset + done, some);
            done += some;
        }
        size += length;
    }

    /** Copies what is readable of {@code bytes}; does not release it. */
    void write(ByteBuf bytes) {
        size += bytes.readableBytes();
        while (bytes.isReadable()) {
            ByteBuf block = room();
            block.writeBytes(bytes, Math.min(block.writableBytes(), bytes.readableBytes()));
        }
    }

    private ByteBuf room() {
        ByteBuf block = last;
        if (block == null) {
            block = allocator.ioBuffer(nextCapacity, nextCapacity);
        } else if (!block.isWritable()) {
            CompositeByteBuf before = full;
            if (before == null) {
                before = allocator.compositeBuffer(Integer.MAX_VALUE);
                full = before;
            }
            before.addComponent(true, block);
            last = null;
            nextCapacity = Math.min(LARGEST, nextCapacity * 2);
            block = allocator.ioBuffer(nextCapacity, nextCapacity);
        }
        last = block;
        return block;
    }

    /** All bytes; the caller's to release. */
    ByteBuf take() {
        ByteBuf block = last;
        CompositeByteBuf before = full;
        last = null;
        full = null;
        if (before == null) {
            return block == null ? allocator.ioBuffer(0, 0) : block;
        }
        return block == null ? before : before.addComponent(true, block);
    }

    /** Gives up what was written and not taken. */
    void release() {
        take().release();
    }
}
