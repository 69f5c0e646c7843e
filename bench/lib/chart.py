"""The chart: CPU per request as bars, relative to the better of nginx and HAProxy, as plain SVG."""

from xml.sax.saxutils import escape

COLOURS = {"nginx": "#7a8ba0", "haproxy": "#a9b7c6", "caddy": "#d0d7de", "proxyd": "#0b6e4f"}
NAMES = {"nginx": "nginx", "haproxy": "HAProxy", "caddy": "Caddy", "proxyd": "proxyd"}
WIDTH, LABEL, BAR, GAP, MOST = 860, 290, 15, 14, 2.5


def cpu_per_request(rows, results, facts):
    parts, y = [], 62
    scale = (WIDTH - LABEL - 130) / MOST
    for row in rows:
        measures = results[row.name]
        base = min(m["cpu_us"]["median"] for p, m in measures.items() if p != "proxyd")
        parts.append(f'<text x="{LABEL - 12}" y="{y + len(measures) * BAR / 2 + 4}" text-anchor="end">'
                     f"{escape(row.title)}</text>")
        for proxy in sorted(measures, key=lambda p: list(COLOURS).index(p)):
            cost = measures[proxy]["cpu_us"]
            share = cost["median"] / base
            width = min(share, MOST) * scale
            low, high = (LABEL + min(cost[k] / base, MOST) * scale for k in ("min", "max"))
            middle = y + BAR / 2
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{COLOURS[proxy]}"/>')
            parts.append(f'<path d="M{low:.1f} {middle - 1}H{high:.1f}" stroke="#222" stroke-width="1"/>')
            parts.append(f'<text x="{max(LABEL + width, high) + 6:.1f}" y="{y + 11}" class="n">'
                         f"{cost['median']:,.1f} µs ({share:.2f})</text>")
            y += BAR
        y += GAP
    line = LABEL + scale
    legend = "".join(
        f'<rect x="{LABEL + i * 95}" y="34" width="11" height="11" fill="{COLOURS[p]}"/>'
        f'<text x="{LABEL + i * 95 + 16}" y="44">{NAMES[p]}</text>'
        for i, p in enumerate(p for p in COLOURS if any(p in results[r.name] for r in rows)))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 22}" viewBox="0 0 {WIDTH} {y + 22}" '
            'font-family="system-ui, sans-serif" font-size="13" fill="#222">'
            "<style>.n{font-size:11px}</style>"
            f'<rect width="{WIDTH}" height="{y + 22}" fill="#fff"/>'
            '<text x="12" y="22" font-size="15" font-weight="600">CPU per request on one core; shorter is cheaper</text>'
            f'{legend}<path d="M{line:.1f} 54V{y - 6}" stroke="#222" stroke-dasharray="3 3"/>{"".join(parts)}'
            f'<text x="12" y="{y + 12}" class="n">Dashed: the better of the others. Medians, lines from the lowest to the '
            f'highest round. {escape(facts["date"])}, {escape(facts["kernel"])}, {facts["cores"]} cores.</text></svg>\n')
