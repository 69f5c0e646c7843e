package io.proxyd.bench.scenario;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One panel for each scenario: the 99th percentile of each second, on a logarithmic scale, a line for each algorithm. */
final class Plot {
    private static final int WIDTH = 860;
    private static final int PANEL = 150;
    private static final int TOP = 60;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final double LEAST_MILLIS = 10;
    private static final double DECADES = 4;

    private final StringBuilder svg = new StringBuilder();

    private Plot() {}

    static String of(Map<Scenario, Map<Algorithm, Results>> results) {
        return new Plot().draw(results);
    }

    private String draw(Map<Scenario, Map<Algorithm, Results>> results) {
        int height = TOP + results.size() * (PANEL + 34) + 10;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                        + "font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">",
                WIDTH, height, WIDTH, height);
        add("<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", WIDTH, height);
        add("<text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"600\">99th percentile of each second</text>");
        int x = 12;
        for (Algorithm algorithm : Algorithm.values()) {
            add("<rect x=\"%d\" y=\"32\" width=\"11\" height=\"11\" fill=\"%s\"/>", x, algorithm.colour);
            add("<text x=\"%d\" y=\"42\">%s</text>", x + 16, algorithm.label);
            x += 130;
        }
        int y = TOP;
        for (Map.Entry<Scenario, Map<Algorithm, Results>> panel : results.entrySet()) {
            panel(panel.getKey(), panel.getValue(), y);
            y += PANEL + 34;
        }
        return svg.append("</svg>\n").toString();
    }

    private void panel(Scenario scenario, Map<Algorithm, Results> results, int top) {
        add(
                "<text x=\"12\" y=\"%d\"><tspan font-weight=\"600\">%s</tspan>: %s</text>",
                top + 12, scenario.label, scenario.text);
        for (int decade = 0; decade <= DECADES; decade++) {
            double millis = LEAST_MILLIS * Math.pow(10, decade);
            double y = y(millis, top);
            add("<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>", LEFT, y, WIDTH - RIGHT);
            String unit = millis < 1000 ? String.format(Locale.ROOT, "%.0f ms", millis) : (int) (millis / 1000) + " s";
            add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 6, y + 4, unit);
        }
        results.forEach((algorithm, result) -> line(algorithm.colour, result.p99MillisBySecond(), top));
    }

    private void line(String colour, List<Double> millis, int top) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < millis.size(); i++) {
            double x = LEFT + (WIDTH - LEFT - RIGHT) * (i + 0.5) / millis.size();
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(millis.get(i), top)));
        }
        add("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"/>", points, colour);
    }

    private static double y(double millis, int top) {
        double decades = Math.log10(Math.max(LEAST_MILLIS, millis) / LEAST_MILLIS);
        return top + 18 + PANEL - 10 - (PANEL - 16) * Math.min(decades, DECADES) / DECADES;
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
