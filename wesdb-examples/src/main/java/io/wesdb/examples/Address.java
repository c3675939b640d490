package io.wesdb.examples;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code HOST:PORT} as it stands on the command line; an IPv6 host stands in brackets. */
record Address(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([^\\s:\\[\\]/]+)):([0-9]{1,5})");

    /** @throws IllegalArgumentException if the text is no address; the message says why */
    static Address parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
        }
        int port = Integer.parseInt(matcher.group(3));
        if (port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is beyond 65535");
        }
        return new Address(matcher.group(1) != null ? matcher.group(1) : matcher.group(2), port);
    }
}
