package io.wesdb.internal.write;

/**
 * Bounds of the {@link WriteGateway}.
 *
 * @param maxPendingWrites how many writes may be pending; of one caller fewer, see {@link Admission}
 * @param maxPendingBytes and how many bytes
 * @param maxBatchBytes a batch is closed before it grows beyond this, unless a single command is larger
 * @param maxBatchCommands and before it has more commands than this
 * @param maxInFlight how many batches may be on their way
 * @param maxInFlightBytes with so many bytes on their way, no further batch is sent
 * @param fullBatchCommands with a batch on its way, the next one waits until so many commands are waiting
 * @param retryMillis the pause before a leader that could not be reached is tried again
 * @param tickMillis how often deadlines are looked at
 */
public record WriteSettings(
        int maxPendingWrites,
        long maxPendingBytes,
        int maxBatchBytes,
        int maxBatchCommands,
        int maxInFlight,
        long maxInFlightBytes,
        int fullBatchCommands,
        long retryMillis,
        long tickMillis) {
    /** See ARCHITECTURE.md for how the numbers were found. */
    public static WriteSettings defaults(int maxPendingWrites, long maxPendingBytes) {
        return new WriteSettings(maxPendingWrites, maxPendingBytes, 256 * 1024, 4096, 4, 4 * 1024 * 1024, 32, 20, 20);
    }
}
