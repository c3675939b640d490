package io.wesdb.testing.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.builtin.BuiltInFault.Edit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BuiltInFaultsTest {
    @TempDir
    Path directory;

    static Stream<String> names() {
        return BuiltInFaults.all().stream().map(BuiltInFault::name);
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyFaultFitsTheSourcesAndGivesOtherClassesThanTheLibrarys(String name) throws IOException {
        Overlay.build(BuiltInFaults.named(name), Overlay.sources(), directory);
        boolean differs = false;
        for (Path made : files(directory)) {
            String resource = directory.relativize(made).toString().replace('\\', '/');
            try (InputStream librarys = BuiltInFault.class.getResourceAsStream("/" + resource)) {
                differs |= librarys == null || !Arrays.equals(librarys.readAllBytes(), Files.readAllBytes(made));
            }
        }
        assertTrue(differs, "the library's classes are those of the fault");
    }

    @Test
    void eachHasAnotherName() {
        assertEquals(BuiltInFaults.all().size(), names().distinct().count());
    }

    @Test
    void aFaultWhoseTextIsNotThereFails() {
        Edit edit = new Edit("write/Sequencer.java", "no such text", "");
        BuiltInFault fault = new BuiltInFault("stale", "", "", List.of(edit));
        Exception e =
                assertThrows(IllegalStateException.class, () -> Overlay.build(fault, Overlay.sources(), directory));
        assertTrue(e.getMessage().contains("stale fits write/Sequencer.java no more"), e.getMessage());
    }

    @Test
    void aFaultThatDoesNotCompileFails() {
        Edit edit = new Edit("write/Sequencer.java", "public boolean idle() {", "public boolean idle() { mistake");
        BuiltInFault fault = new BuiltInFault("wrong", "", "", List.of(edit));
        Exception e =
                assertThrows(IllegalStateException.class, () -> Overlay.build(fault, Overlay.sources(), directory));
        assertTrue(e.getMessage().contains("does not compile"), e.getMessage());
    }

    @Test
    void theLibraryHoldsNothingOfThem() throws IOException {
        Path library = Overlay.library();
        if (Files.isDirectory(library)) {
            assertHoldsNothing(library);
        } else {
            try (FileSystem jar = FileSystems.newFileSystem(library)) {
                assertHoldsNothing(jar.getPath("/"));
            }
        }
    }

    private static void assertHoldsNothing(Path root) throws IOException {
        assertTrue(Files.exists(root.resolve("io/wesdb/WesDb.class")));
        assertFalse(Files.exists(root.resolve("io/wesdb/testing")));
        for (Path file : files(root)) {
            String bytes = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
            assertFalse(bytes.contains("io/wesdb/testing"), file + " refers to the tests' package");
        }
    }
}
