"""The faults: what happens to the backends while the load runs. The first backend is the victim, where there is one."""

import time
from dataclasses import dataclass
from typing import Callable

from .backend import one_listens

FLAP_SECONDS = 2
BETWEEN_RESTARTS_SECONDS = 0.5
RELAY_SECONDS = 0.5


@dataclass(frozen=True)
class Fault:
    """`play` runs from the beginning of the fault to its end, and takes as long; `victims`: how many backends it befalls, from
    the first on; `away`: whether it makes sense to ask when the victim gets no more requests, and when it gets them again."""

    name: str
    title: str
    note: str
    play: Callable
    prepare: Callable | None = None
    victims: int = 1
    away: bool = True


def nothing(lab, seconds):
    time.sleep(seconds)


def killed(lab, seconds):
    lab.victim.kill()
    time.sleep(seconds)
    lab.victim.start()


def stopped(lab, seconds):
    lab.victim.stop()
    time.sleep(seconds)
    lab.victim.start()


def silent(lab, seconds):
    lab.victim.host.link(up=False)
    time.sleep(seconds)
    lab.victim.host.link(up=True)


def frozen(lab, seconds):
    lab.victim.freeze()
    time.sleep(seconds)
    lab.victim.thaw()


def syn_dropped(lab, seconds):
    lab.victim.host.drop_syn(True)
    lab.victim.close_connections()
    time.sleep(seconds)
    lab.victim.host.drop_syn(False)


def misbehaving(name):
    """A fault within the server."""
    def play(lab, seconds):
        lab.victim.misbehave(name)
        time.sleep(seconds)
        lab.victim.misbehave("none")
    return play


def relayed(lab):
    lab.victim.behind_relay()


def late(lab, seconds):
    lab.victim.relay.delay_seconds = RELAY_SECONDS
    time.sleep(seconds)
    lab.victim.relay.delay_seconds = 0.0


def flapping(lab, seconds):
    for _ in range(max(2, round(seconds / FLAP_SECONDS))):
        lab.victim.kill()
        time.sleep(FLAP_SECONDS)
        lab.victim.start()
        time.sleep(FLAP_SECONDS)


def all_down(lab, seconds):
    for backend in lab.backends:
        backend.kill()
    time.sleep(seconds)
    for backend in lab.backends:
        backend.launch()
    one_listens(lab.backends)


def rolling(lab, seconds):
    for restart in range(lab.restarts):
        backend = lab.backends[restart % len(lab.backends)]
        backend.stop()
        backend.start()
        time.sleep(BETWEEN_RESTARTS_SECONDS)


WELL = "health checks are answered well"
FAULTS = [
    Fault("none", "no fault", "what the lab and the machine add by themselves", nothing, away=False),
    Fault("kill", "kill -9", "the process is killed, and started again at the end", killed),
    Fault("port-closed", "port closed", "the process ends in order, and is started again at the end", stopped),
    Fault("silent", "network silent", "the cable is pulled at the switch: `ip link set down` of the bridge's port", silent),
    Fault("frozen", "frozen", "SIGSTOP, and SIGCONT at the end", frozen),
    Fault("syn-dropped", "SYN dropped", "nft drops what would open connections; those that exist are closed by the server",
          syn_dropped),
    Fault("reset-at-accept", "reset at accept", "every new connection, and at the beginning all that exist; health checks too",
          misbehaving("reset-at-accept")),
    Fault("reset-after-request", "reset after the request", f"which was executed; {WELL}", misbehaving("reset-after-request")),
    Fault("reset-in-head", "reset in the head", WELL, misbehaving("reset-in-head")),
    Fault("reset-in-body", "reset in the body", f"after half of it; {WELL}", misbehaving("reset-in-body")),
    Fault("no-answer", "never answers", f"the request is executed; {WELL}", misbehaving("no-answer")),
    Fault("stall-in-body", "stalls in the body", f"after half of it; {WELL}", misbehaving("stall-in-body")),
    Fault("late", "slow by 500 ms", "by a relay in front of the server; health checks too", late, prepare=relayed),
    Fault("some-503", "30% answered 503", f"which are not executed; {WELL}", misbehaving("some-503")),
    Fault("flapping", "flapping", "killed, 2 s later started, 2 s later killed again", flapping, away=False),
    Fault("slow", "one of three slow 10 ×", "20 ms instead of 2 ms; health checks too", misbehaving("slow")),
    Fault("all-down", "all down, then back", "all three are killed, and started again at the end; nobody could answer meanwhile",
          all_down, victims=3),
    Fault("rolling", "rolling restarts", "one backend after the other ends in order and starts again", rolling, victims=3,
          away=False),
]
