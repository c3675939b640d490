package io.wesdb.internal.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.sqlite.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaFilesTest {
    @TempDir
    Path directory;

    private ReplicaFiles files() {
        return new ReplicaFiles(directory.resolve("db"), Databases.CLOCK);
    }

    private List<String> names(Path of) throws IOException {
        try (Stream<Path> all = Files.list(of)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content);
    }

    @Test
    void whatIsSetAsideIsCompleteAndNamedForItsTimeAndReason() throws IOException {
        Databases.makeKilled(directory.resolve("db"), 5);
        List<String> contents = Databases.contents(directory.resolve("db"));
        Path aside = files().setAside("Damaged: page 7/8!");
        assertEquals(directory.resolve("db-aside-20231114T221320Z-damaged-page-7-8"), aside);
        assertEquals(List.of(aside.getFileName().toString()), names(directory));
        assertEquals(List.of("db", "db-shm", "db-wal"), names(aside));
        assertEquals(contents, Databases.contents(aside.resolve("db")));
    }

    @Test
    void whereThereIsNothingNothingIsSetAside() throws IOException {
        assertNull(files().setAside("gone"));
        assertEquals(List.of(), names(directory));
    }

    @Test
    void nothingThatWasSetAsideIsOverwrittenOrDeleted() throws IOException {
        for (int i = 0; i < 5; i++) {
            write("db", "content " + i);
            Path aside = files().setAside("same");
            assertNotNull(aside);
            assertEquals("content " + i, Files.readString(aside.resolve("db")));
            files().recover();
        }
        assertEquals(5, names(directory).size());
    }

    @Test
    void aWriteAheadLogWithoutItsDatabaseNeverMeetsTheNewOne() throws IOException {
        write("db-install", "new");
        write("db-wal", "left over");
        Path aside = files().install(OldFile.SET_ASIDE, "test");
        assertNotNull(aside);
        assertEquals(List.of("db-wal"), names(aside));
        assertEquals("new", Files.readString(directory.resolve("db")));
        assertFalse(Files.exists(directory.resolve("db-wal")));
    }

    @Test
    void theRestsOfTransfersAreDeletedAtTheStartAndNothingElse() throws IOException {
        List<String> rests = List.of(
                "db-snapshot-1",
                "db-snapshot-2",
                "db-snapshot-2-wal",
                "db-incoming-wal",
                "db-incoming-shm",
                "db-install-wal",
                "db-incoming",
                "db-install",
                "db-plan.properties.draft",
                "db-incoming.properties.draft");
        List<String> others = List.of("db", "db-node", "db-shm", "db-wal", "db2-snapshot-1", "other");
        for (String name : Stream.concat(rests.stream(), others.stream()).toList()) {
            write(name, "x");
        }
        Files.createDirectory(directory.resolve("db-aside-earlier"));
        assertEquals(ReplicaFiles.Recovery.NOTHING, files().recover());
        assertEquals(
                Stream.concat(others.stream(), Stream.of("db-aside-earlier"))
                        .sorted()
                        .toList(),
                names(directory));
    }

    @Test
    void aPlanThatCannotBeUnderstoodDeletesNothing() throws IOException {
        write("db", "old");
        write("db-install", "new");
        write("db-plan.properties", "install=true\nold=?");
        assertEquals(ReplicaFiles.Recovery.INSTALLED, files().recover());
        assertEquals("new", Files.readString(directory.resolve("db")));
        List<String> names = names(directory);
        assertEquals(2, names.size());
        assertEquals("old", Files.readString(directory.resolve(names.get(1)).resolve("db")));
    }

    @Test
    void aLinkIsFollowedAndStays() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("real/db"));
        Databases.makeKilled(real.resolve("db"), 5);
        ReplicaFiles files = new ReplicaFiles(link, Databases.CLOCK);
        assertEquals(List.of("db", "db-shm", "db-wal"), names(files.setAside("test")));
        Files.writeString(real.resolve("db-install"), "new");
        new ReplicaFiles(link, Databases.CLOCK).install(OldFile.SET_ASIDE, "test");
        assertEquals("new", Files.readString(link));
        assertTrue(Files.isSymbolicLink(link));
    }

    @Test
    void whatTheDiskRefusesIsToldAndCanBeTriedAgain() throws IOException {
        write("db", "old");
        write("db-install", "new");
        Path obstacle = Files.createDirectory(directory.resolve("db-plan.properties.draft"));
        assertThrows(StorageException.class, () -> files().install(OldFile.DELETE, "test"));
        assertEquals("old", Files.readString(directory.resolve("db")));
        Files.delete(obstacle);
        assertNull(files().install(OldFile.DELETE, "test"));
        assertEquals("new", Files.readString(directory.resolve("db")));
        assertEquals(List.of("db"), names(directory));
    }
}
