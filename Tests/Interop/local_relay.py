"""rust-nostr's LocalRelay on a free port of loopback: prints its address, serves until it is killed."""

import asyncio

from nostr_sdk import LocalRelayBuilder, RateLimit


async def main():
    # Its own default of 60 events a minute would make every walk wait.
    limit = RateLimit(max_reqs=500, notes_per_minute=1_000_000)
    relay = LocalRelayBuilder().rate_limit(limit).build()
    await relay.run()
    print(await relay.url() if asyncio.iscoroutinefunction(relay.url) else relay.url(), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
