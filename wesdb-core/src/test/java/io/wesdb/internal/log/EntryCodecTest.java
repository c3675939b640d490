package io.wesdb.internal.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryCodecTest {
    private static final SessionId SESSION = new SessionId(0x0123456789abcdefL, 0xfedcba9876543210L);

    /** What version 3 wrote; a reader of version 3 must understand it for ever. */
    private static final String STORED_ENTRY =
            "57450300152c9f330000000000000007000000000000002a0000018bcfe5680000000000000004e30000000000000028fffffffffffffffb00000001000000bb000000b70123456789abcdeffedcba9876543210000000000000000300000000deadbeef00000002490000011f494e5345525420494e544f20742056414c554553283f2c3f2c3f2c3f2c3f29050001ffffffffffffffffff010240040000000000000309c3a4e282acf09d849e04030100ff48010561206b65797948335dd20ce9e35a41deba09d7dd68020152020853454c454354203f01010201b7d512a657b677e958dd4864ff4a3c54010d44454c4554452046524f4d207400";

    private static Command command(String sql, Object... values) {
        return new Command(List.of(new SqlStatement(sql, Arrays.asList(values))));
    }

    private static EncodedBatch batch(long sequence, Command... commands) {
        List<byte[]> encoded = new ArrayList<>();
        for (Command each : commands) {
            encoded.add(BatchCodec.encodeCommand(each));
        }
        return BatchCodec.encodeBatch(SESSION, sequence, 0xdeadbeefL, encoded, false);
    }

    private static byte[] sample() {
        return EntryCodec.encode(
                7,
                42,
                1_700_000_000_000L,
                1_000,
                new OutcomeDigest(40, -5),
                List.of(batch(
                        3,
                        command("INSERT INTO t VALUES(?,?,?,?,?)", null, Long.MIN_VALUE, 2.5, "ä€𝄞", new byte[] {
                            1, 0, -1
                        }),
                        conditional().withKey("a key"))));
    }

    private static Command conditional() {
        return new Command(
                null,
                List.of(
                        new Condition.NothingSince(41),
                        new Condition.QueryGives(
                                new SqlStatement("SELECT ?", List.of(1L)), RowsHash.of(List.of(List.of(1L))))),
                List.of(new SqlStatement("DELETE FROM t", List.of())));
    }

    /** The reader takes the same text for what repeats its predecessor's SQL. */
    @Test
    void commandsOfTheSameAndOfOtherSqlAreToldApart() {
        List<Command> commands = List.of(
                command("SELECT 'ä'", 1L),
                command("SELECT 'ä'", 2L),
                command("SELECT 'a'", 3L),
                command("SELECT 'ä' "),
                command("SELECT 'ä"),
                command("SELECT 'ä'"),
                command("", "SELECT 'ä'"),
                command(""));
        byte[] entry =
                EntryCodec.encode(1, 1, 0, 0, OutcomeDigest.NONE, List.of(batch(1, commands.toArray(Command[]::new))));
        assertEquals(commands, EntryCodec.decode(entry, 1).batches().get(0).commands());
    }

    @Test
    void bytesStoredByVersion3AreUnderstood() {
        byte[] stored = HexFormat.of().parseHex(STORED_ENTRY);
        assertSample(EntryCodec.decode(stored, 42));
    }

    @Test
    void whatIsWrittenIsStillVersion3ByteForByte() {
        assertEquals(STORED_ENTRY, HexFormat.of().formatHex(sample()));
    }

    private static void assertSample(Entry entry) {
        assertEquals(7, entry.epoch());
        assertEquals(42, entry.index());
        assertEquals(1_700_000_000_000L, entry.timeMillis());
        assertEquals(1_000 + sample().length, entry.logBytes());
        assertEquals(new OutcomeDigest(40, -5), entry.digest());
        Batch batch = entry.batches().get(0);
        assertEquals(SESSION, batch.session());
        assertEquals(3, batch.sequence());
        assertEquals(0xdeadbeefL, batch.seed());
        assertEquals(2, batch.commands().size());
        List<Object> values = batch.commands().get(0).statements().get(0).values();
        assertEquals(Arrays.asList(null, Long.MIN_VALUE, 2.5, "ä€𝄞"), values.subList(0, 4));
        assertArrayEquals(new byte[] {1, 0, -1}, (byte[]) values.get(4));
        assertEquals(conditional().withKey("a key"), batch.commands().get(1));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyEntryComesBackEqual(long seed) {
        Random random = new Random(seed);
        List<EncodedBatch> encoded = new ArrayList<>();
        List<List<Command>> expected = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
            Command[] commands = new Command[1 + random.nextInt(20)];
            Arrays.setAll(
                    commands,
                    each -> command(
                            "INSERT " + random.nextInt(),
                            random.nextLong(),
                            random.nextDouble(),
                            "x".repeat(random.nextInt(500))));
            if (random.nextBoolean()) {
                commands[0] = new Command(
                                null,
                                List.of(
                                        new Condition.NothingSince(random.nextLong()),
                                        new Condition.QueryGives(
                                                commands[0].statements().get(0),
                                                new RowsHash(random.nextInt(9), random.nextLong(), random.nextLong()))),
                                commands[0].statements())
                        .withKey("k".repeat(1 + random.nextInt(255)));
            }
            encoded.add(batch(i + 1, commands));
            expected.add(List.of(commands));
        }
        Entry entry = EntryCodec.decode(EntryCodec.encode(1, seed, 5, 0, OutcomeDigest.NONE, encoded), seed);
        assertEquals(expected, entry.batches().stream().map(Batch::commands).toList(), "seed " + seed);
    }

    /** A key's hash must be the same for the same command in every version. */
    @Test
    void aKeyStandsForItsCommandsSqlParametersAndConditions() {
        Command plain = command("DELETE FROM t WHERE a = ? AND b = ?", 1L, "x");
        assertEquals(
                new IdempotencyKey("k", -518196318426043353L, 2907041050688294754L),
                plain.withKey("k").key());
        assertEquals(plain.withKey("k").key(), plain.withKey("j").withKey("k").key());
        List<Command> all = List.of(
                plain,
                command("DELETE FROM t WHERE a = ? AND b = ?", 1L, "y"),
                command("DELETE FROM t WHERE a = ? AND b = ?", 1.0, "x"),
                command("DELETE FROM t WHERE a = ? AND b = ? ", 1L, "x"),
                conditional(),
                new Command(conditional().statements()));
        assertEquals(
                all.size(),
                all.stream().map(each -> each.withKey("k").key()).distinct().count());
    }

    @Test
    void repetitiveEntriesShrinkAndRandomOnesAreLeftAlone() {
        Command[] alike = new Command[1000];
        Arrays.fill(alike, command("INSERT INTO some_table(a, b) VALUES (?, ?)", 1L, "hello"));
        EncodedBatch repetitive = batch(1, alike);
        byte[] shrunk = EntryCodec.encode(1, 1, 1, 0, OutcomeDigest.NONE, List.of(repetitive));
        assertTrue(shrunk.length < repetitive.bytes().length / 10, "only to " + shrunk.length);
        assertEquals(
                1000, EntryCodec.decode(shrunk, 1).batches().get(0).commands().size());

        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        EncodedBatch random = batch(1, command("INSERT INTO t VALUES(?)", (Object) noise));
        assertEquals(
                68 + random.bytes().length, EntryCodec.encode(1, 1, 1, 0, OutcomeDigest.NONE, List.of(random)).length);
    }

    @Test
    void everyFlippedBitOfAPlainAndOfADeflatedEntryIsNoticed() {
        Command[] alike = new Command[50];
        Arrays.fill(alike, command("INSERT INTO some_table(a, b) VALUES (?, ?)", 1L, "hello"));
        for (byte[] entry :
                List.of(sample(), EntryCodec.encode(1, 42, 1, 0, OutcomeDigest.NONE, List.of(batch(1, alike))))) {
            for (int bit = 0; bit < entry.length * 8; bit++) {
                byte[] damaged = entry.clone();
                damaged[bit / 8] ^= (byte) (1 << (bit % 8));
                assertThrows(CorruptEntryException.class, () -> EntryCodec.decode(damaged, 42), "bit " + bit);
            }
        }
    }

    @Test
    void everyTruncationAndForeignBytesAreRefused() {
        byte[] entry = sample();
        for (int length = 0; length < entry.length; length++) {
            byte[] cut = Arrays.copyOf(entry, length);
            assertThrows(CorruptEntryException.class, () -> EntryCodec.decode(cut, 42));
        }
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            assertThrows(CorruptEntryException.class, () -> EntryCodec.decode(noise, 42));
            assertThrows(CorruptEntryException.class, () -> BatchCodec.decodeBatch(noise));
        }
    }

    @Test
    void anEntryOfAnotherIndexIsRefused() {
        assertThrows(CorruptEntryException.class, () -> EntryCodec.decode(sample(), 43));
    }
}
