package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bounds of the settings, without starting a node. */
class WesDbBuilderTest {
    private static final long GIB = 1024L * 1024 * 1024;

    @TempDir
    Path directory;

    static Stream<Arguments> outOfBounds() {
        return Stream.of(
                fault("maxLogEntries", builder -> builder.maxLogEntries(99)),
                fault("maxLogEntries", builder -> builder.maxLogEntries(10_000_001)),
                fault("maxLogBytes", builder -> builder.maxLogBytes(1024 * 1024 - 1)),
                fault("maxLogBytes", builder -> builder.maxLogBytes(16 * GIB + 1)),
                fault("forgetAbsentNodesAfter", builder -> builder.forgetAbsentNodesAfter(Duration.ofSeconds(59))),
                fault("forgetAbsentNodesAfter", builder -> builder.forgetAbsentNodesAfter(Duration.ofDays(366))),
                fault("forgetAbsentNodesAfter", builder -> builder.forgetAbsentNodesAfter(Duration.ofSeconds(-1))),
                fault("verifyInterval", builder -> builder.verifyInterval(Duration.ofSeconds(59))),
                fault("verifyInterval", builder -> builder.verifyInterval(Duration.ofDays(366))),
                fault("optimizeInterval", builder -> builder.optimizeInterval(Duration.ofSeconds(59))),
                fault("optimizeInterval", builder -> builder.optimizeInterval(Duration.ofDays(366))),
                fault("maxWalBytes", builder -> builder.maxWalBytes(64 * 1024 * 1024 - 1)),
                fault("maxWalBytes", builder -> builder.maxWalBytes(1024 * GIB + 1)),
                fault("maxSnapshotTransfers", builder -> builder.maxSnapshotTransfers(0)),
                fault("maxSnapshotTransfers", builder -> builder.maxSnapshotTransfers(17)),
                fault("maxSnapshotBytesPerSecond", builder -> builder.maxSnapshotBytesPerSecond(1024 * 1024 - 1)),
                fault("maxSnapshotBytesPerSecond", builder -> builder.maxSnapshotBytesPerSecond(-1)));
    }

    private static Arguments fault(String setting, UnaryOperator<WesDbBuilder> change) {
        return Arguments.of(setting, change);
    }

    @ParameterizedTest
    @MethodSource("outOfBounds")
    void aSettingOutOfItsBoundsIsNamedAndNothingElseIs(String setting, UnaryOperator<WesDbBuilder> change) {
        // Without dbPath nothing starts, whatever the settings: its fault is the one that is always there.
        assertEquals(List.of("dbPath is missing", setting), faults(change.apply(WesDb.builder())));
    }

    static Stream<UnaryOperator<WesDbBuilder>> atTheBounds() {
        return Stream.of(
                builder -> builder,
                builder -> builder.maxLogEntries(100)
                        .maxLogBytes(1024 * 1024)
                        .forgetAbsentNodesAfter(Duration.ofMinutes(1))
                        .verifyInterval(Duration.ofMinutes(1))
                        .optimizeInterval(Duration.ofMinutes(1))
                        .maxWalBytes(64 * 1024 * 1024)
                        .maxSnapshotTransfers(1)
                        .maxSnapshotBytesPerSecond(1024 * 1024),
                builder -> builder.maxLogEntries(10_000_000)
                        .maxLogBytes(16 * GIB)
                        .forgetAbsentNodesAfter(Duration.ofDays(365))
                        .verifyInterval(Duration.ofDays(365))
                        .optimizeInterval(Duration.ofDays(365))
                        .maxWalBytes(1024 * GIB)
                        .maxSnapshotTransfers(16)
                        .maxSnapshotBytesPerSecond(Long.MAX_VALUE),
                builder -> builder.forgetAbsentNodesAfter(Duration.ZERO)
                        .verifyInterval(Duration.ZERO)
                        .optimizeInterval(Duration.ZERO)
                        .maxSnapshotBytesPerSecond(0)
                        .restartCluster(true)
                        .onProgress(recovery -> {}));
    }

    @ParameterizedTest
    @MethodSource("atTheBounds")
    void theBoundsThemselvesAndZeroWhereItMeansNeverAreTaken(UnaryOperator<WesDbBuilder> change) {
        assertEquals(List.of("dbPath is missing"), faults(change.apply(WesDb.builder())));
    }

    private static List<String> faults(WesDbBuilder builder) {
        String message =
                assertThrows(ConfigurationException.class, builder::start).getMessage();
        return Stream.of(message.split("; "))
                .map(fault -> fault.contains(" must ") ? fault.substring(0, fault.indexOf(' ')) : fault)
                .toList();
    }

    @Test
    void aDirectoryIsNoDatabase() {
        String message = assertThrows(
                        ConfigurationException.class,
                        () -> WesDb.builder().dbPath(directory).start())
                .getMessage();
        assertTrue(message.contains("dbPath must name a file"), message);
    }
}
