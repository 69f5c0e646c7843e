"""A relay in front of a server on the same host, that can hold back what the server says."""

import asyncio
import threading


class Relay:
    """Passes bytes on; those of the server `delay_seconds` late. Runs in a thread of its own, which is on the server's host."""

    def __init__(self, host, port, server_port):
        self.host, self.port, self.server_port = host, port, server_port
        self.delay_seconds = 0.0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        if not ready.wait(10):
            raise RuntimeError(f"the relay on {host.address}:{port} does not start")

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def _run(self, ready):
        self.host.enter()
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._accepted, "0.0.0.0", self.port, backlog=4096))
        ready.set()
        self.loop.run_forever()
        server.close()
        while tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.close()

    async def _accepted(self, reader, writer):
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(self._pass(reader, server_writer, delayed=False),
                                 self._pass(server_reader, writer, delayed=True))
        except OSError:
            pass  # one side reset it, so the other is to lose it too
        finally:
            writer.close()
            server_writer.close()

    async def _pass(self, reader, writer, delayed):
        while data := await reader.read(65536):
            if delayed and self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
