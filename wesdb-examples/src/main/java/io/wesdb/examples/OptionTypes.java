package io.wesdb.examples;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the node program's options are read. The bounds are the builder's matter. */
final class OptionTypes {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,10})(k|m|g)?(i?b)?");

    private OptionTypes() {}

    static final class AddressType implements ITypeConverter<Address> {
        @Override
        public Address convert(String text) {
            try {
                return Address.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** {@code 500ms}, {@code 2s}, {@code 5m}, {@code 1h}, {@code 7d}. */
    static final class DurationType implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Matcher matcher = DURATION.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' is not a duration like 500ms, 2s or 5m");
            }
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
    }

    /** Bytes: {@code 1000}, {@code 64k}, {@code 48MiB}; the units are powers of 1,024. */
    static final class SizeType implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' is not a size like 1000, 64k or 48m");
            }
            long amount = Long.parseLong(matcher.group(1));
            String unit = matcher.group(2);
            return unit == null ? amount : amount << (unit.equals("k") ? 10 : unit.equals("m") ? 20 : 30);
        }
    }

    /** {@code http://HOST:PORT}, with nothing behind it but perhaps a slash. */
    static final class ServerType implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            String url = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
            int host = url.indexOf("://") + 3;
            try {
                if (url.startsWith("http://") || url.startsWith("https://")) {
                    Address.parse(url.substring(host));
                    return URI.create(url).toString();
                }
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
            throw new TypeConversionException("'" + text + "' is not http://HOST:PORT");
        }
    }

    static final class ZoneType implements ITypeConverter<ZoneId> {
        @Override
        public ZoneId convert(String text) {
            try {
                return ZoneId.of(text);
            } catch (DateTimeException e) {
                throw new TypeConversionException("'" + text + "' is not a time zone like UTC or Europe/Berlin");
            }
        }
    }
}
