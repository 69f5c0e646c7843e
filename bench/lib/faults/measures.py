"""What a run tells, from what became of each request and from what the proxy sent to the victim."""

import math

SLOW_SECONDS = 1.0
STILL_SECONDS = 0.5  # a victim that got a request so shortly before the end of the fault was never left alone


def _percentile(ordered, share):
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _ms(seconds):
    return None if seconds is None else round(seconds * 1000, 1)


class Run:
    """Counts the requests that were in progress when the fault began, and those that were due up to some seconds after its
    end."""

    def __init__(self, outcomes, began, ended, after_seconds, sent, executed, away):
        self.began, self.ended, self.until = began, ended, ended + after_seconds
        self.sent, self.executed, self.away = sorted(sent), executed, away
        self.requests = [self._read(line) for line in outcomes.read_text().splitlines()]

    @staticmethod
    def _read(line):
        due, end, method, outcome = line.split()
        return int(due) / 1e9, (int(end) - int(due)) / 1e9, method, outcome

    def numbers(self):
        counted = [r for r in self.requests if r[0] + r[1] >= self.began and r[0] < self.until]
        return {
            "fault_seconds": round(self.ended - self.began, 2),
            "requests": len(counted),
            "get_put": self._latencies([r for r in counted if r[2] != "POST"]),
            "post": self._latencies([r for r in counted if r[2] == "POST"]),
            "duplicate_posts": sum(times - 1 for times in self.executed.values()),
            "before": self._latencies([r for r in self.requests if r[0] + r[1] < self.began]),
            "victim": self._victim(),
        }

    @staticmethod
    def _latencies(requests):
        """A request that failed has the latency of its failure."""
        ordered = sorted(r[1] for r in requests)
        errors = [r[3] for r in requests if r[3] != "200"]
        return {
            "requests": len(requests),
            "errors": len(errors),
            "error_kinds": {kind: errors.count(kind) for kind in sorted(set(errors))},
            "over_1s": sum(latency > SLOW_SECONDS for latency in ordered),
            "p50_ms": _ms(_percentile(ordered, 0.5)),
            "p99_ms": _ms(_percentile(ordered, 0.99)),
            "p999_ms": _ms(_percentile(ordered, 0.999)),
            "worst_ms": _ms(ordered[-1] if ordered else None),
        }

    def _victim(self):
        """Requests of the load only, not health checks. `away_after_s` is None where it got some until the end of the fault,
        `back_after_s` where it did not get any in time."""
        during = [t for t in self.sent if self.began <= t < self.ended]
        found = {"requests_during_fault": len(during), "asked": self.away, "away_after_s": None, "back_after_s": None}
        if not self.away:
            return found
        if not during:
            found["away_after_s"] = 0.0
        elif during[-1] < self.ended - STILL_SECONDS:
            found["away_after_s"] = round(during[-1] - self.began, 2)
        again = next((t for t in self.sent if t >= self.ended), None)
        if again is not None and found["away_after_s"] is not None:
            found["back_after_s"] = round(again - self.ended, 2)
        return found
