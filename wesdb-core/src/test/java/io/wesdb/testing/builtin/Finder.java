package io.wesdb.testing.builtin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that looks for what is wrong: it ends with 0 if it found nothing and with 1 if it did, having said what in
 * a line that begins with FINDING, or else in its last line.
 *
 * @param mainClass found on the class path, or this finder is left out
 * @param overlayOption how it is told of the overlay if it starts processes of its own; null if it runs the library itself
 */
record Finder(String name, String mainClass, List<String> arguments, String overlayOption) {
    private static final Pattern SEED = Pattern.compile("\\bseeds? \\[?(\\d+)");

    /**
     * What came of one run.
     *
     * @param seed the one that found it; −1 if its line names none
     * @param line what it said of it
     */
    record Result(End end, long seconds, long seed, String line) {}

    enum End {
        FOUND,
        NOT_FOUND,
        /** It did not come to its end. A fault may well make everything stand still, but that is not what is looked for. */
        TOO_LONG,
        BROKEN
    }

    boolean isThere() {
        return Finder.class.getResource("/" + mainClass.replace('.', '/') + ".class") != null;
    }

    Result run(Path overlay, Path output, long maxSeconds) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                "-cp",
                Overlay.classPath(overlay),
                mainClass));
        command.addAll(arguments);
        if (overlayOption != null) {
            command.addAll(List.of(overlayOption, overlay.toString()));
        }
        long begun = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(maxSeconds, TimeUnit.SECONDS);
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
            return ended
                    ? result(process.exitValue(), seconds, Files.readString(output, StandardCharsets.UTF_8))
                    : new Result(End.TOO_LONG, seconds, -1, "");
        } finally {
            end(process);
        }
    }

    /** With what it started itself. */
    private static void end(Process process) throws InterruptedException {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly().waitFor();
        started.forEach(ProcessHandle::destroyForcibly);
    }

    private static Result result(int exitValue, long seconds, String said) {
        List<String> lines = said.lines().filter(line -> !line.isBlank()).toList();
        String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        String line = lines.stream()
                .filter(each -> each.startsWith("FINDING"))
                .findFirst()
                .orElse(last);
        Matcher seed = SEED.matcher(line);
        return switch (exitValue) {
            case 0 -> new Result(End.NOT_FOUND, seconds, -1, last);
            case 1 -> new Result(End.FOUND, seconds, seed.find() ? Long.parseLong(seed.group(1)) : -1, line);
            default -> new Result(End.BROKEN, seconds, -1, line);
        };
    }
}
