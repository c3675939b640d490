package io.wesdb.internal.sqlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.stream.Stream;

/** A directory for the files of one benchmark's iteration. */
final class ReplicaFile implements AutoCloseable {
    private final Path directory;

    ReplicaFile() {
        try {
            directory = Files.createTempDirectory("wesdb-jmh");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    ReplicaSettings settings() {
        return new ReplicaSettings(path("r.db"), "cluster", "lineage", true, ZoneOffset.UTC, 4096, 64 << 20);
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
