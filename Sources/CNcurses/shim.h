#pragma once
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <fcntl.h>
#include <locale.h>
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
static const attr_t studio_bold = A_BOLD, studio_dim = A_DIM, studio_italic = A_ITALIC, studio_underline = A_UNDERLINE, studio_reverse = A_REVERSE;
int wcwidth(wchar_t);
static inline WINDOW *studio_stdscr(void) { return stdscr; }
static inline int studio_memfd(void) { return syscall(SYS_memfd_create, "frame", 1u); }
static inline int studio_window_size(int tty, struct winsize *w) { return ioctl(tty, TIOCGWINSZ, w); }
// How to give the terminal back when there is no time for anything else. Used from one Swift file.
struct studio_rescue { volatile sig_atomic_t armed; int tty, pipe; pid_t guard; size_t length;
                       struct termios saved; char leave[512]; };
static struct studio_rescue *studio_rescue(void) { static struct studio_rescue state; return &state; }
static void studio_restore(void) {
  if (!studio_rescue()->armed) return;
  studio_rescue()->armed = 0;
  fcntl(studio_rescue()->tty, F_SETFL, 0);
  tcflush(studio_rescue()->tty, TCOFLUSH);
  if (write(studio_rescue()->tty, studio_rescue()->leave, studio_rescue()->length) < 0) {}
  tcsetattr(studio_rescue()->tty, TCSANOW, &studio_rescue()->saved);
}
static void studio_crashed(int number) { studio_restore(); raise(number); }
// A child that outlives SIGKILL of its parent: end of file without a byte means restore.
static inline int studio_guard(void) {
  int ends[2];
  if (pipe(ends) < 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) < 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0); setsid();
    dup2(ends[0], 0); dup2(studio_rescue()->tty, 1); studio_rescue()->tty = 1;
    syscall(SYS_close_range, 2u, ~0u, 0u);
    if (read(0, studio_rescue()->leave + 511, 1) == 0) studio_restore();
    _exit(0);
  }
  close(ends[0]); studio_rescue()->pipe = ends[1]; studio_rescue()->guard = child;
  return child < 0 ? -1 : 0;
}
static inline void studio_arm(int tty, const struct termios *saved, const char *leave, size_t length) {
  studio_rescue()->tty = tty; studio_rescue()->saved = *saved;
  studio_rescue()->length = length < 511 ? length : 511;
  __builtin_memcpy(studio_rescue()->leave, leave, studio_rescue()->length);
  studio_rescue()->armed = length > 0;
}
static inline void studio_guard_end(void) {
  if (studio_rescue()->guard <= 0 || write(studio_rescue()->pipe, "q", 1) < 0) return;
  close(studio_rescue()->pipe); syscall(SYS_wait4, studio_rescue()->guard, 0, 0, 0); studio_rescue()->guard = 0;
}
