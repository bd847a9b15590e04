"""The PyPI package nostr-relay on SQLite and a free port of loopback: prints its address, serves until it ends.

usage: pypi_relay.py DIRECTORY
"""

import os
import socket
import sys
import time

directory = sys.argv[1]
os.makedirs(directory, exist_ok=True)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

config = os.path.join(directory, "config.yaml")
with open(config, "w") as file:
    file.write(f"""
DEBUG: false
relay_name: interoperation
max_event_size: 131072
subscription_limit: 64
storage:
  sqlalchemy.url: sqlite+aiosqlite:///{directory}/relay.sqlite3
  num_concurrent_reqs: 10
  num_concurrent_adds: 2
  validators:
    - nostr_relay.validators.is_not_too_large
    - nostr_relay.validators.is_signed
    - nostr_relay.validators.is_recent
verification:
  nip05_verification: disabled
gunicorn:
  bind: 127.0.0.1:{port}
  workers: 1
  loglevel: warning
authentication:
  enabled: false
""")

# The relay does not say when it listens, so a child asks until it does; standard output is the child's alone.
if os.fork() == 0:
    server = os.getppid()
    while os.getppid() == server:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                print(f"ws://127.0.0.1:{port}", flush=True)
                break
        time.sleep(0.02)
    os._exit(0)

os.dup2(os.open(os.path.join(directory, "relay.log"), os.O_WRONLY | os.O_CREAT, 0o600), 1)
os.dup2(1, 2)
program = os.path.join(os.path.dirname(sys.executable), "nostr-relay")
os.execv(program, [program, "-c", config, "serve"])
