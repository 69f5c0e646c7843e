"""A WebSocket server that sends every message back: echo.py PORT. Runs in the virtual environment of bench/autobahn."""

import asyncio
import http
import sys

from websockets.asyncio.server import serve


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def ready(connection, request):
    if request.path == "/ready":
        return connection.respond(http.HTTPStatus.OK, "ready\n")
    return None


async def main():
    async with serve(echo, "127.0.0.1", int(sys.argv[1]), process_request=ready, max_size=None) as server:
        await server.serve_forever()


asyncio.run(main())
