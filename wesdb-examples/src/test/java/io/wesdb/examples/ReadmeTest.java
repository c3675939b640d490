package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ErrorCode;
import io.wesdb.WesDbBuilder;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README says what the code does. */
class ReadmeTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private final String readme = read("README.md");

    @Test
    void theFirstExampleIsQuickstart() {
        String source = read("wesdb-examples/src/main/java/io/wesdb/examples/Quickstart.java");
        String withoutPackage = source.substring(source.indexOf("import "));

        assertEquals(withoutPackage.strip(), fenced("java").get(0).strip());
    }

    @Test
    void theExampleIsAboutFifteenLines() {
        String body = fenced("java").get(0);

        assertTrue(body.substring(body.indexOf("public final class")).lines().count() <= 15, body);
    }

    @Test
    void theFirstTwoCommandsAreTheMainJobAndTheTests() {
        List<String> commands = fenced("sh");

        assertEquals("mvn -q -DskipTests -Pthree-nodes verify", commands.get(0).strip());
        assertEquals("mvn -B -ntp verify", commands.get(1).strip());
    }

    @Test
    void everyProgramThatTheCommandsNameCanBeRun() throws ReflectiveOperationException {
        List<String> programs = Pattern.compile("wesdb-node\\.jar (io\\.wesdb\\.examples\\.[\\w.]+)")
                .matcher(String.join("", fenced("sh")))
                .results()
                .map(command -> command.group(1))
                .toList();

        assertTrue(programs.size() >= 6, programs::toString);
        for (String program : programs) {
            assertTrue(Modifier.isPublic(
                    Class.forName(program).getMethod("main", String[].class).getModifiers()));
        }
    }

    @Test
    void continuousIntegrationRunsTheReadmesTestCommand() {
        List<String> lines = read(".ci/run").strip().lines().toList();

        assertEquals("exec " + fenced("sh").get(1).strip(), lines.get(lines.size() - 1));
    }

    @Test
    void everySettingOfTheBuilderIsInTheConfigurationTable() {
        for (Method method : WesDbBuilder.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && method.getReturnType() == WesDbBuilder.class) {
                assertTrue(readme.contains("| `" + method.getName() + "("), method.getName());
            }
        }
    }

    @Test
    void everyErrorCodeIsExplained() {
        for (ErrorCode code : ErrorCode.values()) {
            assertTrue(readme.contains("`" + code + "`"), code.name());
        }
    }

    @Test
    void everyOptionOfTheNodeProgramIsNamed() {
        for (String option : NodeProgram.optionNames()) {
            assertTrue(readme.contains("`" + option), option);
        }
    }

    @Test
    void everyLinkWithinLeadsToAHeading() {
        List<String> headings = Pattern.compile("(?m)^#+ (.*)$")
                .matcher(readme)
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-'))
                .toList();
        Pattern.compile("\\]\\(#([^)]*)\\)")
                .matcher(readme)
                .results()
                .forEach(link -> assertTrue(headings.contains(link.group(1)), link.group(1) + " in " + headings));
    }

    private List<String> fenced(String language) {
        return Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```$")
                .matcher(readme)
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    private static String read(String path) {
        try {
            return Files.readString(ROOT.resolve(path));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
