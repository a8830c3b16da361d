"""python3-websockets as an echo that compresses; prints its port.

usage: echo.py OPTIONS, those of ServerPerMessageDeflateFactory as JSON, and "subprotocols"
"""
import asyncio
import json
import sys

import websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


async def echo(connection, *_):
    try:
        async for message in connection:
            await connection.send(message)
    except websockets.ConnectionClosed:
        pass


async def main():
    options = json.loads(sys.argv[1])
    subprotocols = options.pop("subprotocols", None)
    async with websockets.serve(echo, "127.0.0.1", 0, compression=None, max_size=None,
                                subprotocols=subprotocols,
                                extensions=[ServerPerMessageDeflateFactory(**options)]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
