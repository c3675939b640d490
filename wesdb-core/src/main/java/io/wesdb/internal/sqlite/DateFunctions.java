package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * SQLite's date and time functions with the current time and the time zone taken from the cluster instead of the
 * machine. {@code 'now'} is replaced by the entry's time, {@code 'localtime'} and {@code 'utc'} by the offset that the
 * cluster's zone has at that point of the evaluation; the rest is left to SQLite's own functions on a connection to
 * nothing, so that every result is SQLite's. See date.c and https://sqlite.org/lang_datefunc.html. Owned by the thread
 * that owns the connection.
 */
final class DateFunctions implements AutoCloseable {
    /** A call that asks for the current time or a time zone where only the arguments may matter. */
    static final class ImpureException extends Exception {
        private static final long serialVersionUID = 1L;

        ImpureException() {
            super(null, null, false, false);
        }
    }

    private static final Set<String> NAMES =
            Set.of("date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff");
    private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS'Z'");
    private static final String NOTHING = "+0 days";
    private static final double UNIX_EPOCH_JULIAN_DAY = 2440587.5;
    private static final double MILLIS_OF_DAY = 86_400_000.0;

    private final ExecutionContext context;
    private final ZoneId zone;
    private final boolean utcZone;
    private final DateDelegate delegate = new DateDelegate();

    DateFunctions(ExecutionContext context, ZoneId zone) {
        this.context = context;
        this.zone = zone;
        this.utcZone = zone.normalized().equals(ZoneOffset.UTC);
    }

    static boolean isName(String lowerName) {
        return NAMES.contains(lowerName);
    }

    private record Call(String name, List<@Nullable Object> arguments) {}

    /**
     * Calls {@code name}.
     *
     * @param arguments Long, Double, String (cut at NUL, as C does) or null; may be modified
     */
    @Nullable Object call(String name, @Nullable Object[] arguments) throws SQLException, ImpureException {
        int first = name.equals("strftime") ? 1 : 0;
        boolean noTime = arguments.length == first;
        if (arguments.length < first) {
            return null;
        }
        if (!noTime && !isImpure(name, arguments, first)) {
            return delegate.call(name, arguments);
        }
        if (context.pureOnly()) {
            throw new ImpureException();
        }
        Call call = new Call(name, Arrays.asList(arguments.clone()));
        Map<Object, @Nullable Object> memo = context.memo();
        Object result = memo.get(call);
        if (result == null && !memo.containsKey(call)) {
            result = compute(name, noTime ? append(arguments, "now") : arguments, first);
            memo.put(call, result);
        }
        return result;
    }

    private static boolean isImpure(String name, @Nullable Object[] arguments, int first) {
        for (int i = first; i < arguments.length; i++) {
            boolean timeValue = i == first || name.equals("timediff");
            if (arguments[i] instanceof String text && (timeValue ? isNow(text) : isZone(text))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNow(String text) {
        return text.equalsIgnoreCase("now") || isSubsecond(text);
    }

    private static boolean isSubsecond(String text) {
        return text.equalsIgnoreCase("subsec") || text.equalsIgnoreCase("subsecond");
    }

    private static boolean isZone(String text) {
        return text.equalsIgnoreCase("localtime") || text.equalsIgnoreCase("utc");
    }

    private @Nullable Object compute(String name, @Nullable Object[] given, int first) throws SQLException {
        @Nullable Object[] arguments = given.clone();
        String now = ISO.format(Instant.ofEpochMilli(context.timeMillis()).atOffset(ZoneOffset.UTC));
        if (name.equals("timediff")) {
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = arguments[i] instanceof String text && isNow(text) ? now : arguments[i];
            }
            return delegate.call(name, arguments);
        }
        if (arguments[first] instanceof String text && isNow(text)) {
            arguments[first] = now;
            if (isSubsecond(text)) {
                // As a time value it means 'now' with fractions; where the modifier stands does not matter.
                arguments = append(arguments, "subsec");
            }
        }
        return replaceZones(arguments, first) ? delegate.call(name, arguments) : null;
    }

    /** Replaces zone modifiers by offsets, from left to right; false if what is before one is no time. */
    private boolean replaceZones(@Nullable Object[] arguments, int first) throws SQLException {
        boolean utc = arguments[first] instanceof String text && isUtcText(text);
        boolean local = false;
        for (int i = first + 1; i < arguments.length; i++) {
            if (!(arguments[i] instanceof String text) || !isZone(text)) {
                continue;
            }
            boolean toLocal = text.equalsIgnoreCase("localtime");
            // Already there: SQLite does not convert twice.
            if (utcZone || (toLocal ? local : utc)) {
                arguments[i] = NOTHING;
            } else {
                Object day = delegate.call("julianday", Arrays.copyOfRange(arguments, first, i));
                if (!(day instanceof Double julianDay)) {
                    return false;
                }
                long millis = Math.round((julianDay - UNIX_EPOCH_JULIAN_DAY) * MILLIS_OF_DAY);
                long seconds = toLocal ? offsetSeconds(millis) : -secondsFromUtc(millis);
                arguments[i] = (seconds < 0 ? "-" : "+") + Math.abs(seconds) + " seconds";
            }
            local = toLocal;
            utc = !toLocal;
        }
        return true;
    }

    private static boolean isUtcText(String text) {
        return text.matches("(?s).*[0-9]\\s*([zZ]|[+-][0-9][0-9]:[0-9][0-9])\\s*") && text.indexOf(':') >= 0;
    }

    private long offsetSeconds(long utcMillis) {
        return zone.getRules().getOffset(Instant.ofEpochMilli(utcMillis)).getTotalSeconds();
    }

    /** SQLite's own search for the UTC time whose local time is given, with its handling of gaps and overlaps. */
    private long secondsFromUtc(long localMillis) {
        long guess = localMillis;
        long error = 0;
        int rounds = 0;
        do {
            guess -= error;
            error = guess + offsetSeconds(guess) * 1000 - localMillis;
        } while (error != 0 && rounds++ < 3);
        return (localMillis - guess) / 1000;
    }

    private static @Nullable Object[] append(@Nullable Object[] arguments, String last) {
        @Nullable Object[] longer = Arrays.copyOf(arguments, arguments.length + 1);
        longer[arguments.length] = last;
        return longer;
    }

    @Override
    public void close() throws SQLException {
        delegate.close();
    }

    /** For {@code CURRENT_DATE} and its like: the function that gives the same with {@code 'now'}. */
    static Map<String, String> currentFunctions() {
        return new TreeMap<>(Map.of("current_date", "date", "current_time", "time", "current_timestamp", "datetime"));
    }

    static Set<String> names() {
        return NAMES;
    }
}
