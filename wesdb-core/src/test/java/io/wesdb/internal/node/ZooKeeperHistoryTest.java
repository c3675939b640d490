package io.wesdb.internal.node;

import io.wesdb.internal.node.SimulatedCluster.Backing;
import io.wesdb.internal.truncation.TruncationSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The histories of {@link ReplicatorTest} with the real log and cluster code on a simulated ZooKeeper beneath them. */
class ZooKeeperHistoryTest {
    private static final TruncationSettings SHORT_LOG = new TruncationSettings(10, 1L << 40, Duration.ofDays(7), 2, 50);

    @TempDir
    Path directory;

    @ParameterizedTest
    @MethodSource("seeds")
    void noHistoryOfFaultsLosesAddsOrRepeatsAWrite(int seed) throws Exception {
        new FaultHistory(seed, directory, TruncationSettings.defaults(), Backing.ZOOKEEPER).run();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void norDoesOneWhoseLogIsSoShortThatNodesNeedSnapshots(int seed) throws Exception {
        new FaultHistory(seed, directory, SHORT_LOG, Backing.ZOOKEEPER).run();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void norDoesOneInWhichTheElectionComesToNoRest(int seed) throws Exception {
        new FaultHistory(seed, directory, TruncationSettings.defaults(), Backing.ZOOKEEPER)
                .restless()
                .run();
    }

    static IntStream seeds() {
        return ReplicatorTest.seeds();
    }
}
