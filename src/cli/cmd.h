/* The commands. Each takes its own arguments (argv[0] is its name) and returns the exit status. */
#pragma once

int cmd_run(int argc, char **argv);

/* Print "crossarm: TEXT" to standard error. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
