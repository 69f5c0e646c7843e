"""What is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One kind of load. `target`: the ratio of proxyd's CPU per request to the better of nginx and HAProxy to stay below."""

    name: str
    title: str
    path: str
    connections: int
    target: float | None = None
    close: bool = False
    upload: bool = False
    open_loop: bool = True
    quick: bool = False


ROWS = [
    Row("64b-1", "64 B, 1 connection", "/64", 1),
    Row("64b-64", "64 B, 64 connections", "/64", 64, target=1.0, quick=True),
    Row("64b-256", "64 B, 256 connections", "/64", 256, target=1.0, quick=True),
    Row("64b-1000", "64 B, 1,000 connections", "/64", 1000),
    Row("10k-64", "10 KiB, 64 connections", "/10k", 64, target=0.95),
    Row("1m-64", "1 MiB, 64 connections", "/1m", 64, target=0.95),
    Row("upload-64", "64 KiB upload, 64 connections", "/upload", 64, upload=True, open_loop=False),
    Row("close-64", "64 B, connection per request, 64 clients", "/64", 64, target=1.1, close=True, open_loop=False),
]
