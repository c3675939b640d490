package io.wesdb.examples.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RecorderTest {
    @Test
    void whatNeverHappenedIsLeftOutAndWhatHasNotReturnedIsUnknown() {
        Recorder<String, String> recorder = new Recorder<>();
        Recorder.Call<String, String> first = recorder.invoke(1, "a");
        Recorder.Call<String, String> second = recorder.invoke(2, "b");
        recorder.invoke(3, "c");
        recorder.returned(first, "done");
        recorder.neverHappened(second);

        List<Operation<String, String>> history = recorder.history();

        assertEquals(List.of("a", "c"), history.stream().map(Operation::input).toList());
        assertEquals("done", history.get(0).output());
        assertTrue(history.get(0).returnedNanos() >= history.get(0).invokedNanos());
        assertTrue(history.get(1).isUnknown());
    }
}
