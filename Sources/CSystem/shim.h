#pragma once
// What Glibc has and Swift's overlay of it does not show.
#define _GNU_SOURCE
#include <spawn.h>
#include <sys/prctl.h>

int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);

// `actions` is a posix_spawn_file_actions_t, whose type is another in Swift's overlay.
static inline int studio_close_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

static inline int studio_begin_in(void *actions, const char *directory) {
  return posix_spawn_file_actions_addchdir_np(actions, directory);
}

// prctl is variadic. Orphans among the descendants of this process become its own children.
static inline int studio_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
