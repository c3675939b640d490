package io.wesdb.examples;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A small tmpfs that can be filled to the last byte, unmounted in any case. For one thread. */
public final class SmallDisk implements AutoCloseable {
    private static final int COMMAND_SECONDS = 20;
    private static final int BLOCK_BYTES = 64 * 1024;

    private final @Nullable Path directory;
    private final String whyNot;
    private final Thread hook = new Thread(this::unmount, "unmount");

    private SmallDisk(@Nullable Path directory, String whyNot) {
        this.directory = directory;
        this.whyNot = whyNot;
    }

    public static SmallDisk none() {
        return new SmallDisk(null, "it was not asked for");
    }

    /** Mounts one if this process may; else tells why not. */
    public static SmallDisk mount(int megabytes) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("wesdb-small-disk");
        String fault = run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "wesdb", directory.toString());
        if (fault != null) {
            Files.delete(directory);
            return new SmallDisk(null, "a tmpfs cannot be mounted here, which takes root: " + fault);
        }
        SmallDisk disk = new SmallDisk(directory, "");
        Runtime.getRuntime().addShutdownHook(disk.hook);
        return disk;
    }

    public boolean isMounted() {
        return directory != null;
    }

    public String whyNot() {
        return whyNot;
    }

    public Path directory() {
        if (directory == null) {
            throw new IllegalStateException(whyNot);
        }
        return directory;
    }

    /** Returns when not one byte more fits. */
    public void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(filler())) {
            for (int blockBytes = BLOCK_BYTES; blockBytes > 0; blockBytes /= 2) {
                writeUntilFull(out, new byte[blockBytes]);
            }
        }
    }

    private static void writeUntilFull(OutputStream out, byte[] block) {
        try {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            return; // full, as wanted
        }
    }

    public void free() throws IOException {
        if (directory != null) {
            Files.deleteIfExists(filler());
        }
    }

    private Path filler() {
        return directory().resolve("filler");
    }

    private static @Nullable String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return command[0] + " did not end";
        }
        return process.exitValue() == 0 ? null : said;
    }

    /** Whoever has files open there must have ended, or lets go of them later. */
    private void unmount() {
        if (directory == null) {
            return;
        }
        try {
            run("umount", "--lazy", directory.toString());
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            System.err.println(directory + " was not unmounted: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        unmount();
        if (directory != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                return; // the process is ending, so the hook does the same
            }
        }
    }
}
