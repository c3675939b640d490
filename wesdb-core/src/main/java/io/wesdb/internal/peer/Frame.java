package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.write.ForwardReply;
import java.nio.charset.StandardCharsets;

/** A frame that was received, and how each is written; see the package's description. */
sealed interface Frame {
    int PROOF = 1;
    int READY = 2;
    int FORWARD = 3;
    int REPLY = 4;
    int HEARTBEAT = 5;

    int LENGTH_BYTES = Integer.BYTES;
    int FORWARD_HEADER_BYTES = 1 + 6 * Long.BYTES + Integer.BYTES + 1;
    int REPLY_HEADER_BYTES = 1 + Long.BYTES + 1 + 2 * Long.BYTES;
    int MAX_MESSAGE_BYTES = 1024;
    int ALONE = 1;

    record Proof(byte[] proof) implements Frame {}

    record Ready() implements Frame {}

    record Forward(long id, long epoch, long timeoutMillis, EncodedBatch batch) implements Frame {}

    record Reply(long id, ForwardReply reply) implements Frame {}

    record Heartbeat() implements Frame {}

    static ByteBuf proof(ByteBufAllocator allocator, byte[] proof) {
        return start(allocator, 1 + proof.length, PROOF).writeBytes(proof);
    }

    static ByteBuf empty(ByteBufAllocator allocator, int type) {
        return start(allocator, 1, type);
    }

    /** The batch itself is not copied. */
    static ByteBuf forward(ByteBufAllocator allocator, Forward forward) {
        EncodedBatch batch = forward.batch();
        ByteBuf header = allocator
                .ioBuffer(LENGTH_BYTES + FORWARD_HEADER_BYTES)
                .writeInt(FORWARD_HEADER_BYTES + batch.bytes().length)
                .writeByte(FORWARD)
                .writeLong(forward.id())
                .writeLong(forward.epoch())
                .writeLong(forward.timeoutMillis())
                .writeLong(batch.session().high())
                .writeLong(batch.session().low())
                .writeLong(batch.sequence())
                .writeInt(batch.commandCount())
                .writeByte(batch.alone() ? ALONE : 0);
        return Unpooled.wrappedBuffer(header, Unpooled.wrappedBuffer(batch.bytes()));
    }

    static ByteBuf reply(ByteBufAllocator allocator, long id, ForwardReply reply) {
        byte[] message = message(reply);
        return start(allocator, REPLY_HEADER_BYTES + message.length, REPLY)
                .writeLong(id)
                .writeByte(reply.kind().number())
                .writeLong(reply.index())
                .writeLong(reply.retryAfterMillis())
                .writeBytes(message);
    }

    private static byte[] message(ForwardReply reply) {
        String message = reply.message();
        if (message == null) {
            return new byte[0];
        }
        int characters = Math.min(message.length(), MAX_MESSAGE_BYTES / 4); // a character has up to 4 bytes
        return message.substring(0, characters).getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuf start(ByteBufAllocator allocator, int length, int type) {
        return allocator.ioBuffer(LENGTH_BYTES + length).writeInt(length).writeByte(type);
    }
}
