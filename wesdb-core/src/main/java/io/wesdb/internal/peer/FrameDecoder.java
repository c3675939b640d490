package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotRefusedException;
import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames. A batch, a chunk or an entry is copied once, from the socket's buffers into the array it lives in from
 * then on, while it arrives. Until {@link #verified()} only frames of a few bytes are let through (I12). Owned by its event
 * loop.
 */
final class FrameDecoder extends ByteToMessageDecoder {
    private static final int MAX_SMALL = Frame.REPLY_HEADER_BYTES + Frame.MAX_MESSAGE_BYTES;
    private static final int MAX_UNVERIFIED = 1 + PeerIdentity.PROOF_BYTES;

    private final int maxBatchBytes;
    private boolean verified;

    /** A large frame, and its array that is being filled. */
    private @Nullable Frame arriving;

    private byte[] bytes = new byte[0];
    private int filled;

    FrameDecoder(int maxBatchBytes) {
        this.maxBatchBytes = maxBatchBytes;
    }

    /** The other side is a member: it may send larger frames. */
    void verified() {
        verified = true;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (arriving != null) {
            fill(arriving, in, out);
        } else if (in.readableBytes() > Frame.LENGTH_BYTES) {
            int length = in.getInt(in.readerIndex());
            int type = in.getByte(in.readerIndex() + Frame.LENGTH_BYTES);
            check(length, type);
            int needed = Frame.LENGTH_BYTES + neededAtOnce(length, type);
            if (in.readableBytes() >= needed) {
                in.skipBytes(Frame.LENGTH_BYTES + 1);
                read(type, length, in, out);
            }
        }
    }

    private static int neededAtOnce(int length, int type) {
        return switch (type) {
            case Frame.FORWARD -> Frame.FORWARD_HEADER_BYTES;
            case Frame.CHUNK -> Frame.CHUNK_HEADER_BYTES;
            case Frame.ENTRY -> Frame.ENTRY_HEADER_BYTES;
            default -> length;
        };
    }

    private void check(int length, int type) {
        int header = headerBytes(type);
        int rest = length - header;
        boolean fits = rest >= 0
                && switch (type) {
                    case Frame.PROOF, Frame.READY, Frame.HEARTBEAT, Frame.FOLLOW -> rest == 0;
                    case Frame.OFFER_REQUEST -> rest <= SnapshotTransfer.MAX_ID_CHARACTERS;
                    case Frame.OFFER, Frame.CHUNK_REQUEST -> rest > 0 && rest <= SnapshotTransfer.MAX_ID_CHARACTERS;
                    case Frame.CHUNK, Frame.ENTRY -> rest > 0;
                    default -> true;
                };
        if (!fits) {
            throw new CorruptedFrameException("a frame of type " + type + " cannot have " + length + " bytes");
        }
        long most = most(header, type);
        if (length > most) {
            throw new TooLongFrameException("a frame of " + length + " bytes is beyond " + most);
        }
    }

    private static int headerBytes(int type) {
        return switch (type) {
            case Frame.PROOF -> 1 + PeerIdentity.PROOF_BYTES;
            case Frame.READY, Frame.HEARTBEAT, Frame.FOLLOW -> 1;
            case Frame.FORWARD -> Frame.FORWARD_HEADER_BYTES;
            case Frame.REPLY -> Frame.REPLY_HEADER_BYTES;
            case Frame.OFFER_REQUEST -> Frame.OFFER_REQUEST_HEADER_BYTES;
            case Frame.OFFER -> Frame.OFFER_HEADER_BYTES;
            case Frame.CHUNK_REQUEST -> Frame.CHUNK_REQUEST_HEADER_BYTES;
            case Frame.CHUNK -> Frame.CHUNK_HEADER_BYTES;
            case Frame.REFUSAL -> Frame.REFUSAL_HEADER_BYTES;
            case Frame.ENTRY -> Frame.ENTRY_HEADER_BYTES;
            default -> throw new CorruptedFrameException("unknown frame type " + type);
        };
    }

    private long most(int header, int type) {
        if (!verified) {
            return MAX_UNVERIFIED;
        }
        return switch (type) {
            case Frame.FORWARD -> (long) header + maxBatchBytes;
            case Frame.CHUNK -> (long) header + SnapshotTransfer.MAX_CHUNK_BYTES;
            case Frame.ENTRY -> (long) header + EntryFeed.MAX_ENTRY_BYTES;
            default -> MAX_SMALL;
        };
    }

    private void read(int type, int length, ByteBuf in, List<Object> out) {
        int rest = length - headerBytes(type);
        switch (type) {
            case Frame.PROOF -> {
                byte[] proof = new byte[PeerIdentity.PROOF_BYTES];
                in.readBytes(proof);
                out.add(new Frame.Proof(proof));
            }
            case Frame.READY -> out.add(new Frame.Ready());
            case Frame.HEARTBEAT -> out.add(new Frame.Heartbeat());
            case Frame.FOLLOW -> out.add(new Frame.Follow());
            case Frame.REPLY -> out.add(readReply(rest, in));
            case Frame.OFFER_REQUEST ->
                out.add(new Frame.OfferRequest(in.readLong(), in.readLong(), rest == 0 ? null : text(rest, in)));
            case Frame.OFFER -> out.add(readOffer(rest, in));
            case Frame.CHUNK_REQUEST -> out.add(readChunkRequest(rest, in));
            case Frame.REFUSAL -> out.add(readRefusal(rest, in));
            default -> {
                bytes = new byte[rest];
                filled = 0;
                arriving = switch (type) {
                    case Frame.CHUNK -> new Frame.Chunk(in.readLong(), in.readInt(), bytes);
                    case Frame.ENTRY -> new Frame.Entry(in.readLong(), bytes);
                    default -> readForward(bytes, in);
                };
                fill(arriving, in, out);
            }
        }
    }

    private static Frame.Forward readForward(byte[] bytes, ByteBuf in) {
        long id = in.readLong();
        long epoch = in.readLong();
        long timeoutMillis = in.readLong();
        SessionId session = new SessionId(in.readLong(), in.readLong());
        long sequence = in.readLong();
        int commandCount = in.readInt();
        boolean alone = (in.readByte() & Frame.ALONE) != 0;
        return new Frame.Forward(
                id, epoch, timeoutMillis, new EncodedBatch(session, sequence, commandCount, alone, bytes));
    }

    private void fill(Frame frame, ByteBuf in, List<Object> out) {
        int some = Math.min(in.readableBytes(), bytes.length - filled);
        in.readBytes(bytes, filled, some);
        filled += some;
        if (filled == bytes.length) {
            out.add(frame);
            arriving = null;
            bytes = new byte[0];
        }
    }

    private static Frame.Reply readReply(int messageBytes, ByteBuf in) {
        long id = in.readLong();
        int number = in.readByte();
        long index = in.readLong();
        long retryAfterMillis = in.readLong();
        String message = text(messageBytes, in);
        for (ForwardReply.Kind kind : ForwardReply.Kind.values()) {
            if (kind.number() == number) {
                return new Frame.Reply(
                        id, new ForwardReply(kind, index, messageBytes == 0 ? null : message, retryAfterMillis));
            }
        }
        throw new CorruptedFrameException("unknown kind of reply " + number);
    }

    private static Frame.Offer readOffer(int idBytes, ByteBuf in) {
        long id = in.readLong();
        long index = in.readLong();
        long lengthBytes = in.readLong();
        int checksum = in.readInt();
        if (lengthBytes <= 0) {
            throw new CorruptedFrameException("no snapshot has " + lengthBytes + " bytes");
        }
        return new Frame.Offer(id, new SnapshotOffer(text(idBytes, in), index, lengthBytes, checksum));
    }

    private static Frame.ChunkRequest readChunkRequest(int idBytes, ByteBuf in) {
        long id = in.readLong();
        long offset = in.readLong();
        int length = in.readInt();
        if (length <= 0 || length > SnapshotTransfer.MAX_CHUNK_BYTES) {
            throw new CorruptedFrameException("no chunk has " + length + " bytes");
        }
        return new Frame.ChunkRequest(id, text(idBytes, in), offset, length);
    }

    private static Frame.Refusal readRefusal(int messageBytes, ByteBuf in) {
        long id = in.readLong();
        int number = in.readByte();
        long retryAfterMillis = in.readLong();
        String message = text(messageBytes, in);
        for (Reason reason : Reason.values()) {
            if (reason.number() == number) {
                return new Frame.Refusal(id, new SnapshotRefusedException(reason, message, retryAfterMillis));
            }
        }
        throw new CorruptedFrameException("unknown reason " + number);
    }

    private static String text(int length, ByteBuf in) {
        return in.readCharSequence(length, StandardCharsets.UTF_8).toString();
    }
}
