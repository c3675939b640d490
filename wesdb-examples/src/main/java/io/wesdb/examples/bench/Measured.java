package io.wesdb.examples.bench;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * What a load came to. Figures of time are of a window inside it, without its beginning and its end.
 *
 * @param done operations that ended well within the window
 * @param nanos the window's length
 * @param acknowledged operations that ended well, whenever
 * @param refused tries that were not done and came again later
 * @param failed operations that ended otherwise; whether they were done is not known
 * @param failure the first of them, or empty
 * @param latencies of the window's operations in nanoseconds; at a pace, from when each was due
 */
record Measured(
        long done, long nanos, long acknowledged, long refused, long failed, String failure, Histogram latencies) {
    static final int DIGITS = 3;
    static final long LONGEST_NANOS = 120_000_000_000L;

    Measured(
            long done,
            long nanos,
            long acknowledged,
            long refused,
            long failed,
            String failure,
            AbstractHistogram latencies) {
        this(done, nanos, acknowledged, refused, failed, failure, plain(latencies));
    }

    private static Histogram plain(AbstractHistogram any) {
        Histogram plain = new Histogram(LONGEST_NANOS, DIGITS);
        plain.add(any);
        return plain;
    }

    double perSecond() {
        return done * 1e9 / nanos;
    }

    double micros(double percentile) {
        return latencies.getValueAtPercentile(percentile) / 1e3;
    }

    /** For another process. */
    Map<String, Object> toMap() {
        ByteBuffer encoded = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(encoded);
        byte[] bytes = new byte[length];
        encoded.flip();
        encoded.get(bytes);
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("done", done);
        map.put("nanos", nanos);
        map.put("acknowledged", acknowledged);
        map.put("refused", refused);
        map.put("failed", failed);
        map.put("failure", failure);
        map.put("latencies", Base64.getEncoder().encodeToString(bytes));
        return map;
    }

    static Measured from(Fields fields) {
        try {
            ByteBuffer encoded = ByteBuffer.wrap(Base64.getDecoder().decode(fields.text("latencies")));
            return new Measured(
                    fields.number("done"),
                    fields.number("nanos"),
                    fields.number("acknowledged"),
                    fields.number("refused"),
                    fields.number("failed"),
                    fields.text("failure"),
                    Histogram.decodeFromCompressedByteBuffer(encoded, LONGEST_NANOS));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("no histogram", e);
        }
    }
}
