"""A program on a host of the lab."""

import ctypes
import os
import signal
import subprocess
import threading
from pathlib import Path

from .. import machine
from ..servers import raise_limits

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
END_SECONDS = 12
# Nice values: what else the machine does is to show little, and a backend that starts again is not to delay proxy and load.
URGENT, LESS_URGENT = -10, -5
SESSION_NICE = Path("/proc/self/autogroup")


def _prepare(urgency):
    """In the child: as many files as there may be, and an end of its own when the lab dies. Started by the main thread only."""
    raise_limits()
    os.nice(urgency)
    if SESSION_NICE.exists():  # where the kernel shares time out by session, this is what counts
        SESSION_NICE.write_text(str(urgency))
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Program:
    """Runs until it is ended. What it says besides answers to orders goes to a log."""

    def __init__(self, host, command, log, orders=False, urgency=URGENT, env=None):
        self.log, self.command = log, command
        with open(log, "ab") as out:
            self.process = subprocess.Popen(host.command(*map(str, command)),
                                            stdin=subprocess.PIPE if orders else subprocess.DEVNULL,
                                            stdout=subprocess.PIPE if orders else out, stderr=out, text=True, env=env,
                                            preexec_fn=lambda: _prepare(urgency), start_new_session=True)

    def order(self, line, seconds=20):
        """Tells it something on its standard input, and waits until it has said that it is done."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.hear("done", seconds)

    def hear(self, word, seconds=20):
        """Waits for a line of its output."""
        late = threading.Timer(seconds, self.process.kill)
        late.start()
        try:
            heard = self.process.stdout.readline().strip()
        finally:
            late.cancel()
        if heard != word:
            machine.fail(f"{' '.join(map(str, self.command))} said {heard!r} and not {word!r} within {seconds} s; its log:\n"
                         + self.log_end())

    def log_end(self):
        return self.log.read_text(errors="replace")[-2000:]

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """In order, and by force when that takes too long."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self):
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass  # an order that it did not live to read
