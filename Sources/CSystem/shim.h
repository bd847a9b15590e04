#pragma once
// What Glibc has and Swift's overlay of it does not show. No header that defines types is included: a type that two
// modules define is at times taken from the one that a file does not import.
#include <linux/prctl.h>
#include <sys/syscall.h>

int posix_spawn_file_actions_addclosefrom_np(void *actions, int first);
int posix_spawn_file_actions_addchdir_np(void *actions, const char *directory);
int prctl(int operation, ...);
long syscall(long number, ...);
int signalfd(int descriptor, const void *set, int flags);

// `actions` is a posix_spawn_file_actions_t.
static inline int studio_close_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

static inline int studio_begin_in(void *actions, const char *directory) {
  return posix_spawn_file_actions_addchdir_np(actions, directory);
}

// prctl is variadic. Orphans among the descendants of this process become its own children.
static inline int studio_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

// `set` is a sigset_t; the flags are SFD_NONBLOCK and SFD_CLOEXEC.
static inline int studio_signal_descriptor(const void *set) { return signalfd(-1, set, 04000 | 02000000); }

// syscall is variadic too. A pidfd stands for one process, whoever gets its number later.
static inline int studio_open_process(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int studio_signal_process(int descriptor, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0);
}
