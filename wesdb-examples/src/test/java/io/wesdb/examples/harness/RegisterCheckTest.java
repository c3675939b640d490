package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.history.Register;
import io.wesdb.examples.history.Register.Answer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RegisterCheckTest {
    private final HandMade<RegisterWorkload.Asked, Answer> history = new HandMade<>();
    private final Map<Integer, Long> last = new HashMap<>(Map.of(1, 5L));

    private RegisterWorkload.Asked asked(Register.Call call) {
        return new RegisterWorkload.Asked(call);
    }

    private void check(Findings findings) {
        RegisterWorkload.check(history.entries(), last, 1_000_000_000L, 1_001_000_000L, findings);
    }

    private void write(long began, long ended, long value) {
        history.done(began, ended, asked(new Register.Write(1, value)), Register.Done.DONE);
    }

    private void read(long began, long ended, long value) {
        history.done(began, ended, asked(new Register.Read(1)), new Register.Value(value));
    }

    @Test
    void rightOneHolds() {
        write(0, 2, 4);
        read(1, 3, 0);
        history.failed(3, 4, asked(new Register.Write(1, 9)), Ending.NOT_DONE);
        history.failed(3, 4, asked(new Register.Write(1, 5)), Ending.UNKNOWN);
        read(5, 6, 4);
        read(7, 8, 5);
        HandMade.assertHolds(this::check);
    }

    @Test
    void staleReadIsFound() {
        write(0, 1, 4);
        write(2, 3, 5);
        read(4, 5, 4);
        HandMade.assertFound("in register 1 nothing explains what this operation was told", this::check);
    }

    @Test
    void writeThatIsLostInTheEndIsFound() {
        write(0, 1, 5);
        write(2, 3, 6);
        HandMade.assertFound("the last read of all, which saw 5", this::check);
    }

    @Test
    void writeThatWasSaidNotToBeDoneIsFound() {
        history.failed(0, 1, asked(new Register.Write(1, 5)), Ending.NOT_DONE);
        HandMade.assertFound("in register 1", this::check);
    }
}
