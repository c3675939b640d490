package io.wesdb.internal.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Commands, batches and entries to bytes and back; an operation is a whole entry. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CodecBenchmark {
    private static final int COMMANDS_A_BATCH = 64;
    private static final SessionId SESSION = new SessionId(0x0123456789abcdefL, 0xfedcba9876543210L);

    /** In the entry; of one session, in batches of at most 64. */
    @Param({"1", "64", "1024"})
    public int commands;

    @Param({"40", "10000"})
    public int valueBytes;

    /** Bytes that shrink when deflated, or do not. */
    @Param({"text", "blob"})
    public String content;

    private final List<Command> decoded = new ArrayList<>();
    private final List<byte[]> encodedCommands = new ArrayList<>();
    private List<EncodedBatch> batches;
    private byte[] entry;

    @Setup
    public void prepare() {
        Random random = new Random(7);
        for (int i = 0; i < commands; i++) {
            Object value;
            byte[] bytes = new byte[valueBytes];
            random.nextBytes(bytes);
            if (content.equals("blob")) {
                value = bytes;
            } else {
                for (int b = 0; b < bytes.length; b++) {
                    bytes[b] = (byte) ('a' + (bytes[b] & 15));
                }
                value = new String(bytes, StandardCharsets.US_ASCII);
            }
            decoded.add(new Command(
                    List.of(new SqlStatement("INSERT INTO t(id, x) VALUES (?, ?)", Arrays.asList((long) i, value)))));
        }
        decoded.forEach(command -> encodedCommands.add(BatchCodec.encodeCommand(command)));
        batches = encodeBatches();
        entry = encodeEntry();
    }

    @Benchmark
    public List<byte[]> encodeCommands() {
        List<byte[]> encoded = new ArrayList<>(commands);
        for (Command command : decoded) {
            encoded.add(BatchCodec.encodeCommand(command));
        }
        return encoded;
    }

    @Benchmark
    public List<EncodedBatch> encodeBatches() {
        List<EncodedBatch> encoded = new ArrayList<>();
        for (int from = 0; from < commands; from += COMMANDS_A_BATCH) {
            List<byte[]> some = encodedCommands.subList(from, Math.min(commands, from + COMMANDS_A_BATCH));
            encoded.add(BatchCodec.encodeBatch(SESSION, encoded.size() + 1L, from, some, false));
        }
        return encoded;
    }

    @Benchmark
    public byte[] encodeEntry() {
        return EntryCodec.encode(3, 42, 1_700_000_000_000L, 1_000_000, new OutcomeDigest(40, 77), batches);
    }

    @Benchmark
    public Entry decodeEntry() {
        return EntryCodec.decode(entry, 42);
    }
}
