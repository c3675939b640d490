package io.wesdb.internal.snapshot;

import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What is being done to a node's file, written down before the first step so that a restart can finish it.
 *
 * @param old what becomes of the file that is there
 * @param asideName the directory it goes to; chosen once, so that all of its parts get to the same place
 * @param install whether the snapshot that waits is then put in its place
 */
record InstallPlan(OldFile old, String asideName, boolean install) {
    private static final String OLD = "old";
    private static final String ASIDE = "aside";
    private static final String INSTALL = "install";

    Properties toProperties() {
        Properties properties = new Properties();
        properties.setProperty(OLD, old.name());
        properties.setProperty(ASIDE, asideName);
        properties.setProperty(INSTALL, String.valueOf(install));
        return properties;
    }

    /** What cannot be understood deletes nothing: the old file is set aside. */
    static InstallPlan of(Properties properties, String freshAsideName) {
        @Nullable String aside = properties.getProperty(ASIDE);
        return new InstallPlan(
                OldFile.DELETE.name().equals(properties.getProperty(OLD)) ? OldFile.DELETE : OldFile.SET_ASIDE,
                aside == null ? freshAsideName : aside,
                Boolean.parseBoolean(properties.getProperty(INSTALL)));
    }
}
