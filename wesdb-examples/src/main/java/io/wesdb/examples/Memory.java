package io.wesdb.examples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process holds of the machine's memory, as Linux tells it; 0 where it cannot be told. */
public final class Memory {
    private static final Pattern HEAP = Pattern.compile("(?m)(?:heap|generation|PSYoungGen|ParOldGen).*?used (\\d+)K");
    private static final int JCMD_SECONDS = 20;

    private Memory() {}

    /** Resident now, in MB. */
    public static long residentMegabytes(long pid) {
        return ofStatus(pid, "VmRSS");
    }

    /** The most that was ever resident, in MB. */
    static long mostResidentMegabytes(long pid) {
        return ofStatus(pid, "VmHWM");
    }

    private static long ofStatus(long pid, String field) {
        try {
            Matcher matcher = Pattern.compile("(?m)^" + field + ":\\s*(\\d+) kB")
                    .matcher(Files.readString(Path.of("/proc", String.valueOf(pid), "status")));
            return matcher.find() ? Long.parseLong(matcher.group(1)) / 1024 : 0;
        } catch (IOException e) {
            return 0; // it has ended, or this is not Linux
        }
    }

    /** What of a JVM's heap is in use, garbage included, in MB. Starts a process, so it is not for often. */
    public static long heapMegabytes(long pid) throws InterruptedException {
        return HEAP.matcher(jcmd(pid, "GC.heap_info"))
                        .results()
                        .mapToLong(space -> Long.parseLong(space.group(1)))
                        .sum()
                / 1024;
    }

    /** The same without the garbage. Stops the JVM for as long as it takes to collect that. */
    public static long liveMegabytes(long pid) throws InterruptedException {
        jcmd(pid, "GC.run");
        return heapMegabytes(pid);
    }

    /** What a JVM answers; nothing where there is no JDK, or no such process any more. */
    private static String jcmd(long pid, String command) throws InterruptedException {
        try {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            String.valueOf(pid),
                            command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!jcmd.waitFor(JCMD_SECONDS, TimeUnit.SECONDS)) {
                jcmd.destroyForcibly();
            }
            return said;
        } catch (IOException e) {
            return "";
        }
    }
}
