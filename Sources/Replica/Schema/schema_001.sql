-- The local copy of everything decrypted. Three layers, each made from the one above it:
-- the log (what was signed), the fold (what it means), the search index.
-- Outbox, sync state and the small rows of the faces stand beside them.

-- What we know of relays. `id` is the bit in every `relays` mask.
CREATE TABLE relay (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 62),
  url TEXT NOT NULL UNIQUE,
  quirks TEXT NOT NULL DEFAULT '{}',
  contact_at INTEGER
);

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, sealed TEXT NOT NULL) WITHOUT ROWID;

-- A room is its audience key and its slug together, never the slug alone.
CREATE TABLE room (
  id INTEGER PRIMARY KEY,
  audience BLOB NOT NULL CHECK (length(audience) = 32),
  slug TEXT NOT NULL,
  relation INTEGER NOT NULL,
  since INTEGER NOT NULL,
  relays TEXT NOT NULL DEFAULT '[]',
  -- folded
  title TEXT, description TEXT, project TEXT,
  founder BLOB, epoch INTEGER NOT NULL DEFAULT 0, epoch_pubkey BLOB,
  closed_at INTEGER, declared_at INTEGER, declaration BLOB, payload_event BLOB,
  UNIQUE (audience, slug)
);

CREATE TABLE epoch_key (
  room INTEGER NOT NULL REFERENCES room, epoch INTEGER NOT NULL, pubkey BLOB NOT NULL,
  granter BLOB NOT NULL, grant_event INTEGER,
  sealed TEXT NOT NULL, state INTEGER NOT NULL, added_at INTEGER NOT NULL,
  PRIMARY KEY (room, epoch, pubkey, granter)
) WITHOUT ROWID;

-- The log -----------------------------------------------------------------------------------

-- What a replaceable event replaces: one row for each (room, kind, author, d) ever admitted.
-- Rooms and objects are never deleted, so that the rows of the log and of the fold name them without a check.
-- `key` is the first eight bytes of a hash over them, a tenth of an index over them; see ObjectKey.
CREATE TABLE object (
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL, kind INTEGER NOT NULL,
  author BLOB NOT NULL, d TEXT NOT NULL, key INTEGER NOT NULL
);
CREATE INDEX object_key ON object (key);
CREATE INDEX object_public ON object (room, kind) WHERE kind < 30530 OR kind = 30536;

-- One row for each authentic event. `admitted`: it takes part in the fold.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
  room INTEGER, object INTEGER,
  kind INTEGER NOT NULL, author BLOB NOT NULL, created_at INTEGER NOT NULL,
  epoch INTEGER, received_at INTEGER NOT NULL, relays INTEGER NOT NULL DEFAULT 0,
  admitted INTEGER NOT NULL, verdict INTEGER NOT NULL, reason TEXT
);
CREATE INDEX event_room ON event (room);
CREATE INDEX event_object ON event (object, created_at) WHERE object IS NOT NULL;
CREATE INDEX event_refused ON event (room, seq) WHERE verdict >= 2;

-- Apart from `event`, so that lists of events touch few pages.
CREATE TABLE event_body (
  event INTEGER PRIMARY KEY REFERENCES event ON DELETE CASCADE,
  packed BLOB NOT NULL, payload BLOB
);

