package io.wesdb.testing.builtin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes overlays from the command line: a fault's name, or {@code all}, and a directory. Without arguments it lists the faults. */
final class MakeOverlay {
    private MakeOverlay() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            BuiltInFaults.all().forEach(fault -> System.out.println(fault.name() + ": " + fault.description()));
            System.out.println("\nMakeOverlay <name>|all <directory>");
            return;
        }
        Path directory = Path.of(arguments[1]);
        if (arguments[0].equals("all")) {
            for (BuiltInFault fault : BuiltInFaults.all()) {
                make(fault, directory.resolve(fault.name()));
            }
        } else {
            make(BuiltInFaults.named(arguments[0]), directory);
        }
    }

    private static void make(BuiltInFault fault, Path directory) throws IOException {
        if (Files.exists(directory)) {
            throw new IOException(directory + " exists already");
        }
        Overlay.build(fault, Overlay.sources(), directory);
        System.out.println(directory);
    }
}
