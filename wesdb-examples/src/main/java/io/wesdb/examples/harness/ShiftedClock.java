package io.wesdb.examples.harness;

import io.wesdb.internal.env.Clock;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes a node's clock jump without any seam for it in the library: a copy of the class that reads the machine's clock, with another class's
 * name in the place of {@link System}'s, is put in front of the node's class path.
 */
final class ShiftedClock {
    private static final String SYSTEM = "java/lang/System";
    private static final String SHIFTED = ShiftedSystem.class.getName().replace('.', '/');

    private static final int UTF8 = 1;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int METHOD_HANDLE = 15;

    private ShiftedClock() {}

    /**
     * Writes it where it must be within that directory, which is to stand before all others.
     *
     * @param overlays that stand behind it: the first one that has the class is where it is copied from
     */
    static void writeInto(Path directory, List<Path> overlays) throws IOException {
        String name = Clock.system().getClass().getName().replace('.', '/') + ".class";
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, renamed(original(name, overlays)));
    }

    private static byte[] original(String name, List<Path> overlays) throws IOException {
        for (Path overlay : overlays) {
            if (Files.exists(overlay.resolve(name))) {
                return Files.readAllBytes(overlay.resolve(name));
            }
        }
        try (InputStream in = Clock.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("cannot find the class " + name);
            }
            return in.readAllBytes();
        }
    }

    /** All that such a class asks of the system it asks of the other one: the name stands once, in the pool of constants. */
    private static byte[] renamed(byte[] original) throws IOException {
        DataInputStream in = new DataInputStream(new java.io.ByteArrayInputStream(original));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(in.readInt()); // the magic number
        out.writeInt(in.readInt()); // versions
        int count = in.readUnsignedShort();
        out.writeShort(count);
        boolean found = false;
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            out.writeByte(tag);
            if (tag == UTF8) {
                String text = in.readUTF();
                found |= text.equals(SYSTEM);
                out.writeUTF(text.equals(SYSTEM) ? SHIFTED : text);
            } else {
                out.write(in.readNBytes(size(tag)));
            }
            if (tag == LONG || tag == DOUBLE) {
                i++; // they count for two (JVMS 4.4.5)
            }
        }
        if (!found) {
            throw new IOException("the clock of this wesdb does not read the system's");
        }
        out.write(in.readAllBytes());
        return bytes.toByteArray();
    }

    /** Of a constant after its tag (JVMS 4.4). */
    private static int size(int tag) throws IOException {
        return switch (tag) {
            case 7, 8, 16, 19, 20 -> 2;
            case METHOD_HANDLE -> 3;
            case 3, 4, 9, 10, 11, 12, 17, 18 -> 4;
            case LONG, DOUBLE -> 8;
            default -> throw new IOException("a constant of a kind that is not known: " + tag);
        };
    }
}
