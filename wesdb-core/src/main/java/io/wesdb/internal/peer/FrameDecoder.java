package io.wesdb.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.peer.Frame.Forward;
import io.wesdb.internal.write.ForwardReply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames. A batch is copied once, from the socket's buffers into the array it lives in from then on,
 * while it arrives. Until {@link #verified()} only frames of a few bytes are let through (I12). Owned by its event loop.
 */
final class FrameDecoder extends ByteToMessageDecoder {
    private static final int MAX_SMALL = Frame.REPLY_HEADER_BYTES + Frame.MAX_MESSAGE_BYTES;
    private static final int MAX_UNVERIFIED = 1 + PeerIdentity.PROOF_BYTES;

    private final int maxBatchBytes;
    private boolean verified;

    private @Nullable Forward forward;
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
        if (forward != null) {
            fill(forward, in, out);
        } else if (in.readableBytes() > Frame.LENGTH_BYTES) {
            int length = in.getInt(in.readerIndex());
            int type = in.getByte(in.readerIndex() + Frame.LENGTH_BYTES);
            check(length, type);
            int needed = Frame.LENGTH_BYTES + (type == Frame.FORWARD ? Frame.FORWARD_HEADER_BYTES : length);
            if (in.readableBytes() >= needed) {
                in.skipBytes(Frame.LENGTH_BYTES + 1);
                read(type, length, in, out);
            }
        }
    }

    private void check(int length, int type) {
        boolean fits = switch (type) {
            case Frame.PROOF -> length == 1 + PeerIdentity.PROOF_BYTES;
            case Frame.READY, Frame.HEARTBEAT -> length == 1;
            case Frame.FORWARD -> length >= Frame.FORWARD_HEADER_BYTES;
            case Frame.REPLY -> length >= Frame.REPLY_HEADER_BYTES;
            default -> throw new CorruptedFrameException("unknown frame type " + type);
        };
        if (!fits) {
            throw new CorruptedFrameException("a frame of type " + type + " cannot have " + length + " bytes");
        }
        long most = !verified
                ? MAX_UNVERIFIED
                : type == Frame.FORWARD ? (long) Frame.FORWARD_HEADER_BYTES + maxBatchBytes : MAX_SMALL;
        if (length > most) {
            throw new TooLongFrameException("a frame of " + length + " bytes is beyond " + most);
        }
    }

    private void read(int type, int length, ByteBuf in, List<Object> out) {
        switch (type) {
            case Frame.PROOF -> {
                byte[] proof = new byte[PeerIdentity.PROOF_BYTES];
                in.readBytes(proof);
                out.add(new Frame.Proof(proof));
            }
            case Frame.READY -> out.add(new Frame.Ready());
            case Frame.HEARTBEAT -> out.add(new Frame.Heartbeat());
            case Frame.REPLY -> out.add(readReply(length, in));
            default -> {
                forward = readForward(length, in);
                filled = 0;
                fill(forward, in, out);
            }
        }
    }

    private static Forward readForward(int length, ByteBuf in) {
        long id = in.readLong();
        long epoch = in.readLong();
        long timeoutMillis = in.readLong();
        SessionId session = new SessionId(in.readLong(), in.readLong());
        long sequence = in.readLong();
        int commandCount = in.readInt();
        boolean alone = (in.readByte() & Frame.ALONE) != 0;
        byte[] bytes = new byte[length - Frame.FORWARD_HEADER_BYTES];
        return new Forward(id, epoch, timeoutMillis, new EncodedBatch(session, sequence, commandCount, alone, bytes));
    }

    private void fill(Forward arriving, ByteBuf in, List<Object> out) {
        byte[] bytes = arriving.batch().bytes();
        int some = Math.min(in.readableBytes(), bytes.length - filled);
        in.readBytes(bytes, filled, some);
        filled += some;
        if (filled == bytes.length) {
            out.add(arriving);
            forward = null;
        }
    }

    private static Frame.Reply readReply(int length, ByteBuf in) {
        long id = in.readLong();
        int number = in.readByte();
        long index = in.readLong();
        long retryAfterMillis = in.readLong();
        int messageBytes = length - Frame.REPLY_HEADER_BYTES;
        String message =
                in.readCharSequence(messageBytes, StandardCharsets.UTF_8).toString();
        for (ForwardReply.Kind kind : ForwardReply.Kind.values()) {
            if (kind.number() == number) {
                return new Frame.Reply(
                        id, new ForwardReply(kind, index, messageBytes == 0 ? null : message, retryAfterMillis));
            }
        }
        throw new CorruptedFrameException("unknown kind of reply " + number);
    }
}
