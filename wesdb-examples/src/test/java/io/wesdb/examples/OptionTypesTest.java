package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class OptionTypesTest {
    @Test
    void durationsCarryTheirUnit() {
        OptionTypes.DurationType type = new OptionTypes.DurationType();
        assertEquals(Duration.ofMillis(500), type.convert("500ms"));
        assertEquals(Duration.ofSeconds(2), type.convert("2s"));
        assertEquals(Duration.ofMinutes(5), type.convert("5m"));
        assertEquals(Duration.ofHours(1), type.convert("1h"));
    }

    @Test
    void sizesAreInPowersOf1024() {
        OptionTypes.SizeType type = new OptionTypes.SizeType();
        assertEquals(1000L, type.convert("1000"));
        assertEquals(64L * 1024, type.convert("64k"));
        assertEquals(48L * 1024 * 1024, type.convert("48MiB"));
        assertEquals(3L * 1024 * 1024 * 1024, type.convert("3GB"));
    }

    @Test
    void addressesMayBeNamesAndBothKindsOfIp() {
        assertEquals(new Address("db-1.example", 80), Address.parse("db-1.example:80"));
        assertEquals(new Address("127.0.0.1", 0), Address.parse("127.0.0.1:0"));
        assertEquals(new Address("::1", 65535), Address.parse("[::1]:65535"));
        assertThrows(IllegalArgumentException.class, () -> Address.parse("::1:80"));
    }
}
