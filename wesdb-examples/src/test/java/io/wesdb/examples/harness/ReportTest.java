package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.Json;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportTest {
    private static final int MOST_BYTES = 5 << 20;
    private static final Pattern OUTSIDE =
            Pattern.compile("https?://|\\b(src|href)\\s*=|@import|url\\(", Pattern.CASE_INSENSITIVE);

    @TempDir
    Path directory;

    private String write(Run run) throws Exception {
        Report.write(directory.resolve("report"), run);
        return Files.readString(directory.resolve("report").resolve(Report.PAGE));
    }

    private String text() throws Exception {
        return Files.readString(directory.resolve("report").resolve(Report.TEXT));
    }

    private static Document parsed(String page) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static Map<?, ?> data(Document page) {
        NodeList scripts = page.getElementsByTagName("script");
        assertEquals(2, scripts.getLength());
        return assertInstanceOf(Map.class, Json.read(scripts.item(0).getTextContent()));
    }

    @Test
    void pageIsWellFormedNeedsNothingBesideItAndHoldsAllFaultsAndFindings() throws Exception {
        Run run = SampleRun.of(7, 240, 150, true);
        String page = write(run);
        Document document = parsed(page);
        String words = document.getDocumentElement().getTextContent();

        assertFalse(OUTSIDE.matcher(page).find());
        assertTrue(words.contains("2 findings"), "the verdict");
        assertTrue(words.contains("--seed 7 --seconds 240"), "the command");
        String told = SampleRun.HOSTILE.replace('\u0007', '\uFFFD');
        run.judgements().values().forEach(judgement -> {
            judgement
                    .findings()
                    .forEach(finding -> assertTrue(words.contains(finding.replace('\u0007', '\uFFFD')), finding));
            judgement.claims().forEach(claim -> assertTrue(words.contains(claim), claim));
        });
        NodeList rows = document.getElementsByTagName("tr");
        int faultRows = 0;
        for (int i = 0; i < rows.getLength(); i++) {
            faultRows += rows.item(i).getAttributes().getNamedItem("data-from") == null ? 0 : 1;
        }
        assertEquals(run.events().faults().size(), faultRows);
        assertTrue(words.contains(told));
        Map<?, ?> data = data(document);
        assertEquals(
                run.events().faults().stream().map(Events.Fault::what).toList(),
                ((List<?>) data.get("faults"))
                        .stream().map(fault -> ((Map<?, ?>) fault).get("what")).toList());
        assertEquals(run.events().terms().size(), ((List<?>) data.get("terms")).size());
        assertEquals(2, ((List<?>) data.get("findings")).size());
    }

    @Test
    void textHoldsVerdictFaultsAndFindings() throws Exception {
        Run run = SampleRun.of(8, 120, 60, true);
        write(run);
        String text = text();

        assertTrue(text.startsWith("2 findings\n"), text);
        run.events().faults().forEach(fault -> assertTrue(text.lines().anyMatch(line -> line.contains(fault.what()))));
        run.judgements().get("append").findings().forEach(finding -> assertTrue(text.contains(finding), finding));
    }

    @Test
    void runInWhichEverythingHeldSaysSo() throws Exception {
        String page = write(SampleRun.of(9, 60, 60, false));

        assertTrue(page.contains("<h1>Everything held</h1>"));
        assertFalse(page.contains("class=\"card finding\""));
        assertTrue(text().startsWith("Everything held\n"));
    }

    @Test
    void pageOfHalfAnHourStaysSmall() throws Exception {
        String page = write(SampleRun.of(10, 1_800, 60, true));

        assertTrue(page.length() < MOST_BYTES, page.length() + " bytes");
        parsed(page);
    }

    @Test
    void everyCallIsCountedInOneStretchOfOneNode() throws Exception {
        Run run = SampleRun.of(11, 90, 90, false);
        Map<?, ?> data = data(parsed(write(run)));

        long counted = ((List<?>) data.get("calls"))
                .stream()
                        .filter(List.class::isInstance)
                        .flatMap(node -> ((List<?>) node).stream())
                        .flatMap(ending -> ((List<?>) ending).stream())
                        .mapToLong(count -> (Long) count)
                        .sum();
        assertEquals(
                run.workloads().stream().mapToLong(each -> each.calls().size()).sum(), counted);
    }

    @Test
    void pauseIsTheLongestTimeWithoutAnAcknowledgedWriteThatTouchesTheFault() {
        Run run = SampleRun.of(12, 60, 300, false);
        Timeline timeline = new Timeline(run);
        long zero = run.beganNanos();

        Timeline.Pause calm = timeline.longestPause(zero + 5_000_000_000L, zero + 6_000_000_000L);
        Timeline.Pause whole = timeline.longestPause(zero, run.endedNanos());

        assertTrue(calm.nanos() < whole.nanos(), calm + " " + whole);
        assertTrue(
                calm.endedNanos() > zero + 5_000_000_000L && calm.beganNanos() < zero + 6_000_000_000L,
                calm.toString());
        long[] acknowledged = run.workloads().stream()
                .flatMap(workload -> workload.calls().stream())
                .filter(call -> call.writes() && call.ending() == Workload.Ending.DONE)
                .mapToLong(Workload.Call::endedNanos)
                .sorted()
                .toArray();
        long longest = acknowledged[0] - zero;
        for (int i = 1; i < acknowledged.length; i++) {
            longest = Math.max(longest, acknowledged[i] - acknowledged[i - 1]);
        }
        assertEquals(Math.max(longest, run.endedNanos() - acknowledged[acknowledged.length - 1]), whole.nanos());
    }
}
