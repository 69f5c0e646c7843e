"""Medians, the Markdown table and the JSON file."""

import json
from statistics import median

from . import chart

PEERS = ("nginx", "haproxy")


def spread(rounds, key):
    values = [r[key] for r in rounds]
    return {"median": median(values), "min": min(values), "max": max(values)}


def summary(row_rounds):
    """From {proxy: {"saturation": [...], "open": [...]}} to {proxy: {measure: spread}}."""
    result = {}
    for proxy, kinds in row_rounds.items():
        result[proxy] = {key: spread(kinds["saturation"], key)
                         for key in ("requests_per_second", "cpu_us", "user_us", "system_us", "core_busy", "rss_kib",
                                     "errors")}
        if kinds["open"]:
            for key in ("p50_us", "p99_us", "p999_us", "rate", "failed", "unanswered", "cpu_us"):
                result[proxy]["open_" + key] = spread(kinds["open"], key)
    return result


def ratio(measures, key):
    """proxyd to the better of nginx and HAProxy; the median over the rounds is taken first."""
    if "proxyd" not in measures or not all(p in measures and key in measures[p] for p in PEERS):
        return None
    return measures["proxyd"][key]["median"] / min(measures[p][key]["median"] for p in PEERS)


def _cell(measure, digits, scale=1.0):
    middle, low, high = (measure[k] * scale for k in ("median", "min", "max"))
    return f"{middle:,.{digits}f} ({low:,.{digits}f}..{high:,.{digits}f})"


def doubts(facts, rows, results):
    """What takes weight off the numbers; empty on a quiet machine."""
    found = []
    if facts["load_before"] > 1:
        found.append(f"The machine was at work on other things (load average {facts['load_before']:.1f} before the run). "
                     "Latencies then tell of that, not of the proxies, and CPU per request is higher and less sure.")
    idle = [r.title for r in rows if r.connections > 1 and
            max(m["core_busy"]["median"] for p, m in results[r.name].items() if p != "caddy") < 0.8]
    if idle:
        found.append("No proxy had its core to itself, or something else was the limit, so requests/s tell little: "
                     + "; ".join(idle) + ".")
    return found


def _verdict(row, measures):
    found = ratio(measures, "cpu_us")
    if found is None:
        return ""
    if row.target is None:
        return f"{found:.2f}"
    return f"{found:.2f}, {'reached' if found <= row.target else 'not reached'} (at most {row.target})"


def markdown(facts, versions, rows, results, commands, settings):
    lines = ["# Side by side", "",
             f"{facts['date']}; {facts['kernel']}, {facts['cores']} cores of {facts['cpu']}, "
             f"{facts['memory_mib']} MiB; load average before the run {facts['load_before']:.1f}.",
             f"proxyd {versions['proxyd']} on {facts['java']}; "
             + "; ".join(v for p, v in versions.items() if p != "proxyd") + ".",
             f"{settings['rounds']} rounds of {settings['seconds']} s for each proxy, one after the other; "
             "median (min..max).", "",
             *(line for doubt in doubts(facts, rows, results) for line in (f"**{doubt}**", "")),
             "## Cost and throughput at saturation", "",
             "| load | proxy | requests/s | CPU µs per request | user | system | core busy | RSS MiB | errors |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        for proxy, m in results[row.name].items():
            lines.append(f"| {row.title} | {proxy} | {_cell(m['requests_per_second'], 0)} | {_cell(m['cpu_us'], 2)} | "
                         f"{m['user_us']['median']:.2f} | {m['system_us']['median']:.2f} | "
                         f"{m['core_busy']['median']:.0%} | {m['rss_kib']['median'] / 1024:.0f} | "
                         f"{m['errors']['max']:.0f} |")
    lines += ["", "## Latency at a fixed rate", "",
              "Half of what the slowest of them reached at saturation, the same for all. Microseconds from when a "
              "request was due.", "",
              "| load | proxy | rate/s | p50 | p99 | p99.9 | CPU µs per request | failed |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        for proxy, m in results[row.name].items():
            if "open_p50_us" in m:
                lines.append(f"| {row.title} | {proxy} | {m['open_rate']['median']:,.0f} | {_cell(m['open_p50_us'], 0)} | "
                             f"{_cell(m['open_p99_us'], 0)} | {_cell(m['open_p999_us'], 0)} | "
                             f"{m['open_cpu_us']['median']:.2f} | "
                             f"{m['open_failed']['max'] + m['open_unanswered']['max']:.0f} |")
    lines += ["", "## proxyd to the better of nginx and HAProxy", "",
              "| load | CPU per request | p99 at half load |", "|---|---|---|"]
    for row in rows:
        p99 = ratio(results[row.name], "open_p99_us")
        lines.append(f"| {row.title} | {_verdict(row, results[row.name])} | {'' if p99 is None else f'{p99:.2f}'} |")
    lines += ["", "## Commands", "", "Ports are others in every run.", "", "```", *commands, "```", ""]
    return "\n".join(lines)


def write(folder, facts, versions, rows, rounds, commands, settings):
    folder.mkdir(parents=True, exist_ok=True)
    results = {row.name: summary(rounds[row.name]) for row in rows}
    document = {"machine": facts, "versions": versions, "settings": settings, "commands": commands,
                "rows": {row.name: {"title": row.title, "summary": results[row.name], "rounds": rounds[row.name]}
                         for row in rows}}
    (folder / "side-by-side.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "side-by-side.md").write_text(markdown(facts, versions, rows, results, commands, settings))
    (folder / "side-by-side.svg").write_text(chart.cpu_per_request(rows, results, facts))
