import Glibc

// Output to a closed pipe is an error to report, not a signal to die of.
signal(SIGPIPE, SIG_IGN)
exit(Program.run(Array(CommandLine.arguments.dropFirst())))
