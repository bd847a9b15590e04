-- What an inbox counts stands in the indexes that it counts by: the rows lie as far apart as the log is long.

-- Entries that belong to a channel: by the name they carry, or by what they hang on.
CREATE TABLE post_now (
  object INTEGER PRIMARY KEY REFERENCES object,
  room INTEGER NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  at INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL,
  -- who wrote it, through which connection (empty for the key itself), and whether it raises unread
  author BLOB NOT NULL, conn TEXT NOT NULL, news INTEGER NOT NULL,
  -- the event that it answers; who wrote that, and through which connection, once it is here
  reply_to BLOB, reply_author BLOB, reply_conn TEXT
);
INSERT INTO post_now
  SELECT p.object, p.room, p.channel, p.kind, p.at, p.id, p.seq,
    n.author, coalesce(n.conn, ''), n.news IS NOT NULL, p.reply_to, p.reply_author,
    (SELECT coalesce(a.conn, '') FROM event e JOIN entry a ON a.object = e.object
     WHERE e.id = p.reply_to AND e.room = p.room AND e.admitted)
  FROM post p JOIN entry n ON n.object = p.object;
DROP TABLE post;
ALTER TABLE post_now RENAME TO post;
CREATE INDEX post_channel ON post (room, channel, at, id);
CREATE INDEX post_arrival ON post (room, channel, seq, kind, news, author, conn, reply_author);
CREATE INDEX post_talk ON post (seq, room, channel, author, conn, kind, news)
  WHERE kind IN ('question', 'answer') AND news;
CREATE INDEX post_reply ON post (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX post_waiting ON post (reply_to) WHERE reply_to IS NOT NULL AND reply_conn IS NULL;
CREATE INDEX post_answered ON post (reply_author, reply_conn, seq, room, channel, author, conn, news)
  WHERE reply_author IS NOT NULL AND news;

-- Whom an entry means. `conn` is empty for all connections of the key.
CREATE TABLE mention_now (
  object INTEGER NOT NULL REFERENCES object, pubkey BLOB NOT NULL, conn TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- where it was posted, if it was, and whether it raises unread
  room INTEGER NOT NULL, channel TEXT, news INTEGER NOT NULL,
  -- through which connection the key means itself; NULL when somebody else means it
  own TEXT,
  PRIMARY KEY (object, pubkey, conn)
) WITHOUT ROWID;
INSERT INTO mention_now
  SELECT m.object, m.pubkey, m.conn, m.seq, n.room, p.channel, n.news IS NOT NULL,
    CASE WHEN n.author = m.pubkey THEN coalesce(n.conn, '') END
  FROM mention m JOIN entry n ON n.object = m.object LEFT JOIN post p ON p.object = m.object;
DROP TABLE mention;
ALTER TABLE mention_now RENAME TO mention;
CREATE INDEX mention_news ON mention (pubkey, conn, seq, room, channel, own, news) WHERE news;

-- Questions and answers by the card that they are on, and whose cards those are.
DROP INDEX entry_asked;
CREATE INDEX entry_asked ON entry (root, news, kind, author, conn, room)
  WHERE kind >= 30534 AND root IS NOT NULL;
CREATE INDEX card_author ON card (author, shown) WHERE shown;
