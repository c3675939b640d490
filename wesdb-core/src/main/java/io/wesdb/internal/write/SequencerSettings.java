package io.wesdb.internal.write;

/**
 * Bounds of the {@link Sequencer}.
 *
 * @param maxEntryBytes an entry is closed before it grows beyond this, unless a single batch is larger
 * @param maxEntryCommands and before it has more commands than this
 * @param maxInFlight how many appends may be under way
 * @param fullEntryBytes with an append under way, the next one waits until so much is queued
 * @param maxQueuedBytes what may be queued; beyond it batches are refused as overloaded
 * @param retryMillis the pause between attempts to resolve an append whose answer was lost
 * @param maxRepeats how often appends are repeated without any being committed before the term is given up
 */
public record SequencerSettings(
        int maxEntryBytes,
        int maxEntryCommands,
        int maxInFlight,
        int fullEntryBytes,
        long maxQueuedBytes,
        long retryMillis,
        int maxRepeats) {
    /** Half a packet an entry; see ARCHITECTURE.md for how the numbers were found. */
    public static SequencerSettings defaults(long maxQueuedBytes) {
        return new SequencerSettings(512 * 1024, 8192, 4, 64 * 1024, maxQueuedBytes, 100, 50);
    }
}
