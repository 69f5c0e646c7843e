package io.proxyd.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Runs every scenario with every algorithm; prints the tables and writes the plot. */
public final class Scenarios {
    private Scenarios() {}

    /** @param arguments the file for the plot */
    public static void main(String[] arguments) throws IOException {
        Map<Scenario, Map<Algorithm, Results>> results = new EnumMap<>(Scenario.class);
        for (Scenario scenario : Scenario.values()) {
            Map<Algorithm, Results> row = new EnumMap<>(Algorithm.class);
            for (Algorithm algorithm : Algorithm.values()) {
                row.put(algorithm, new Simulation(scenario, algorithm).run());
            }
            results.put(scenario, row);
        }
        StringBuilder tables = new StringBuilder();
        results.forEach((scenario, row) -> tables.append(table(scenario, row)));
        System.out.print(tables);
        Files.writeString(Path.of(arguments[0]), Plot.of(results));
    }

    private static String table(Scenario scenario, Map<Algorithm, Results> row) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%n## %s%n%n%d backends, %,d requests/s: %s.%n%n",
                title(scenario),
                scenario.backends,
                scenario.requestsPerSecond,
                scenario.text));
        table.append("| | p50 ms | p99 ms | p99.9 ms | its share meanwhile | errors |\n|---|---|---|---|---|---|\n");
        row.forEach((algorithm, result) -> table.append(String.format(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f | %s | %.2f %% |%n",
                algorithm.label,
                result.millisAt(50),
                result.millisAt(99),
                result.millisAt(99.9),
                Double.isNaN(result.percentAtFirst())
                        ? "–"
                        : String.format(Locale.ROOT, "%.2f %%", result.percentAtFirst()),
                result.percentFailed())));
        return table.toString();
    }

    private static String title(Scenario scenario) {
        return scenario.label.substring(0, 1).toUpperCase(Locale.ROOT) + scenario.label.substring(1);
    }
}
