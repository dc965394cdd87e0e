/* How a guest's last run ended, by what Linux printed to its console: for ends that nobody saw. Source: Linux, kernel/reboot.c */
#pragma once
#include "vm/watch_guest.h"

/* By the end of a console's text: the last of "reboot: Restarting system", "reboot: Power down", a kernel's first line and a panic counts.
 */
enum watch_cause watch_console_judge(const char *text, size_t len);

/* The same for the log file of a guest's console; WATCH_UNKNOWN when there is none to read. */
enum watch_cause watch_console_read(const char *path);
