#pragma once
// What Glibc has and Swift's overlay of it does not show.
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// `set` is a sigset_t.
static inline int studio_signal_descriptor(const void *set) {
  return signalfd(-1, (const sigset_t *)set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// syscall is variadic too. A pidfd stands for one process, whoever gets its number later.
static inline int studio_open_process(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int studio_signal_process(int descriptor, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0);
}
