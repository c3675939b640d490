package io.wesdb.internal.log.zookeeper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static final Manifest MANIFEST = new Manifest(new EntryId(3, 0x2a, 0xdeadbeefL), 3, 1_048_577, 0x12345678);
    private static final byte[] STORED = concat(
            HexFormat.of().parseHex("574d0100" + "00000003" + "00100001" + "12345678"),
            "0000000000000003-000000000000002a-00000000deadbeef".getBytes(StandardCharsets.US_ASCII));

    @Test
    void theFormatIsThatOfTheStoredBytes() {
        assertArrayEquals(STORED, MANIFEST.encode());
        assertEquals(MANIFEST, Manifest.decode(STORED));
        assertTrue(Manifest.looksLikeOne(STORED));
    }

    @Test
    void whatThisVersionDoesNotUnderstandIsNoManifest() {
        for (int length = 2; length < STORED.length; length++) {
            assertNull(Manifest.decode(Arrays.copyOf(STORED, length)), "cut to " + length);
        }
        byte[] later = STORED.clone();
        later[2] = 2;
        assertNull(Manifest.decode(later));
        byte[] tooLong = STORED.clone();
        tooLong[8] = 0x7f;
        assertNull(Manifest.decode(tooLong));
    }

    @Test
    void anEntrysMagicIsNotAManifests() {
        assertFalse(Manifest.looksLikeOne(new byte[] {'W', 'E', 1, 0}));
        assertFalse(Manifest.looksLikeOne(new byte[0]));
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
