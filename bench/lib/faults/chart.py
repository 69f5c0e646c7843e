"""The chart: the worst latency of GET and PUT for each fault as bars on a logarithmic scale, with the errors beside, as plain
SVG."""

import math
from xml.sax.saxutils import escape

from ..chart import COLOURS, NAMES

WIDTH, LABEL, BAR, GAP, TOP, LEAST_MS, MOST_MS = 900, 190, 13, 11, 62, 1, 20_000


def _x(ms):
    share = math.log(max(ms, LEAST_MS) / LEAST_MS) / math.log(MOST_MS / LEAST_MS)
    return LABEL + min(share, 1) * (WIDTH - LABEL - 190)


def _words(ms):
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"


def worst(faults, results, facts):
    parts, y = [], TOP
    for fault in faults:
        runs = results[fault.name]
        parts.append(f'<text x="{LABEL - 12}" y="{y + len(runs) * BAR / 2 + 4}" text-anchor="end">{escape(fault.title)}</text>')
        for proxy, numbers in runs.items():
            found, post = numbers["get_put"], numbers["post"]
            end = _x(found["worst_ms"] or LEAST_MS)
            said = [_words(found["worst_ms"] or 0)]
            said += [f"{found['errors']:,} errors"] if found["errors"] else []
            said += [f"{post['errors']:,} of POST"] if post["errors"] else []
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{end - LABEL:.1f}" height="{BAR - 2}" fill="{COLOURS[proxy]}"/>')
            parts.append(f'<text x="{end + 6:.1f}" y="{y + 10}" class="n">{", ".join(said)}</text>')
            y += BAR
        y += GAP
    lines = "".join(f'<path d="M{_x(ms):.1f} 54V{y - 6}" stroke="#bbb" stroke-dasharray="3 3"/>'
                    f'<text x="{_x(ms):.1f}" y="{y + 6}" class="n" text-anchor="middle">{_words(ms)}</text>'
                    for ms in (10, 100, 300, 1000, 10_000))
    present = [p for p in COLOURS if any(p in runs for runs in results.values())]
    legend = "".join(f'<rect x="{LABEL + i * 95}" y="34" width="11" height="11" fill="{COLOURS[p]}"/>'
                     f'<text x="{LABEL + i * 95 + 16}" y="44">{NAMES[p]}</text>' for i, p in enumerate(present))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 36}" viewBox="0 0 {WIDTH} {y + 36}" '
            'font-family="system-ui, sans-serif" font-size="13" fill="#222">'
            "<style>.n{font-size:11px}</style>"
            f'<rect width="{WIDTH}" height="{y + 36}" fill="#fff"/>'
            '<text x="12" y="22" font-size="15" font-weight="600">The worst wait of a GET or PUT while backends break; shorter is '
            f'better</text>{lines}{legend}{"".join(parts)}'
            f'<text x="12" y="{y + 28}" class="n">Logarithmic scale; errors of GET and PUT, and of POST, beside the bars. '
            f'{escape(facts["date"])}, {escape(facts["kernel"])}, {facts["cores"]} cores.</text></svg>\n')
