package io.proxyd.ctl;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code proxyctl explain}. */
@Command(
        name = "explain",
        description = {
            "Tells where a request would go and why (--host, --path), or what became of one (REQUEST-ID).",
            "Exits with 1 if proxyd would answer it itself, or does not remember it."
        })
final class ExplainCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "REQUEST-ID",
            description = "The X-Request-Id of a request, as the access log has it.")
    private @Nullable String id;

    @Option(names = "--host", paramLabel = "H", description = "Host of a request, with its port if it has one.")
    private @Nullable String host;

    @Option(names = "--path", paramLabel = "P", description = "Its path; / if left out.")
    private @Nullable String path;

    @Option(names = "--method", paramLabel = "M", description = "Its method; GET if left out.")
    private @Nullable String method;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (the default) or json.")
    private Output output = Output.TABLE;

    ExplainCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        boolean supposed = host != null || path != null || method != null;
        if (spec != null && (id == null ? host == null : supposed)) {
            throw new ParameterException(spec.commandLine(), "expected either --host (and --path), or a REQUEST-ID");
        }
        AdminClient.Reply reply = client.get().require("/api/v1/explain" + query());
        JsonObject answer = reply.json();
        if (output == Output.JSON) {
            terminal.print(reply.body());
        } else {
            terminal.print(
                    id == null
                            ? RequestText.print(answer, terminal.colours())
                            : TraceText.print(answer, terminal.colours()));
        }
        return answer.object("refusal").names().isEmpty() ? 0 : 1;
    }

    private String query() {
        return id != null
                ? "?id=" + encoded(id)
                : "?host=" + encoded(host) + "&path=" + encoded(path == null ? "/" : path) + "&method="
                        + encoded(method == null ? "GET" : method);
    }

    private static String encoded(@Nullable String text) {
        return text == null ? "" : URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
