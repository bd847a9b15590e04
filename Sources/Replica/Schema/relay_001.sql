-- The embedded relay's own file: events as they are served.

CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  pubkey BLOB NOT NULL,
  kind INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  d TEXT,              -- replaceable: '', addressable: the d tag, others: NULL
  expires_at INTEGER,  -- NIP-40; NULL: never
  json BLOB NOT NULL
) STRICT;

CREATE INDEX event_by_time ON event (created_at DESC, id, kind);
CREATE INDEX event_by_kind ON event (kind, created_at DESC, id);
CREATE INDEX event_by_author ON event (pubkey, kind, created_at DESC, id);
CREATE UNIQUE INDEX event_by_coordinate ON event (pubkey, kind, d) WHERE d IS NOT NULL;
CREATE INDEX event_by_expiry ON event (expires_at) WHERE expires_at IS NOT NULL;

-- The first value of every single-letter tag.
CREATE TABLE tag (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (name, value, created_at DESC, id)
) STRICT, WITHOUT ROWID;
