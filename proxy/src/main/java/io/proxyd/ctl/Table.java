package io.proxyd.ctl;

import java.util.ArrayList;
import java.util.List;

/** Lines of cells, aligned by column: numbers to the right, text to the left. */
final class Table {
    private static final String GAP = "  ";

    private final List<Column> columns = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    private record Column(String heading, boolean right) {}

    /** A text with its colour. */
    record Cell(String text, Style style) {
        /** A control character in it would let whoever registers a backend write to the operator's terminal. */
        Cell {
            text = text.codePoints()
                    .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
        }
    }

    Table left(String heading) {
        columns.add(new Column(heading, false));
        return this;
    }

    Table right(String heading) {
        columns.add(new Column(heading, true));
        return this;
    }

    /** Adds a line with one cell for each column. */
    void add(List<Cell> cells) {
        if (cells.size() != columns.size()) {
            throw new IllegalArgumentException(cells.size() + " cells, expected " + columns.size());
        }
        rows.add(List.copyOf(cells));
    }

    static Cell cell(Object text) {
        return new Cell(text.toString(), Style.PLAIN);
    }

    /** The lines with a heading, each with its line feed. */
    String print(boolean colours) {
        List<Cell> headings = columns.stream()
                .map(column -> new Cell(column.heading(), Style.HEADING))
                .toList();
        int[] widths = widths();
        StringBuilder text = new StringBuilder();
        print(headings, widths, text, colours);
        rows.forEach(row -> print(row, widths, text, colours));
        return text.toString();
    }

    private void print(List<Cell> row, int[] widths, StringBuilder text, boolean colours) {
        for (int i = 0; i < row.size(); i++) {
            String padding = " ".repeat(widths[i] - length(row.get(i)));
            String painted = row.get(i).style().paint(row.get(i).text(), colours);
            boolean last = i == row.size() - 1;
            if (columns.get(i).right()) {
                text.append(padding).append(painted);
            } else {
                text.append(painted).append(last ? "" : padding);
            }
            text.append(last ? "\n" : GAP);
        }
    }

    private int[] widths() {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).heading().length();
            for (List<Cell> row : rows) {
                widths[i] = Math.max(widths[i], length(row.get(i)));
            }
        }
        return widths;
    }

    private static int length(Cell cell) {
        return cell.text().codePointCount(0, cell.text().length());
    }
}
