package io.wesdb.internal.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Entries as bytes: what stands at one position of the log. Format version 3, numbers big-endian:
 *
 * <pre>
 *  0  'W' 'E'        magic
 *  2  version        3
 *
 *  3  flags          bit 0: the body is deflated (zlib)
 *  4  CRC32C         of version and flags and of everything from byte 8 on
 *  8  epoch          8 bytes
 * 16  index          8 bytes
 * 24  time           8 bytes, milliseconds since 1970 by the leader's clock
 * 32  log bytes      8 bytes: the lengths of all entries up to this one, itself included
 * 40  digest index   8 bytes: the index that the leader had applied
 * 48  digest         8 bytes: the outcome digest that it had come to there
 * 56  batches        4 bytes, their number
 * 60  body length    4 bytes, before deflating
 * 64  body           for each batch: 4 bytes length, the batch (see {@link BatchCodec})
 *
 * </pre>
 *
 * <p>A change of the format raises the version; a node refuses what is newer than it knows.
 */
public final class EntryCodec {
    private static final int VERSION = 3;
    private static final int DEFLATED = 1;
    private static final int CHECKED_FROM = 8;
    private static final int LOG_BYTES_AT = 32;
    private static final int HEADER_BYTES = 64;

    /** Below it deflating saves too little to be worth its time. */
    private static final int DEFLATE_FROM_BYTES = 512;

    /** How much of a body is tried before all of it is deflated: blobs mostly do not shrink. */
    private static final int SAMPLE_BYTES = 16 * 1024;

    /** No entry is larger, so that a damaged length cannot make us reserve memory. */
    static final int MAX_BODY_BYTES = 288 * 1024 * 1024;

    private EntryCodec() {}

    /**
     * Encodes an entry.
     *
     * @param logBytesBefore the bytes of all entries before it
     * @param digest what the leader's own replica has come to
     */
    public static byte[] encode(
            long epoch,
            long index,
            long timeMillis,
            long logBytesBefore,
            OutcomeDigest digest,
            List<EncodedBatch> batches) {
        int bodyLength = 0;
        for (EncodedBatch batch : batches) {
            bodyLength = Math.addExact(bodyLength, 4 + batch.bytes().length);
        }
        if (bodyLength > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("an entry of " + bodyLength + " bytes");
        }
        ByteWriter out = new ByteWriter(HEADER_BYTES + bodyLength);
        out.writeByte('W');
        out.writeByte('E');
        out.writeByte(VERSION);
        out.writeByte(0);
        out.writeInt(0);
        out.writeLong(epoch);
        out.writeLong(index);
        out.writeLong(timeMillis);
        out.writeLong(0);
        out.writeLong(digest.index());
        out.writeLong(digest.value());
        out.writeInt(batches.size());
        out.writeInt(bodyLength);
        for (EncodedBatch batch : batches) {
            out.writeInt(batch.bytes().length);
            out.writeBytes(batch.bytes());
        }
        byte[] entry = deflateIfSmaller(out.toByteArray());
        long logBytes = logBytesBefore + entry.length;
        putInt(entry, LOG_BYTES_AT, (int) (logBytes >>> 32));
        putInt(entry, LOG_BYTES_AT + 4, (int) logBytes);
        putInt(entry, 4, checksum(entry));
        return entry;
    }

    /**
     * Decodes and verifies an entry.
     *
     * @throws CorruptEntryException if it is damaged, of a newer version, or not the entry of this index
     */
    public static Entry decode(byte[] entry, long expectedIndex) {
        ByteReader header = header(entry);
        long epoch = header.readLong();
        long index = header.readLong();
        long timeMillis = header.readLong();
        long logBytes = header.readLong();
        OutcomeDigest digest = new OutcomeDigest(header.readLong(), header.readLong());
        int batchCount = header.readInt();
        int bodyLength = header.readInt();
        if (index != expectedIndex) {
            throw new CorruptEntryException("entry " + expectedIndex + " says that it is entry " + index);
        }
        ByteReader body = body(entry, bodyLength);
        if (batchCount < 0 || batchCount > bodyLength) {
            throw new CorruptEntryException("entry " + index + " says that it has " + batchCount + " batches");
        }
        List<Batch> batches = new ArrayList<>(batchCount);
        for (int i = 0; i < batchCount; i++) {
            batches.add(BatchCodec.decodeBatch(body.slice(body.readInt())));
        }
        if (body.remaining() != 0) {
            throw new CorruptEntryException("entry " + index + " has " + body.remaining() + " bytes too many");
        }
        return new Entry(epoch, index, timeMillis, logBytes, digest, batches);
    }

