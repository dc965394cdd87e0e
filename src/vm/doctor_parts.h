/* What the files of doctor.h share. */
#pragma once
#include "vm/doctor.h"

void doctor_say(struct doctor *d, const char *subject, enum doctor_level level, const char *cure, const char *fmt, ...) PRINTF_LIKE(5, 6);
