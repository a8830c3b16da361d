"""python3-websockets as an echo that compresses; prints its port.

usage: echo.py OPTIONS, those of ServerPerMessageDeflateFactory as JSON, "subprotocols", and "choose":
the subprotocol to answer with, whatever was offered
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
    subprotocols, chosen = options.pop("subprotocols", None), options.pop("choose", None)
    async with websockets.serve(echo, "127.0.0.1", 0, compression=None, max_size=None,
                                subprotocols=subprotocols,
                                select_subprotocol=(lambda *_: chosen) if chosen else None,
                                extensions=[ServerPerMessageDeflateFactory(**options)]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