-- Events that wait: for a key, a declaration, a room, or their time.
CREATE TABLE held (
  event INTEGER PRIMARY KEY REFERENCES event ON DELETE CASCADE,
  need INTEGER NOT NULL, address TEXT NOT NULL, epoch INTEGER, not_before INTEGER,
  sender BLOB NOT NULL, known INTEGER NOT NULL, bytes INTEGER NOT NULL, wrap BLOB
);
CREATE INDEX held_unknown ON held (event) WHERE known = 0;
CREATE INDEX held_need ON held (need, address, epoch);
CREATE INDEX held_time ON held (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX held_sender ON held (sender, event);

-- Every gift wrap that was opened or found to be forever closed, by id.
CREATE TABLE wrap (
  id BLOB PRIMARY KEY, created_at INTEGER NOT NULL, event INTEGER,
  state INTEGER NOT NULL, relays INTEGER NOT NULL
) WITHOUT ROWID;

-- What happened, in the order of commits: the feed of `watch` and of the doorbell.
CREATE TABLE change (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL, type INTEGER NOT NULL, room INTEGER, object INTEGER, event INTEGER
);

-- The fold ----------------------------------------------------------------------------------

CREATE TABLE member (
  room INTEGER NOT NULL REFERENCES room, pubkey BLOB NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (room, pubkey)
) WITHOUT ROWID;
CREATE TABLE author (
  room INTEGER NOT NULL REFERENCES room, pubkey BLOB NOT NULL, removed_at INTEGER,
  PRIMARY KEY (room, pubkey)
) WITHOUT ROWID;
CREATE TABLE profile (
  room INTEGER NOT NULL REFERENCES room, pubkey BLOB NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (room, pubkey)
) WITHOUT ROWID;

-- What the fold of a card needs of each version; the rest is in the payload of the newest.
CREATE TABLE card_version (
  event INTEGER PRIMARY KEY REFERENCES event ON DELETE CASCADE,
  object INTEGER NOT NULL, created_at INTEGER NOT NULL, id BLOB NOT NULL,
  status TEXT NOT NULL, assignees BLOB NOT NULL, approvers BLOB NOT NULL, title TEXT NOT NULL,
  fabric INTEGER NOT NULL
);
CREATE INDEX card_version_object ON card_version (object, created_at);

CREATE TABLE card (
  object INTEGER PRIMARY KEY,
  room INTEGER NOT NULL, event INTEGER NOT NULL, event_id BLOB NOT NULL, author BLOB NOT NULL,
  d TEXT NOT NULL, kind TEXT NOT NULL, track TEXT NOT NULL, status TEXT NOT NULL,
  assignee BLOB, assignees BLOB NOT NULL, shown INTEGER NOT NULL,
  -- the last arrival that is worth a look: a version, a word, or that it is done
  news INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  comments INTEGER NOT NULL DEFAULT 0, stripped INTEGER NOT NULL,
  -- for whoever works on it: put aside until somebody says so; which time it is worked on, and whether an
  -- order to do it again is newer than its state
  held INTEGER NOT NULL, cycle INTEGER NOT NULL, retried INTEGER NOT NULL,
  title TEXT NOT NULL, tags TEXT NOT NULL
);
CREATE INDEX card_room ON card (room, updated_at, object) WHERE shown;
CREATE INDEX card_track ON card (room, track, updated_at, object) WHERE shown;
CREATE INDEX card_status ON card (room, status, updated_at, object) WHERE shown;
CREATE INDEX card_track_status ON card (room, track, status, updated_at, object) WHERE shown;
CREATE INDEX card_assignee ON card (room, assignee, updated_at, object)
  WHERE shown AND assignee IS NOT NULL;
CREATE INDEX card_d ON card (d);
CREATE INDEX card_news ON card (news) WHERE shown;
CREATE INDEX card_held ON card (updated_at, object) WHERE shown AND held;

-- The long texts of cards and entries. Apart from their rows, which change with everything that hangs on
-- them: a page that is written again and again should hold many of them.
CREATE TABLE words (
  object INTEGER PRIMARY KEY,
  body TEXT NOT NULL, options TEXT NOT NULL, blocks TEXT NOT NULL, fabric TEXT
);

-- Ids that a card's own author says it had before; they count only while nobody holds the event.
CREATE TABLE alias (
  room INTEGER NOT NULL, id BLOB NOT NULL, object INTEGER NOT NULL,
  created_at INTEGER NOT NULL, claim BLOB NOT NULL,
  PRIMARY KEY (room, id, object)
) WITHOUT ROWID;
CREATE INDEX alias_object ON alias (object);

-- Comments, questions and answers. `loose`: its parent may still change when something arrives.
CREATE TABLE entry (
  object INTEGER PRIMARY KEY,
  room INTEGER NOT NULL, kind INTEGER NOT NULL, event INTEGER NOT NULL, event_id BLOB NOT NULL,
  author BLOB NOT NULL, created_at INTEGER NOT NULL, written_at INTEGER NOT NULL,
  first_seq INTEGER NOT NULL, versions INTEGER NOT NULL,
  target_id BLOB, target_address TEXT, loose INTEGER NOT NULL, parent INTEGER, root INTEGER,
  intent TEXT, to_status TEXT, from_status TEXT, track TEXT, answers INTEGER NOT NULL DEFAULT 0,
  -- `first_seq` of what raises unread: neither progress nor a change of status
  news INTEGER,
  -- of a question: what waiting for an answer costs, and whether its card was deleted
  urgency INTEGER, gone INTEGER NOT NULL DEFAULT 0,
  -- of a question: the run that waits for the answer, and what settled it
  run TEXT, settled INTEGER,
  -- what it does to the card that it is on, if its signer may; and, of a change, whether the card is put aside
  effect INTEGER NOT NULL, hold INTEGER NOT NULL,
  -- the channel that it names itself, and the connection that its author spoke through
  channel TEXT, conn TEXT
);
CREATE INDEX entry_talk ON entry (author) WHERE kind >= 30534;
CREATE INDEX entry_asked ON entry (first_seq) WHERE kind >= 30534;
CREATE INDEX entry_target ON entry (target_id) WHERE loose AND target_id IS NOT NULL;
CREATE INDEX entry_address ON entry (target_address) WHERE loose AND target_address IS NOT NULL;
CREATE INDEX entry_parent ON entry (parent, kind) WHERE parent IS NOT NULL;
CREATE INDEX entry_root ON entry (root, news, kind, author, conn)
  WHERE root IS NOT NULL AND to_status IS NULL;
CREATE INDEX entry_thread ON entry (root, created_at, event_id) WHERE root IS NOT NULL;
CREATE INDEX entry_effect ON entry (parent, effect) WHERE effect > 0;
CREATE INDEX question_room ON entry (room, created_at, event_id) WHERE kind = 30534;
CREATE INDEX question_open ON entry (room, created_at, event_id)
  WHERE kind = 30534 AND answers = 0 AND NOT gone;
CREATE INDEX question_run ON entry (root, author) WHERE run IS NOT NULL AND root IS NOT NULL;
CREATE INDEX question_urgency ON entry (urgency, created_at, event_id)
  WHERE kind = 30534 AND answers = 0 AND NOT gone;

CREATE TABLE track_version (
  event INTEGER PRIMARY KEY REFERENCES event ON DELETE CASCADE,
  room INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL, id BLOB NOT NULL,
  author BLOB NOT NULL
);
CREATE INDEX track_version_name ON track_version (room, name, created_at);
CREATE TABLE track (
  room INTEGER NOT NULL, name TEXT NOT NULL, event INTEGER, author BLOB,
  title TEXT NOT NULL, description TEXT, layout TEXT, closed_at INTEGER, updated_at INTEGER,
  PRIMARY KEY (room, name)
) WITHOUT ROWID;
CREATE TABLE tally (
  room INTEGER NOT NULL, track TEXT NOT NULL, status TEXT NOT NULL, cards INTEGER NOT NULL,
  PRIMARY KEY (room, track, status)
) WITHOUT ROWID;

CREATE TABLE dispatch (
  object INTEGER PRIMARY KEY REFERENCES object,
  room INTEGER NOT NULL, event INTEGER NOT NULL, event_id BLOB NOT NULL, author BLOB NOT NULL,
  subject TEXT NOT NULL, chosen TEXT NOT NULL, reason TEXT NOT NULL, created_at INTEGER NOT NULL,
  -- of a run: the card as it names it and as it was found, and whether its signer may speak of a run there
  target_id BLOB, target_address TEXT, card INTEGER, allowed INTEGER NOT NULL,
  run TEXT
);
CREATE INDEX dispatch_room ON dispatch (room, created_at, object);
CREATE INDEX dispatch_card ON dispatch (card) WHERE card IS NOT NULL;
CREATE INDEX dispatch_target ON dispatch (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX dispatch_address ON dispatch (target_address)
  WHERE target_address IS NOT NULL;

-- Channels ----------------------------------------------------------------------------------

-- Cards that posts hang on. Of a name there may be several; the earliest is the canonical one.
CREATE TABLE channel_root (
  object INTEGER PRIMARY KEY REFERENCES object,
  room INTEGER NOT NULL, name TEXT NOT NULL,
  -- of its first version
  created_at INTEGER NOT NULL, id BLOB NOT NULL
);
CREATE INDEX channel_root_name ON channel_root (room, name, created_at, id);

-- Connections as the cards of their own signers name them.
CREATE TABLE agent (
  object INTEGER PRIMARY KEY REFERENCES object,
  room INTEGER NOT NULL, pubkey BLOB NOT NULL, conn TEXT NOT NULL,
  name TEXT NOT NULL, role TEXT NOT NULL, retired INTEGER NOT NULL,
  -- whose machine it runs on
  owner BLOB,
  UNIQUE (room, pubkey, conn)
);

-- Entries that belong to a channel: by the name they carry, or by what they hang on.
CREATE TABLE post (
  object INTEGER PRIMARY KEY REFERENCES object,
  room INTEGER NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  at INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL,
  -- the event that it answers, and that event's author once it is here
  reply_to BLOB, reply_author BLOB
);
CREATE INDEX post_channel ON post (room, channel, at, id);
CREATE INDEX post_arrival ON post (room, channel, seq);
CREATE INDEX post_reply ON post (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX post_waiting ON post (reply_to) WHERE reply_to IS NOT NULL AND reply_author IS NULL;
CREATE INDEX post_answered ON post (reply_author, seq) WHERE reply_author IS NOT NULL;

-- Whom an entry means. `conn` is empty for all connections of the key.
CREATE TABLE mention (
  object INTEGER NOT NULL REFERENCES object, pubkey BLOB NOT NULL, conn TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (object, pubkey, conn)
) WITHOUT ROWID;
CREATE INDEX mention_pubkey ON mention (pubkey, conn, seq);

-- Presence ----------------------------------------------------------------------------------

-- Signs of life as this home has received them, one row for each key and each of its connections
-- (`conn`, empty for the key itself). Local: no two members need to agree on it.
CREATE TABLE presence (
  room INTEGER NOT NULL REFERENCES room, pubkey BLOB NOT NULL, conn TEXT NOT NULL,
  -- heard last; what that event says of its own time; the newest time that was signed
  life_at INTEGER NOT NULL, life_signed INTEGER NOT NULL, signed_at INTEGER NOT NULL,
  progress_at INTEGER, agent INTEGER NOT NULL,
  -- the newest entry with words, with a heartbeat, and the newest record of a run
  words INTEGER, words_at INTEGER, words_id BLOB,
  beat INTEGER, beat_at INTEGER, beat_id BLOB,
  run INTEGER, run_at INTEGER, run_id BLOB,
  PRIMARY KEY (room, pubkey, conn)
) WITHOUT ROWID;
-- How many events in each five minutes, for the last hour of each.
CREATE TABLE activity (
  room INTEGER NOT NULL, pubkey BLOB NOT NULL, conn TEXT NOT NULL,
  slot INTEGER NOT NULL, events INTEGER NOT NULL,
  PRIMARY KEY (room, pubkey, conn, slot)
) WITHOUT ROWID;

-- Search ------------------------------------------------------------------------------------

CREATE VIEW searchable (id, title, body) AS
  SELECT w.object, coalesce(c.title, ''), w.body FROM words w LEFT JOIN card c ON c.object = w.object;
CREATE VIRTUAL TABLE search USING fts5 (
  title, body, content = 'searchable', content_rowid = 'id', columnsize = 0,
  prefix = '3', tokenize = 'unicode61 remove_diacritics 2'
);
-- What a catch-up has folded and not indexed yet; the engine indexes it when it has nothing better to do.
CREATE TABLE search_due (object INTEGER PRIMARY KEY);
-- Merging less often, and gathering a whole batch before it is written, halves the cost of a catch-up here;
-- a query is no dearer.
INSERT INTO search (search, rank) VALUES ('automerge', 16);
INSERT INTO search (search, rank) VALUES ('crisismerge', 32);
INSERT INTO search (search, rank) VALUES ('hashsize', 8388608);

-- The outbox --------------------------------------------------------------------------------

CREATE TABLE intent (
  id INTEGER PRIMARY KEY AUTOINCREMENT, idem TEXT NOT NULL UNIQUE,
  verb TEXT NOT NULL, arguments TEXT NOT NULL, created_at INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, result TEXT, error TEXT
);
CREATE INDEX intent_queued ON intent (id) WHERE state = 0;

CREATE TABLE outbox_event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, room INTEGER,
  kind INTEGER NOT NULL, raw BLOB NOT NULL, accepted_at INTEGER NOT NULL,
  wraps INTEGER NOT NULL, undelivered INTEGER NOT NULL
);
-- The bytes as they were frozen; dropped when every relay's outcome is final.
CREATE TABLE outbox_wrap (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE,
  event INTEGER NOT NULL REFERENCES outbox_event ON DELETE CASCADE, recipient BLOB,
  raw BLOB, created_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
  pending INTEGER NOT NULL, acked INTEGER NOT NULL DEFAULT 0, replaced INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_wrap_event ON outbox_wrap (event);
CREATE INDEX outbox_wrap_stale ON outbox_wrap (created_at) WHERE pending > 0 AND acked = 0;
CREATE TABLE delivery (
  wrap INTEGER NOT NULL REFERENCES outbox_wrap ON DELETE CASCADE, relay INTEGER NOT NULL,
  state INTEGER NOT NULL, next_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  ambiguous INTEGER NOT NULL DEFAULT 0, error TEXT,
  PRIMARY KEY (wrap, relay)
) WITHOUT ROWID;
CREATE INDEX delivery_due ON delivery (relay, next_at, wrap) WHERE state = 0;
CREATE INDEX delivery_flying ON delivery (relay, wrap) WHERE state = 1;

-- Sync state --------------------------------------------------------------------------------

CREATE TABLE coverage (
  relay INTEGER NOT NULL, filter BLOB NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
  verified_at INTEGER NOT NULL, method INTEGER NOT NULL, PRIMARY KEY (relay, filter, low)
) WITHOUT ROWID;

-- The faces' own rows -----------------------------------------------------------------------

-- Up to which arrival somebody has read a card; the floor holds for cards without a mark.
CREATE TABLE read_mark (
  object INTEGER PRIMARY KEY REFERENCES object, through INTEGER NOT NULL
);
CREATE TABLE read_floor (room INTEGER PRIMARY KEY REFERENCES room, through INTEGER NOT NULL);
-- This identity's own connections by the names that people give them; '' is the identity itself.
CREATE TABLE connection (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL
) WITHOUT ROWID;
-- `since`: the last arrival before the subscription begins. Of a muted channel only mentions and answers count.
CREATE TABLE subscription (
  conn TEXT NOT NULL, room INTEGER NOT NULL REFERENCES room, channel TEXT NOT NULL,
  since INTEGER NOT NULL, muted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (conn, room, channel)
) WITHOUT ROWID;
CREATE TABLE seen (
  conn TEXT NOT NULL, object INTEGER NOT NULL REFERENCES object, at INTEGER NOT NULL,
  PRIMARY KEY (conn, object)
) WITHOUT ROWID;
CREATE TABLE draft (
  name TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL -- last changed
) WITHOUT ROWID;
-- Silences that the person has put aside: `life_at` is the sign of life that each began with.
CREATE TABLE silence (
  room INTEGER NOT NULL REFERENCES room, pubkey BLOB NOT NULL, conn TEXT NOT NULL,
  life_at INTEGER NOT NULL, PRIMARY KEY (room, pubkey, conn)
) WITHOUT ROWID;
-- What this person has put out of sight: until a time; else until `speaker`, or anybody else where
-- there is none, writes something that arrives after `through`.
CREATE TABLE aside (
  object INTEGER PRIMARY KEY REFERENCES object, until INTEGER, speaker BLOB,
  through INTEGER NOT NULL
);
CREATE INDEX aside_until ON aside (until) WHERE until IS NOT NULL;
-- Problems that the person has put aside: until a time; else for as long as what they rest on is `mark`.
CREATE TABLE problem_aside (
  id TEXT PRIMARY KEY, mark TEXT NOT NULL, until INTEGER, at INTEGER NOT NULL
) WITHOUT ROWID;

-- The worker's own rows ---------------------------------------------------------------------

-- What this identity's agent has taken up. The unique key alone gives the right to run.
CREATE TABLE worker_run (
  run TEXT PRIMARY KEY,
  profile TEXT NOT NULL, room INTEGER NOT NULL REFERENCES room, card INTEGER NOT NULL REFERENCES object,
  card_addr TEXT NOT NULL, cycle INTEGER NOT NULL, card_event BLOB NOT NULL, author BLOB NOT NULL,
  content_hash BLOB NOT NULL,
  -- `created_at` when it was taken up, `due_at` when it may be begun (again)
  state TEXT NOT NULL, attempt INTEGER NOT NULL, created_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
  started_at INTEGER, ended_at INTEGER,
  outcome TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, adapter TEXT NOT NULL, session TEXT,
  cost_usd REAL, active_s INTEGER NOT NULL, segment INTEGER NOT NULL,
  -- how many events it has cost
  events INTEGER NOT NULL, published_at INTEGER NOT NULL,
  -- of the cost, that of its earlier segments
  cost_before REAL NOT NULL DEFAULT 0,
  -- the last of its program's requests that was seen to, and how many words to it were handed on
  requests INTEGER NOT NULL DEFAULT 0, steers INTEGER NOT NULL DEFAULT 0,
  steers_before INTEGER NOT NULL DEFAULT 0, stuck INTEGER NOT NULL DEFAULT 0,
  -- the run in whose place it works; what it may cost instead, and by whose word
  place TEXT, raised_usd REAL, raised_by BLOB,
  UNIQUE (profile, card_addr, cycle)
) WITHOUT ROWID;
CREATE INDEX worker_run_live ON worker_run (profile, created_at) WHERE state <> 'done';
CREATE INDEX worker_run_time ON worker_run (profile, created_at);
CREATE INDEX worker_run_card ON worker_run (card);
-- What programs have asked, until it is settled and after.
CREATE TABLE worker_question (
  run TEXT NOT NULL REFERENCES worker_run, n INTEGER NOT NULL, d TEXT NOT NULL, segment INTEGER NOT NULL,
  asked TEXT NOT NULL, blocking INTEGER NOT NULL, digest TEXT, asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, state TEXT NOT NULL, answer TEXT, answered_by BLOB, answer_event BLOB,
  settled_at INTEGER,
  -- whether the program knows the answer
  hearing INTEGER NOT NULL, PRIMARY KEY (run, n)
) WITHOUT ROWID;
-- Cards that were passed over, and for what: told once.
CREATE TABLE worker_skip (
  profile TEXT NOT NULL, card_addr TEXT NOT NULL, cycle INTEGER NOT NULL, card INTEGER NOT NULL,
  card_event BLOB NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
  -- what a run of it could have cost
  budget_usd REAL,
  PRIMARY KEY (profile, card_addr, cycle)
) WITHOUT ROWID;
-- Whose cards this identity's agent works on. `once` is bound to what the card said.
CREATE TABLE worker_consent (
  profile TEXT NOT NULL, room INTEGER NOT NULL REFERENCES room, author BLOB NOT NULL,
  content_hash BLOB NOT NULL, -- empty but for `once`
  decision TEXT NOT NULL, limits TEXT NOT NULL, at INTEGER NOT NULL, used_by TEXT,
  PRIMARY KEY (profile, room, author, content_hash)
) WITHOUT ROWID;
-- What each program said when it was last looked whether it can be run.
CREATE TABLE adapter_check (
  name TEXT PRIMARY KEY, chosen INTEGER NOT NULL, version TEXT, failure TEXT, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE worker_state (
  profile TEXT PRIMARY KEY, mode TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
