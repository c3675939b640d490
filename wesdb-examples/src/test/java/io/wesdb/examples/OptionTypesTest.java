package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class OptionTypesTest {
    @Test
    void durationsCarryTheirUnit() {
        OptionTypes.DurationType type = new OptionTypes.DurationType();
        assertEquals(Duration.ofMillis(500), type.convert("500ms"));
        assertEquals(Duration.ofSeconds(2), type.convert("2s"));
        assertEquals(Duration.ofMinutes(5), type.convert("5m"));
        assertEquals(Duration.ofHours(1), type.convert("1h"));
        assertEquals(Duration.ofDays(7), type.convert("7d"));
        assertEquals(Duration.ZERO, type.convert("0s"));
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
    void aServerIsAnHttpAddressWithoutAPath() {
        OptionTypes.ServerType type = new OptionTypes.ServerType();
        assertEquals("http://127.0.0.1:8081", type.convert("http://127.0.0.1:8081"));
        assertEquals("http://[::1]:8081", type.convert("http://[::1]:8081/"));
        for (String wrong : List.of(
                "",
                "127.0.0.1:8081",
                "http://",
                "http://127.0.0.1",
                "http://h:1/x",
                "http://h:99999",
                "ftp://h:1",
                "http://a b:1")) {
            assertThrows(TypeConversionException.class, () -> type.convert(wrong), wrong);
        }
    }

    @Test
    void addressesMayBeNamesAndBothKindsOfIp() {
        assertEquals(new Address("db-1.example", 80), Address.parse("db-1.example:80"));
        assertEquals(new Address("127.0.0.1", 0), Address.parse("127.0.0.1:0"));
        assertEquals(new Address("::1", 65535), Address.parse("[::1]:65535"));
        assertThrows(IllegalArgumentException.class, () -> Address.parse("::1:80"));
    }
}
