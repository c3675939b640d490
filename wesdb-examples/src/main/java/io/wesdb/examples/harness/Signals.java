package io.wesdb.examples.harness;

import java.io.IOException;

/** Signals to processes. */
final class Signals {
    private Signals() {}

    /** @param signal by its name, without the SIG */
    static void send(long pid, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill -" + signal + " failed");
        }
    }
}
