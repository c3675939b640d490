package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Workload.Call;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A run as one page: what matters stands in it as text, the timeline is drawn by a script from data that the page holds. It is well-formed
 * XML, so that a test can take it apart. For one thread, and used once.
 */
final class ReportPage {
    private final Run run;
    private final Timeline timeline;
    private final StringBuilder page = new StringBuilder();

    ReportPage(Run run, Timeline timeline) {
        this.run = run;
        this.timeline = timeline;
    }

    String page() {
        page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
                .append(escape(Report.verdict(run)))
                .append(" - wesdb fault harness</title>\n<style>\n")
                .append(resource("report.css"))
                .append("</style>\n</head>\n<body>\n<main>\n");
        head();
        findings();
        timeline();
        faults();
        workloads();
        page.append("</main>\n<div id=\"tip\"></div>\n<script type=\"application/json\" id=\"data\">")
                .append(new ReportData(run, timeline).json())
                .append("</script>\n<script>/*<![CDATA[*/\n")
                .append(resource("report.js"))
                .append("/*]]>*/</script>\n</body>\n</html>\n");
        return page.toString();
    }

    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                // What XML does not allow at all.
                default -> escaped.appendCodePoint(isAllowed(c) ? c : '\uFFFD');
            }
        });
        return escaped.toString();
    }

    private static boolean isAllowed(int c) {
        return c >= ' ' && c < 0xD800 || c == '\n' || c == '\t' || c == '\r' || c >= 0xE000 && c < 0xFFFE || c > 0xFFFF;
    }

    private static String resource(String name) {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void head() {
        boolean held = run.heldEverything();
        Timeline.Pause pause = timeline.longestPause(run.beganNanos(), run.endedNanos());
        page.append("<section class=\"verdict").append(held ? "" : " bad").append("\">\n<h1>");
        page.append(escape(Report.verdict(run))).append("</h1>\n<p>");
        page.append(escape(String.format(
                "%,d calls in %s, %,d faults, %,d terms. Longest pause in acknowledged writes: %s, from %.1f s.",
                timeline.calls(),
                Report.length(run.endedNanos() - run.beganNanos()),
                run.events().faults().size(),
                run.events().terms().size(),
                Report.length(pause.nanos()),
                timeline.millis(pause.beganNanos()) / 1e3)));
        page.append("</p>\n<pre class=\"command\">").append(escape(Report.command(run.settings())));
        page.append("</pre>\n<dl>");
        run.settings()
                .forEach((name, value) -> page.append("<div><dt>")
                        .append(escape(name))
                        .append("</dt><dd>")
                        .append(escape(value))
                        .append("</dd></div>"));
        page.append("</dl>\n</section>\n");
    }

    private void findings() {
        int number = 0;
        for (Map.Entry<String, Judgement> judgement : run.judgements().entrySet()) {
            for (int i = 0; i < judgement.getValue().findings().size(); i++) {
                if (number == 0) {
                    page.append("<h2>Findings</h2>\n");
                }
                List<Call> involved = judgement.getValue().involved().get(i);
                page.append("<section class=\"card finding\"><h3><span>").append(escape(judgement.getKey()));
                if (!involved.isEmpty()) {
                    long from = ReportData.began(involved);
                    page.append(String.format(", from %.6f s", timeline.millis(from) / 1e3))
                            .append("</span><button data-finding=\"")
                            .append(number)
                            .append("\" data-from=\"")
                            .append(timeline.millis(from))
                            .append("\" data-to=\"")
                            .append(timeline.millis(ReportData.ended(involved, run)))
                            .append("\">show on the timeline</button></h3><pre>");
                } else {
                    page.append("</span></h3><pre>");
                }
                page.append(escape(judgement.getValue().findings().get(i))).append("</pre></section>\n");
                number++;
            }
        }
    }

    private void timeline() {
        page.append("<h2>Timeline</h2>\n<section class=\"card\">\n<div class=\"legend\">");
        legend("t0", "leads, by epoch");
        legend("fault", "fault");
        legend("done", "calls done");
        legend("notdone", "not done");
        legend("unknown", "outcome unknown");
        legend("p50", "latency: median");
        legend("p99", "p99");
        legend("max", "longest");
        page.append(
                        "<button id=\"whole\">whole run</button></div>\n<canvas id=\"timeline\"></canvas>\n<p class=\"soft\">")
                .append(
                        "Drag or turn the wheel to look closer, shift and wheel to move, double click for the whole run.")
                .append(" Below 30 s of width calls that failed show one by one, and below 5 s those around findings");
        if (timeline.marks().size() < timeline.failures()) {
            page.append(String.format(
                    " (%,d of %,d failures, chosen evenly)", timeline.marks().size(), timeline.failures()));
        }
        page.append(".</p>\n</section>\n");
    }

    private void legend(String color, String text) {
        page.append("<span><i style=\"background: var(--")
                .append(color)
                .append(")\"></i>")
                .append(text)
                .append("</span>");
    }

    private void faults() {
        page.append("<h2>Faults</h2>\n<section class=\"card\"><table><thead><tr><th>nemesis</th><th>what</th>")
                .append("<th class=\"n\">from</th><th class=\"n\">for</th>")
                .append("<th class=\"n\">longest pause in acknowledged writes</th></tr></thead><tbody>\n");
        for (Fault fault : run.events().faults()) {
            long ended = timeline.ended(fault);
            page.append("<tr data-from=\"")
                    .append(timeline.millis(fault.beganNanos()))
                    .append("\" data-to=\"")
                    .append(timeline.millis(ended))
                    .append("\"><td>")
                    .append(escape(fault.nemesis()))
                    .append("</td><td>")
                    .append(escape(fault.what()))
                    .append("</td>");
            number(String.format("%.1f s", timeline.millis(fault.beganNanos()) / 1e3));
            number(Report.length(ended - fault.beganNanos()));
            number(Report.length(
                    timeline.longestPause(fault.beganNanos(), ended).nanos()));
            page.append("</tr>\n");
        }
        page.append("</tbody></table></section>\n");
    }

    private void number(String text) {
        page.append("<td class=\"n\">").append(escape(text)).append("</td>");
    }

    private void workloads() {
        page.append("<h2>Workloads</h2>\n");
        for (Map.Entry<String, Judgement> judgement : run.judgements().entrySet()) {
            page.append("<section class=\"card\" style=\"margin-bottom: 14px\"><h2 style=\"margin-top: 0\">")
                    .append(escape(judgement.getKey()))
                    .append("</h2>");
            outcomes(timeline.outcomes().getOrDefault(judgement.getKey(), Map.of()));
            page.append("<ul>");
            judgement
                    .getValue()
                    .claims()
                    .forEach(claim -> page.append("<li>").append(escape(claim)).append("</li>"));
            if (!judgement.getValue().findings().isEmpty()) {
                page.append("<li><strong>")
                        .append(judgement.getValue().findings().size())
                        .append(" findings, see above</strong></li>");
            }
            page.append("</ul></section>\n");
        }
    }

    private void outcomes(Map<String, Map<Ending, Long>> kinds) {
        if (kinds.isEmpty()) {
            return;
        }
        page.append("<table><thead><tr><th>call</th><th class=\"n\">done</th><th class=\"n\">not done</th>")
                .append("<th class=\"n\">outcome unknown</th></tr></thead><tbody>");
        kinds.forEach((kind, endings) -> {
            page.append("<tr><td>").append(escape(kind)).append("</td>");
            for (Ending ending : Ending.values()) {
                number(String.format("%,d", endings.getOrDefault(ending, 0L)));
            }
            page.append("</tr>");
        });
        page.append("</tbody></table>");
    }
}
