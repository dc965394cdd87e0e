/* What a console's text says about the boot: by the table console_verdict.def, of the last boot in it. */
#pragma once
#include "base/types.h"

enum console_stage { STAGE_NONE, STAGE_FIRMWARE, STAGE_LOADER, STAGE_KERNEL, STAGE_USER, STAGE_SYSTEM, STAGE_LASTING };
enum console_kind { CONSOLE_TROUBLE, CONSOLE_NOTE, CONSOLE_FINE };

struct console_verdict {
        const char *name; /* "secure_boot" */
        enum console_kind kind;
        enum console_stage stage;
        const char *what, *cure;
};

enum { CONSOLE_LINE = 160, CONSOLE_NOTES = 4 };

struct console_report {
        const struct console_verdict *verdict; /* NULL: nothing that the table knows */
        char line[CONSOLE_LINE];               /* the line that showed it, printable */
        const struct console_verdict *notes[CONSOLE_NOTES];
        enum console_stage stage; /* how far the last boot came */
        unsigned boots;           /* how many there are in the text */
        bool silent;              /* nothing was printed */
};

/* The text is a guest's: nothing in it is trusted; zero bytes and escape sequences are skipped. */
void console_judge(const char *text, size_t len, struct console_report *report);

/* "firmware", "loader", "kernel", "first program", "system". */
const char *console_stage_name(enum console_stage stage);
