"""The mail server at the end of `bench.mail`: as fast as Python can be, so that it is not what gets measured.

    python -m bench.mail_sink PORT

Takes everything, keeps nothing, and says with XCOUNT how many mails came.
"""

import asyncio
import sys

END = b"\r\n.\r\n"


class Dialogue(asyncio.Protocol):
    """One session. `count` is that of all."""

    count = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport, self.buffer, self.in_message = transport, b"", False
        transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            before, end, rest = self.buffer.partition(END if self.in_message else b"\r\n")
            if not end:
                return
            self.buffer = rest
            if self.in_message:
                self.in_message = False
                Dialogue.count += 1
                self.transport.write(b"250 taken\r\n")
            else:
                self.answer(before[:4].upper())

    def answer(self, command: bytes) -> None:
        match command:
            case b"EHLO":
                self.transport.write(b"250-sink.example\r\n250-8BITMIME\r\n250 SIZE 30000000\r\n")
            case b"DATA":
                self.in_message = True
                self.transport.write(b"354 go on\r\n")
            case b"QUIT":
                self.transport.write(b"221 bye\r\n")
                self.transport.close()
            case b"XCOU":
                self.transport.write(b"250 %d\r\n" % Dialogue.count)
            case _:
                self.transport.write(b"250 ok\r\n")


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Dialogue, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
