package io.wesdb.internal.write;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DrainTimeTest {
    private static final long MILLI = 1_000_000;

    private long now = 123_456;
    private final DrainTime drain = new DrainTime(now);
    private long ended;

    private void run(int millis, int aMilli) {
        drain.begin(now, ended);
        for (int i = 0; i < millis; i += 20) {
            now += 20 * MILLI;
            ended += 20L * aMilli;
            drain.look(now, ended);
        }
    }

    @Test
    void theHintIsHowLongWhatIsPendingWillTakeAtTheRateOfLately() {
        assertEquals(DrainTime.UNKNOWN, drain.of(1_000));
        run(1_000, 10);
        assertEquals(100, drain.of(1_000).toMillis());
        assertEquals(2_000, drain.of(20_000).toMillis());
    }

    @Test
    void itIsWithinItsBounds() {
        run(1_000, 10);
        assertEquals(DrainTime.LEAST, drain.of(1));
        assertEquals(DrainTime.MOST, drain.of(1_000_000));
    }

    @Test
    void whenNothingEndsAnyMoreItGrowsToItsBound() {
        run(1_000, 10);
        run(3_000, 0);
        long millis = drain.of(1_000).toMillis();
        assertEquals(2_000, millis, 300, "after three times its memory");
        run(60_000, 0);
        assertEquals(Duration.ofSeconds(5), drain.of(1_000));
    }

    @Test
    void thoseRefusedAreToldOneAfterTheOtherAtASixteenthOfTheRate() {
        run(1_000, 10);
        for (int i = 0; i < 1_000; i++) {
            assertEquals(100 + i * 8 / 5, drain.turn(1_000, now).toMillis(), 1, "number " + i);
        }
        now += 10_000 * MILLI;
        assertEquals(100, drain.turn(1_000, now).toMillis(), "those before have come long ago");
        for (int i = 0; i < 100_000; i++) {
            drain.turn(1_000, now);
        }
        assertEquals(DrainTime.MOST, drain.turn(1_000, now));
        now += 5_000 * MILLI;
        assertEquals(100, drain.turn(1_000, now).toMillis(), 1);
    }

    @Test
    void aQuietTimeSaysNothing() {
        run(1_000, 10);
        drain.rest();
        now += 3_600_000 * MILLI;
        run(100, 10);
        assertEquals(100, drain.of(1_000).toMillis());
    }
}
