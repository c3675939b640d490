package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.ContentsOf;
import io.wesdb.testing.StatementList;
import io.wesdb.testing.StatementList.Line;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * SQL that cannot escape, end to end: the statements in the resources {@code io/wesdb/hostile/*.txt} are sent to two real
 * nodes, through the Java API and over HTTP. After them everything is as it was.
 */
class HostileSqlTest {
    private static final int READERS = 3;
    private static final Pattern CODE = Pattern.compile("\"code\":\"([A-Z_]+)\"");
    private static final String FINE = "OK";

    @TempDir
    static Path directory;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestCluster cluster;
    private static WesDb leader;
    private static WesDb follower;

    private Set<String> filesBefore;

    @BeforeAll
    static void start() throws IOException {
        cluster = new TestCluster(directory)
                .with(builder -> builder.maxReaders(READERS))
                .start(2);
        leader = cluster.node(cluster.leader());
        follower = cluster.node(cluster.follower());
        try (InputStream schema = HostileSqlTest.class.getResourceAsStream("hostile/schema.sql")) {
            long index = leader.executeScript(new String(schema.readAllBytes(), StandardCharsets.UTF_8))
                    .index();
            follower.query(ReadOptions.atLeast(index), "SELECT 1"); // from here on it is there too
        }
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void remember() throws IOException {
        filesBefore = files();
    }

    /** What must hold after any statement whatever. */
    @AfterEach
    void everythingWorksAsBefore() throws IOException {
        assertEquals(filesBefore, files(), "files came or went");
        for (WesDb node : List.of(leader, follower)) {
            long index = node.execute("INSERT INTO u(y) VALUES ('ordinary') RETURNING y")
                    .index();
            assertEquals("ordinary", node.query("SELECT max(y) FROM u").single().get(0));
            node.execute("DELETE FROM u WHERE y = 'ordinary'");
            assertTrue(node.status().applied() > index);
            assertThrows(
                    ConstraintException.class, () -> node.execute("INSERT INTO child(t_id) VALUES (123456)"), "keys");
            eachReader(node, "SELECT count(*) FROM pragma_table_list WHERE schema = 'temp'", 1L);
            eachReader(node, "PRAGMA foreign_keys", 1L);
            eachReader(node, "PRAGMA recursive_triggers", 0L);
            eachReader(node, "SELECT 'a' LIKE 'A'", 1L);
            assertThrows(NotAQueryException.class, () -> node.query("DELETE FROM t"));
        }
        VerificationResult verified = leader.verify();
        assertTrue(verified.sound(), verified::toString);
    }

    /** All readers at once, so that none is left out. */
    private static void eachReader(WesDb node, String sql, Object expected) {
        List<RowStream> streams = new ArrayList<>();
        try {
            for (int i = 0; i < READERS; i++) {
                RowStream stream = node.stream(sql);
                streams.add(stream);
                assertEquals(expected, stream.iterator().next().get(0), sql);
            }
        } finally {
            streams.forEach(RowStream::close);
        }
    }

    private static Set<String> files() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path listed :
                List.of(directory, Path.of(""), Path.of(".").toAbsolutePath().getParent())) {
            try (Stream<Path> files = Files.list(listed)) {
                files.forEach(file -> names.add(listed + ": " + file.getFileName()));
            }
        }
        return names;
    }

    private static List<List<String>> contents() {
        return cluster.nodes().keySet().stream()
                .map(name -> ContentsOf.file(cluster.file(name)))
                .toList();
    }

    /** The ways in. */
    enum Door {
        JAVA_QUERY(sql -> java(() -> follower.query(sql))),
        JAVA_STREAM(sql -> java(() -> {
            try (RowStream rows = follower.stream(sql)) {
                for (Row row : rows) {
                    assertTrue(row.size() > 0);
                }
            }
        })),
        HTTP_QUERY(sql -> http(leader, "/query", "{\"sql\":" + json(sql) + "}")),
        JAVA_EXECUTE(sql -> java(() -> leader.execute(sql))),
        JAVA_EXECUTE_SECOND(sql -> java(() ->
                follower.execute(List.of(Statement.of("INSERT INTO u(y) VALUES ('undone')"), Statement.of(sql))))),
        JAVA_SCRIPT(sql -> java(() -> follower.executeScript(sql))),
        HTTP_EXECUTE(sql -> http(follower, "/execute", "{\"sql\":" + json(sql) + ",\"params\":[]}")),
        HTTP_SCRIPT(sql -> http(leader, "/execute", "{\"sql\":" + json(sql) + "}"));

        private final Function<String, String> send;

        Door(Function<String, String> send) {
            this.send = send;
        }

        String send(String sql) {
            return send.apply(sql);
        }
    }

    private static String java(Runnable call) {
        try {
            call.run();
            return FINE;
        } catch (SqlException e) {
            boolean query = e.code() == ErrorCode.NOT_A_QUERY;
            assertEquals(query, e instanceof NotAQueryException);
            return e.code().name();
        } catch (WesDbException e) {
            return e.code().name() + " " + e;
        } catch (RuntimeException e) {
            return e.toString();
        }
    }

    private static String http(WesDb node, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + node.status().httpAddress() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            Matcher code = CODE.matcher(response.body());
            if (response.statusCode() == 200) {
                return FINE;
            }
            return response.statusCode() == 400 && code.find()
                    ? code.group(1)
                    : response.statusCode() + response.body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String json(String text) {
        return text.chars()
                .mapToObj(c -> c < ' ' || c == '"' || c == '\\' ? String.format("\\u%04x", c) : "" + (char) c)
                .collect(Collectors.joining("", "\"", "\""));
    }

    private static void sendAll(Door door, List<Line> lines) {
        String wrong = lines.stream()
                .map(line -> {
                    String answer = door.send(line.sql());
                    return answer.equals(line.code()) ? "" : "\n" + line.text() + "\n    was answered " + answer;
                })
                .collect(Collectors.joining());
        assertEquals("", wrong, () -> "through " + door);
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVA_QUERY", "JAVA_STREAM", "HTTP_QUERY"})
    void aHostileQueryIsRefusedAndNothingHappens(Door door) {
        List<List<String>> before = contents();
        sendAll(door, StatementList.withCodes("hostile-queries.txt"));
        assertEquals(before, contents());
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVA_EXECUTE", "JAVA_EXECUTE_SECOND", "JAVA_SCRIPT", "HTTP_EXECUTE", "HTTP_SCRIPT"})
    void aHostileWriteIsRefusedAndNothingHappens(Door door) {
        List<List<String>> before = contents();
        sendAll(door, StatementList.withCode("hostile-writes.txt", "SQL_ERROR"));
        assertEquals(before, contents());
    }

    @ParameterizedTest
    @EnumSource(names = {"JAVA_QUERY", "JAVA_STREAM", "HTTP_QUERY"})
    void aQueryThatOnlyLooksHostileWorks(Door door) {
        List<List<String>> before = contents();
        sendAll(door, StatementList.withCode("innocent-queries.txt", FINE));
        assertEquals(before, contents());
    }

    /** Each once, since they change the tables; in turn through each way in. */
    @Test
    void aWriteThatOnlyLooksHostileWorks() {
        List<Door> doors = List.of(Door.JAVA_EXECUTE, Door.HTTP_EXECUTE, Door.JAVA_SCRIPT, Door.HTTP_SCRIPT);
        List<Line> lines = StatementList.withCode("innocent-writes.txt", FINE);
        for (int i = 0; i < lines.size(); i++) {
            sendAll(doors.get(i % doors.size()), List.of(lines.get(i)));
        }
    }
}
