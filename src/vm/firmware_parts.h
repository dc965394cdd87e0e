/* What the files of firmware.h share among themselves. */
#pragma once
#include "vm/firmware.h"

/* Note something about one; FW_BROKEN and worse also mark it. */
void firmware_note(struct firmware *fw, enum firmware_severity severity, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A new, empty member at the end of the list. The pointer lives until the next one. */
struct firmware *firmware_add(struct firmware_list *list);

/* One more target; `machines` becomes its property. */
void firmware_add_target(struct firmware *fw, const char *arch, char **machines);

/* Compare what is promised with what the files hold (firmware_judge.c). A target is filled in when the source told none. */
void firmware_judge(struct firmware *fw);
