"""TLS before a server that has none: what it is sent is passed on in the clear, on this machine."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""How a client of Postgres asks for TLS before it begins to speak it; it is answered S, or N where there is none."""
FATAL = b"SFATAL\0C28000\0Mno encryption\0\0"
CHUNK = 1 << 16


@asynccontextmanager
async def tls_front(port: int, certificate: Path, key: Path, *, postgres: bool = False) -> AsyncIterator[int]:
    """The port of a front of 127.0.0.1:`port`; before Postgres it asks for TLS as Postgres does."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if postgres and not await _asked(reader, writer, context):
                return
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=None if postgres else context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> bool:
    if await reader.read(CHUNK) != SSL_REQUEST:
        writer.write(b"E" + (4 + len(FATAL)).to_bytes(4, "big") + FATAL)
        writer.close()
        return False
    writer.write(b"S")
    await writer.drain()
    await writer.start_tls(context)
    return True


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
