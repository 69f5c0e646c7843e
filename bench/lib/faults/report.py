"""What is printed as it comes, the tables and the JSON file."""

import json

from ..chart import NAMES
from . import chart


BUSY = 3  # a load average that the lab alone does not reach


def _ms(value):
    return "–" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _errors(latencies):
    kinds = ", ".join(f"{count} × {kind}" for kind, count in latencies["error_kinds"].items())
    return f"{latencies['errors']:,}" + (f" ({kinds})" if kinds else "")


def _away(numbers):
    """When the victim was left alone, and when it got requests again, in words."""
    victim = numbers["victim"]
    if not victim["asked"]:
        return "–", "–"
    if victim["away_after_s"] is None:
        return "not", "–"
    back = victim["back_after_s"]
    return f"{victim['away_after_s']:.2f} s", "not" if back is None else f"{back:.2f} s"


def line(proxy, numbers):
    """What is printed when a run is over."""
    idempotent, post = numbers["get_put"], numbers["post"]
    away, back = _away(numbers)
    return (f"  {NAMES[proxy]:8}{numbers['requests']:7,}  "
            f"GET, PUT: errors {_errors(idempotent)}  over 1 s {idempotent['over_1s']:,}  p99 {_ms(idempotent['p99_ms'])}  "
            f"p99.9 {_ms(idempotent['p999_ms'])}  worst {_ms(idempotent['worst_ms'])} ms\n{'':19}"
            f"POST: errors {_errors(post)}  over 1 s {post['over_1s']:,}  p99 {_ms(post['p99_ms'])}  "
            f"worst {_ms(post['worst_ms'])} ms  twice {numbers['duplicate_posts']}\n{'':19}"
            f"victim: sent {numbers['victim']['requests_during_fault']:,}  away after {away}  back after {back}")


def _table(faults, results, kind):
    post = kind == "post"
    lines = ["| fault | proxy | requests | errors | over 1 s | p99 | p99.9 | worst |" + (" executed twice |" if post else
             " sent to the victim | away after | back after |"),
             "|---|---|" + "---:|" * (7 if post else 9)]
    for fault in faults:
        for proxy, numbers in results[fault.name].items():
            found = numbers[kind]
            cells = [fault.title, NAMES[proxy], f"{found['requests']:,}", _errors(found), f"{found['over_1s']:,}",
                     _ms(found["p99_ms"]), _ms(found["p999_ms"]), _ms(found["worst_ms"])]
            cells += [str(numbers["duplicate_posts"])] if post else [f"{numbers['victim']['requests_during_fault']:,}",
                                                                     *_away(numbers)]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _doubts(results):
    """What takes weight off the numbers; empty on a quiet machine."""
    averages = [numbers["load_average"] for runs in results.values() for numbers in runs.values()]
    if max(averages) < BUSY:
        return []
    return [f"**The machine was at work on other things: its load average was {min(averages):.1f} to {max(averages):.1f} after the "
            "runs. Latencies below some hundred milliseconds then tell of that, not of the proxies.**", ""]


def markdown(facts, versions, faults, results, settings):
    return "\n".join([
        "# Faults", "",
        f"{facts['date']}; {facts['kernel']}, {facts['cores']} cores of {facts['cpu']}, {facts['memory_mib']} MiB; load average "
        f"before the run {facts['load_before']:.1f}.",
        f"proxyd {versions.get('proxyd', '(not run)')} on {facts['java']}; "
        + "; ".join(v for p, v in versions.items() if p != "proxyd") + ".",
        f"`{settings['command']}`: {settings['rate']:.0f} requests/s, of which 75% GET, 5% PUT, 20% POST; each fault lasts "
        f"{settings['seconds']:g} s; {settings['restarts']} rolling restarts.", "",
        *_doubts(results),
        "Latencies are milliseconds from when a request was due. Counted is what was in progress when the fault began, or fell "
        "due until 5 s after its end. A failed request has the latency of its failure; *unanswered* ones had no answer 12 s after the "
        "last request. How it is measured, and what each column says: [README](../README.md#broken-backends-benchfaults).", "",
        "![worst latency and errors by fault](faults.svg)", "",
        "## GET and PUT", "", *_table(faults, results, "get_put"), "",
        "## POST", "", *_table(faults, results, "post"), "",
        "## The faults", "", "| name | fault | |", "|---|---|---|",
        *(f"| `{f.name}` | {f.title} | {f.note} |" for f in faults), ""])


def write(folder, facts, versions, faults, results, settings):
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": facts, "versions": versions, "settings": settings,
                "faults": {f.name: {"title": f.title, "note": f.note, "proxies": results[f.name]} for f in faults}}
    (folder / "faults.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "faults.md").write_text(markdown(facts, versions, faults, results, settings))
    (folder / "faults.svg").write_text(chart.worst(faults, results, facts))
