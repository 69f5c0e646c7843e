"""What the kernel accounts to a process: CPU time and memory, of it and its children."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(pid):
    """The process and its descendants (nginx's worker)."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(_stat(entry.name)[1]), []).append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                pass
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_seconds(pids):
    """User and system time so far, of all threads, ended ones too."""
    user = system = 0
    for pid in pids:
        fields = _stat(pid)
        user += int(fields[11])
        system += int(fields[12])
    return user / TICKS, system / TICKS


def rss_kib(pids):
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
