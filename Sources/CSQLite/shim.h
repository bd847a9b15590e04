#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast macro, which Swift cannot import.
static inline int studio_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
  return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}
static inline int studio_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}
// Its counts of memory cost a lock for every allocation. The function is variadic, which Swift cannot call.
static inline int studio_sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Keeps in `pages` how many the write-ahead log holds after each commit, in place of SQLite's own checkpoints.
static inline int studio_sqlite_note_log(void *pages, sqlite3 *db, const char *name, int count) {
  (void)db;
  (void)name;
  *(int *)pages = count;
  return SQLITE_OK;
}
static inline void studio_sqlite_watch_log(sqlite3 *db, int *pages) {
  sqlite3_wal_hook(db, studio_sqlite_note_log, pages);
}
