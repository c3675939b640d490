package io.wesdb.examples.harness;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The processes of a run: none begins once they are being ended, as on a signal, while another thread may be about to launch one. Thread safe. */
final class Lives {
    private final List<Runnable> ends = new ArrayList<>(); // both guarded by this
    private boolean over;

    /** Begins a process. */
    interface Launch {
        void launch() throws IOException;
    }

    /** @param end ends whatever process the launch has begun; may be called when it has none */
    synchronized void begin(Launch launch, Runnable end) throws IOException {
        if (over) {
            throw new IOException("the run is being ended");
        }
        ends.add(end);
        launch.launch();
    }

    /** Ends all. Idempotent. */
    synchronized void end() {
        over = true;
        ends.forEach(Runnable::run);
    }
}
