package io.proxyd.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the known word that an unknown one was probably meant to be. */
final class DidYouMean {
    private static final int LONGEST_CHARS = 64;
    private static final int LISTED = 12;

    private DidYouMean() {}

    /** What follows "X is unknown; ": the likely word, or a choice of the known ones. */
    static String hint(String word, Collection<String> known) {
        return closest(word, known)
                .map(match -> "did you mean " + Quoted.text(match) + "?")
                .orElseGet(() -> "expected one of " + list(known));
    }

    static Optional<String> closest(String word, Collection<String> known) {
        if (word.length() > LONGEST_CHARS) {
            return Optional.empty();
        }
        String written = kebab(word);
        int farthest = Math.max(1, written.length() / 3);
        return known.stream()
                .filter(candidate -> distance(written, kebab(candidate)) <= farthest)
                .min(Comparator.comparingInt(candidate -> distance(written, kebab(candidate))));
    }

    private static String list(Collection<String> known) {
        StringBuilder list = new StringBuilder();
        known.stream().limit(LISTED).forEach(word -> list.append(list.isEmpty() ? "" : ", ")
                .append(word));
        return known.size() > LISTED ? list.append(", ...").toString() : list.toString();
    }

    private static String kebab(String word) {
        return word.replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** Insertions, deletions, replacements and swaps of neighbours that make one word the other (optimal alignment). */
    static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            steps[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            steps[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replace = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                int best = Math.min(replace, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
                steps[i][j] = isSwap(a, b, i, j) ? Math.min(best, steps[i - 2][j - 2] + 1) : best;
            }
        }
        return steps[a.length()][b.length()];
    }

    private static boolean isSwap(String a, String b, int i, int j) {
        return i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    }
}
