package io.wesdb.examples;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The raffle as each node's own file has it, one column a node and one line a value that somebody had to make up. */
final class SideBySide {
    private SideBySide() {}

    /** @param firstTicket tickets before it are left out */
    static List<List<String>> table(List<DemoNode> nodes, long index, long firstTicket)
            throws IOException, InterruptedException {
        List<Map<String, String>> contents = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("value"));
        for (DemoNode node : nodes) {
            head.add(node.name());
            contents.add(values(node.client(), index, firstTicket));
        }
        head.add("");
        List<List<String>> table = new ArrayList<>(List.of(head));
        for (String label : contents.get(0).keySet()) {
            List<String> line = new ArrayList<>(List.of(label));
            contents.forEach(content -> line.add(content.getOrDefault(label, "(missing)")));
            line.add(line.subList(1, line.size()).stream().distinct().count() == 1 ? "✓" : "✗");
            table.add(line);
        }
        return table;
    }

    private static Map<String, String> values(NodeClient node, long index, long firstTicket)
            throws IOException, InterruptedException {
        Map<String, String> values = new LinkedHashMap<>();
        String sql = "SELECT id, number, sold_at, luck, drawn_at FROM ticket JOIN draw ON ticket_id = id"
                + " WHERE id >= ? ORDER BY id";
        for (List<?> row : node.query(index, sql, firstTicket).rows()) {
            values.put("ticket " + row.get(0) + " number", String.valueOf(row.get(1)));
            values.put("ticket " + row.get(0) + " sold_at", String.valueOf(row.get(2)));
            values.put("draw   " + row.get(0) + " luck", String.valueOf(row.get(3)));
            values.put("draw   " + row.get(0) + " drawn_at", String.valueOf(row.get(4)));
        }
        return values;
    }
}
