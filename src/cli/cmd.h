/* The commands. Each takes its own arguments (argv[0] is its name) and returns the exit status. */
#pragma once
#include "base/types.h"

#define COMMAND(name, what)       int cmd_##name(int argc, char **argv);
#define IMAGE_COMMAND(name, what) int cmd_##name(int argc, char **argv);
#define AUDIT_COMMAND(name, what) int cmd_##name(int argc, char **argv);
#define VM_COMMAND(name, what)    int cmd_##name(int argc, char **argv);
#include "cli/commands.def"
#undef VM_COMMAND
#undef COMMAND
#undef IMAGE_COMMAND
#undef AUDIT_COMMAND

/* Print "crossarm: TEXT" to standard error. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Print where the help of `command` is and return the exit status of wrong usage. */
int wrong_usage(const char *command);

/* "500M", "1.5G", "20000": bytes, from 1 to less than 2^63. */
bool take_size(const char *text, u64 *size);

/* The engine: CROSSARM_ENGINE, or the one beside this program. Malloced; NULL after a message. */
char *engine_path(void);

/* The path of a program in the folder this one lies in. Malloced. */
char *beside_us(const char *program);
