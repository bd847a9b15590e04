"""rust-nostr's LocalRelay on a free port of loopback: prints its address, serves until it is killed.

With --auth it demands NIP-42 of whoever reads or writes, and serves a wrap only to its recipient.
"""

import asyncio
import sys

from nostr_sdk import (
    LocalRelayBuilder,
    LocalRelayBuilderNip42,
    LocalRelayBuilderNip42Mode,
    RateLimit,
)


async def main():
    # Its own default of 60 events a minute would make every walk wait.
    limit = RateLimit(max_reqs=500, notes_per_minute=1_000_000)
    builder = LocalRelayBuilder().rate_limit(limit)
    if "--auth" in sys.argv:
        everything = LocalRelayBuilderNip42(mode=LocalRelayBuilderNip42Mode.BOTH)
        builder = builder.nip42(everything).auth_dm(True)
    relay = builder.build()
    await relay.run()
    print(await relay.url(), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
