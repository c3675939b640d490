package io.wesdb.examples;

import io.wesdb.WesDbBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The node program's options for the bounds of reads. */
final class ReadingOptions {
    @Option(
            names = "--max-result",
            order = 20,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "How large a result may be that is not streamed. Default: 64m.")
    @Nullable Long maxResult;

    @Option(
            names = "--max-result-rows",
            order = 21,
            paramLabel = "COUNT",
            description = "How many rows it may have. Default: 1000000.")
    @Nullable Integer maxResultRows;

    @Option(
            names = "--max-readers",
            order = 22,
            paramLabel = "COUNT",
            description = "How many queries may run at once. Default: twice the processors, at least 4.")
    @Nullable Integer maxReaders;

    @Option(
            names = "--max-open-reads",
            order = 23,
            paramLabel = "COUNT",
            description = "How many streams may be open at once. Default: 16.")
    @Nullable Integer maxOpenReads;

    @Option(
            names = "--max-snapshot-age",
            order = 24,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How long one read may hold its snapshot of the database, and how long a stream without a"
                    + " timeout may last. Default: 5m.")
    @Nullable Duration maxSnapshotAge;

    void apply(WesDbBuilder builder) {
        if (maxResult != null) {
            builder.maxResultBytes(maxResult);
        }
        if (maxResultRows != null) {
            builder.maxResultRows(maxResultRows);
        }
        if (maxReaders != null) {
            builder.maxReaders(maxReaders);
        }
        if (maxOpenReads != null) {
            builder.maxOpenReads(maxOpenReads);
        }
        if (maxSnapshotAge != null) {
            builder.maxSnapshotAge(maxSnapshotAge);
        }
    }
}
