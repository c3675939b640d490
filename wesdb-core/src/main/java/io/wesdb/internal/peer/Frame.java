package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotRefusedException;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import io.wesdb.internal.write.ForwardReply;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A frame that was received, and how each is written; see the package's description. */
sealed interface Frame {
    int PROOF = 1;
    int READY = 2;
    int FORWARD = 3;
    int REPLY = 4;
    int HEARTBEAT = 5;
    int OFFER_REQUEST = 6;
    int OFFER = 7;
    int CHUNK_REQUEST = 8;
    int CHUNK = 9;
    int REFUSAL = 10;
    int FOLLOW = 11;
    int ENTRY = 12;

    int LENGTH_BYTES = Integer.BYTES;
    int FORWARD_HEADER_BYTES = 1 + 6 * Long.BYTES + Integer.BYTES + 1;
    int REPLY_HEADER_BYTES = 1 + Long.BYTES + 1 + 2 * Long.BYTES;
    int OFFER_REQUEST_HEADER_BYTES = 1 + 2 * Long.BYTES;
    int OFFER_HEADER_BYTES = 1 + 3 * Long.BYTES + Integer.BYTES;
    int CHUNK_REQUEST_HEADER_BYTES = 1 + 2 * Long.BYTES + Integer.BYTES;
    int CHUNK_HEADER_BYTES = 1 + Long.BYTES + Integer.BYTES;
    int REFUSAL_HEADER_BYTES = 1 + Long.BYTES + 1 + Long.BYTES;
    int ENTRY_HEADER_BYTES = 1 + Long.BYTES;
    int MAX_MESSAGE_BYTES = 1024;
    int ALONE = 1;

    record Proof(byte[] proof) implements Frame {}

    record Ready() implements Frame {}

    record Forward(long id, long epoch, long timeoutMillis, EncodedBatch batch) implements Frame {}

    record Reply(long id, ForwardReply reply) implements Frame {}

    record Heartbeat() implements Frame {}

    record OfferRequest(long id, long minIndex, @Nullable String resumeId) implements Frame {}

    record Offer(long id, SnapshotOffer offer) implements Frame {}

    record ChunkRequest(long id, String snapshotId, long offset, int length) implements Frame {}

    /** @param checksum CRC32C of the bytes, as the sender says */
    record Chunk(long id, int checksum, byte[] bytes) implements Frame {
        boolean isSound() {
            return checksum == crc(bytes);
        }
    }

    record Refusal(long id, SnapshotRefusedException why) implements Frame {}

    record Follow() implements Frame {}

    record Entry(long index, byte[] bytes) implements Frame {}

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
        byte[] message = message(reply.message());
        return start(allocator, REPLY_HEADER_BYTES + message.length, REPLY)
                .writeLong(id)
                .writeByte(reply.kind().number())
                .writeLong(reply.index())
                .writeLong(reply.retryAfterMillis())
                .writeBytes(message);
    }

    static ByteBuf offerRequest(ByteBufAllocator allocator, OfferRequest request) {
        byte[] resumeId = request.resumeId() == null ? new byte[0] : ascii(request.resumeId());
        return start(allocator, OFFER_REQUEST_HEADER_BYTES + resumeId.length, OFFER_REQUEST)
                .writeLong(request.id())
                .writeLong(request.minIndex())
                .writeBytes(resumeId);
    }

    static ByteBuf offer(ByteBufAllocator allocator, long id, SnapshotOffer offer) {
        byte[] snapshotId = ascii(offer.id());
        return start(allocator, OFFER_HEADER_BYTES + snapshotId.length, OFFER)
                .writeLong(id)
                .writeLong(offer.index())
                .writeLong(offer.lengthBytes())
                .writeInt(offer.checksum())
                .writeBytes(snapshotId);
    }

    static ByteBuf chunkRequest(ByteBufAllocator allocator, ChunkRequest request) {
        byte[] snapshotId = ascii(request.snapshotId());
        return start(allocator, CHUNK_REQUEST_HEADER_BYTES + snapshotId.length, CHUNK_REQUEST)
                .writeLong(request.id())
                .writeLong(request.offset())
                .writeInt(request.length())
                .writeBytes(snapshotId);
    }

    /** The bytes themselves are not copied. */
    static ByteBuf chunk(ByteBufAllocator allocator, long id, byte[] bytes) {
        ByteBuf header = allocator
                .ioBuffer(LENGTH_BYTES + CHUNK_HEADER_BYTES)
                .writeInt(CHUNK_HEADER_BYTES + bytes.length)
                .writeByte(CHUNK)
                .writeLong(id)
                .writeInt(crc(bytes));
        return Unpooled.wrappedBuffer(header, Unpooled.wrappedBuffer(bytes));
    }

    static ByteBuf refusal(ByteBufAllocator allocator, long id, SnapshotRefusedException why) {
        byte[] message = message(why.getMessage());
        return start(allocator, REFUSAL_HEADER_BYTES + message.length, REFUSAL)
                .writeLong(id)
                .writeByte(why.reason().number())
                .writeLong(why.retryAfterMillis())
                .writeBytes(message);
    }

    /** The entry itself is not copied here. */
    static ByteBuf entry(ByteBufAllocator allocator, long index, byte[] entry) {
        ByteBuf header = allocator
                .ioBuffer(LENGTH_BYTES + ENTRY_HEADER_BYTES)
                .writeInt(ENTRY_HEADER_BYTES + entry.length)
                .writeByte(ENTRY)
                .writeLong(index);
        return Unpooled.wrappedBuffer(header, Unpooled.wrappedBuffer(entry));
    }

    private static int crc(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }

    private static byte[] ascii(String id) {
        if (id.length() > SnapshotTransfer.MAX_ID_CHARACTERS) {
            throw new IllegalArgumentException("no snapshot has such a long name");
        }
        return id.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] message(@Nullable String message) {
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