    /** {@link Entry#logBytes} of an entry that this node has made itself. */
    public static long logBytes(byte[] entry) {
        return new ByteReader(entry, LOG_BYTES_AT, LOG_BYTES_AT + Long.BYTES).readLong();
    }

    /**
     * {@link Entry#logBytes()} without the work of decoding the rest.
     *
     * @throws CorruptEntryException as {@link #decode}
     */
    public static long logBytes(byte[] entry, long expectedIndex) {
        ByteReader header = header(entry);
        header.readLong();
        long index = header.readLong();
        header.readLong();
        long logBytes = header.readLong();
        if (index != expectedIndex) {
            throw new CorruptEntryException("entry " + expectedIndex + " says that it is entry " + index);
        }
        return logBytes;
    }

    /** Whether these are the bytes of the entry {@code index}, whole and undamaged, as far as shows without decoding it. */
    public static boolean isSound(byte[] entry, long index) {
        try {
            logBytes(entry, index);
            return true;
        } catch (CorruptEntryException e) {
            return false;
        }
    }

    private static ByteReader header(byte[] entry) {
        if (entry.length < HEADER_BYTES || entry[0] != 'W' || entry[1] != 'E') {
            throw new CorruptEntryException("not an entry: " + entry.length + " bytes");
        }
        if (entry[2] != VERSION) {
            throw new CorruptEntryException("an entry of format version " + entry[2] + "; this wesdb knows " + VERSION);
        }
        ByteReader header = new ByteReader(entry, 4, HEADER_BYTES);
        if (header.readInt() != checksum(entry)) {
            throw new CorruptEntryException("an entry's checksum is wrong");
        }
        return header;
    }

    private static ByteReader body(byte[] entry, int length) {
        if (length < 0 || length > MAX_BODY_BYTES) {
            throw new CorruptEntryException("a body of " + length + " bytes");
        }
        if ((entry[3] & DEFLATED) == 0) {
            if (entry.length - HEADER_BYTES != length) {
                throw new CorruptEntryException("a body of " + (entry.length - HEADER_BYTES) + " bytes, not " + length);
            }
            return new ByteReader(entry, HEADER_BYTES, entry.length);
        }
        byte[] body = new byte[length];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(entry, HEADER_BYTES, entry.length - HEADER_BYTES);
            int inflated = inflater.inflate(body);
            // An empty last call lets the inflater see the stream's end, its own checksum included.
            if (inflated != length || inflater.inflate(new byte[1]) != 0 || !inflater.finished()) {
                throw new CorruptEntryException("a deflated body does not have its length of " + length);
            }
        } catch (DataFormatException e) {
            throw new CorruptEntryException("a deflated body is damaged: " + e.getMessage());
        } finally {
            inflater.end();
        }
        return new ByteReader(body, 0, length);
    }

    private static byte[] deflateIfSmaller(byte[] entry) {
        int length = entry.length - HEADER_BYTES;
        if (length < DEFLATE_FROM_BYTES || (length > SAMPLE_BYTES && !shrinks(entry))) {
            return entry;
        }
        byte[] target = new byte[HEADER_BYTES + length - length / 8];
        int deflated = deflate(entry, length, target, HEADER_BYTES);
        if (deflated < 0) {
            return entry;
        }
        System.arraycopy(entry, 0, target, 0, HEADER_BYTES);
        target[3] |= DEFLATED;
        return Arrays.copyOf(target, HEADER_BYTES + deflated);
    }

    private static boolean shrinks(byte[] entry) {
        return deflate(entry, SAMPLE_BYTES, new byte[SAMPLE_BYTES - SAMPLE_BYTES / 8], 0) >= 0;
    }

    /** Deflates the body's first {@code length} bytes; -1 if {@code target} does not hold the result. */
    private static int deflate(byte[] entry, int length, byte[] target, int offset) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try {
            deflater.setInput(entry, HEADER_BYTES, length);
            deflater.finish();
            int deflated = deflater.deflate(target, offset, target.length - offset);
            return deflater.finished() ? deflated : -1;
        } finally {
            deflater.end();
        }
    }

    private static int checksum(byte[] entry) {
        CRC32C crc = new CRC32C();
        // The flags say how to read the body, so a flipped one must be noticed too.
        crc.update(entry, 2, 2);
        crc.update(entry, CHECKED_FROM, entry.length - CHECKED_FROM);
        return (int) crc.getValue();
    }

    private static void putInt(byte[] bytes, int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> (24 - 8 * i));
        }
    }
}
