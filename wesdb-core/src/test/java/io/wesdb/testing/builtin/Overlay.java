package io.wesdb.testing.builtin;

import io.wesdb.WesDb;
import io.wesdb.testing.builtin.BuiltInFault.Edit;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A directory with those classes that a built-in fault changes, and nothing else. In front of the class path of a JVM
 * it makes that JVM's library a faulty one; the library itself is not touched and has no seam for it.
 */
public final class Overlay {
    private static final String BELOW = "io/wesdb/internal";

    private Overlay() {}

    /** The library's sources, found from where this class was compiled to. */
    public static Path sources() {
        try {
            Path classes = Path.of(Overlay.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path module = classes.getParent().getParent();
            return module.resolve("src/main/java");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Applies {@code fault} to a copy of the sources and compiles what it changes.
     *
     * @param sources the library's; only read
     * @param directory emptied by the caller; holds the classes afterwards
     * @throws IllegalStateException if a text is not found exactly once, or what comes of it does not compile: the code
     *     has changed, and the fault must follow it
     */
    public static void build(BuiltInFault fault, Path sources, Path directory) throws IOException {
        Map<String, String> changed = new LinkedHashMap<>();
        for (Edit edit : fault.edits()) {
            String before = changed.containsKey(edit.file())
                    ? changed.get(edit.file())
                    : Files.readString(sources.resolve(BELOW).resolve(edit.file()));
            changed.put(edit.file(), changed(fault, edit, before));
        }
        Path copy = Files.createTempDirectory("wesdb-fault-");
        try {
            for (Map.Entry<String, String> file : changed.entrySet()) {
                Path target = copy.resolve(BELOW).resolve(file.getKey());
                Files.createDirectories(target.getParent());
                Files.writeString(target, file.getValue());
            }
            compile(fault, copy, changed.keySet().stream().toList(), directory);
        } finally {
            delete(copy);
        }
    }

    /** However its lines are broken: formatting is not what a fault depends on. */
    private static String changed(BuiltInFault fault, Edit edit, String source) {
        String pattern = Arrays.stream(edit.text().strip().split("\\s+"))
                .map(Pattern::quote)
                .collect(Collectors.joining("\\s+"));
        Matcher matcher = Pattern.compile(pattern).matcher(source);
        long found = matcher.results().count();
        if (found != 1) {
            throw new IllegalStateException("the fault " + fault.name() + " fits " + edit.file()
                    + " no more: this is there " + found + " times:\n" + edit.text());
        }
        return matcher.reset().replaceFirst(Matcher.quoteReplacement(edit.replacement()));
    }

    private static void compile(BuiltInFault fault, Path copy, List<String> files, Path directory) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalStateException("faults can be built in with a JDK only, and this is a JRE");
        }
        Files.createDirectories(directory);
        StringWriter messages = new StringWriter();
        List<String> options = List.of(
                "-proc:none",
                "-nowarn",
                "-parameters",
                "--release",
                "17",
                "-implicit:none",
                "-d",
                directory.toString(),
                "-classpath",
                System.getProperty("java.class.path"));
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            Path[] paths = files.stream()
                    .map(file -> copy.resolve(BELOW).resolve(file))
                    .toArray(Path[]::new);
            boolean compiled = compiler.getTask(
                            messages, manager, null, options, null, manager.getJavaFileObjects(paths))
                    .call();
            if (!compiled) {
                throw new IllegalStateException(
                        "with the fault " + fault.name() + " the code does not compile:\n" + messages);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** {@code overlay} in front of this JVM's class path. */
    public static String classPath(Path overlay) {
        return overlay + java.io.File.pathSeparator + System.getProperty("java.class.path");
    }

    /** Where the library's own classes come from. */
    static Path library() {
        try {
            return Path.of(WesDb.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
