package io.proxyd.ctl;

import io.proxyd.ctl.Table.Cell;
import java.util.List;

/** What {@code proxyctl explain REQUEST-ID} prints: where the time went, and each attempt. */
final class TraceText {
    private TraceText() {}

    /** @param answer of {@code /api/v1/explain} to an id */
    static String print(JsonObject answer, boolean colours) {
        StringBuilder text = new StringBuilder();
        String request = answer.text("method", "?") + " " + answer.text("host", "") + answer.text("path", "?");
        RequestText.line("request", request, text);
        RequestText.line("id", answer.text("request_id", "?"), text);
        RequestText.line("start", answer.text("start", "?"), text);
        JsonObject route = answer.object("route");
        if (!route.names().isEmpty()) {
            RequestText.line("route", "host " + route.text("host", "?") + ", path " + route.text("path", "?"), text);
            RequestText.line("service", answer.text("service", "?"), text);
        }
        RequestText.line("status", status(answer), text);
        String failure = answer.text("failure", "");
        if (!failure.isEmpty()) {
            RequestText.line("failure", failure + ": " + answer.text("failure_detail", "?"), text);
        }
        RequestText.line("time", time(answer), text);
        List<JsonObject> attempts = answer.objects("attempts");
        if (!attempts.isEmpty()) {
            text.append('\n').append(table(attempts).print(colours));
        }
        long more = answer.number("attempts_made") - attempts.size();
        if (more > 0) {
            text.append("and ").append(more).append(" more attempts\n");
        }
        String why = answer.text("why_no_more", "");
        if (!why.isEmpty()) {
            text.append("no further attempt: ").append(Table.cell(why).text()).append('\n');
        }
        return text.toString();
    }

    private static String status(JsonObject answer) {
        String known = answer.number("status") == 0 ? "none yet" : String.valueOf(answer.number("status"));
        return answer.flag("under_way") ? known + ", under way" : known;
    }

    private static String time(JsonObject answer) {
        return millis(answer, "duration_ms") + " = " + millis(answer, "queue_ms") + " in the queue + "
                + millis(answer, "backend_ms") + " with backends + " + millis(answer, "own_ms") + " in proxyd";
    }

    private static Table table(List<JsonObject> attempts) {
        Table table = new Table()
                .left("BACKEND")
                .left("WHY")
                .right("START")
                .left("CONNECTION")
                .right("CONNECT")
                .right("HEAD")
                .right("END")
                .right("STATUS")
                .left("OUTCOME");
        attempts.forEach(attempt -> table.add(row(attempt)));
        return table;
    }

    private static List<Cell> row(JsonObject attempt) {
        String outcome = attempt.text("outcome", "?");
        String failure = attempt.text("failure", "");
        String told =
                failure.isEmpty() ? outcome : outcome + ", " + failure + ": " + attempt.text("failure_detail", "?");
        return List.of(
                Table.cell(attempt.text("backend", "?")),
                Table.cell(attempt.text("why", "?")),
                Table.cell(millis(attempt, "start_ms")),
                Table.cell(attempt.text("connection", "?")),
                Table.cell(millis(attempt, "connect_ms")),
                Table.cell(millis(attempt, "head_ms")),
                Table.cell(millis(attempt, "end_ms")),
                Table.cell(attempt.number("status") == 0 ? "-" : attempt.number("status")),
                new Cell(told, style(outcome)));
    }

    private static Style style(String outcome) {
        return switch (outcome) {
            case "answered" -> Style.GOOD;
            case "failed" -> Style.BAD;
            default -> Style.WARNING;
        };
    }

    private static String millis(JsonObject object, String name) {
        return Quantities.latency(object.decimal(name));
    }
}
