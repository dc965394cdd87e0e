/* Why the kernel does not start an architecture's programs here. */
#pragma once
#include "binfmt/report.h"
#include "doctor/doctor.h"

/*
 * Fills cause, text and fix when the programs do not run, by the report's own trial. `who` is the beginning of the sentence: "hello is a
 * 64-bit Arm program". `run`: what `crossarm run` would take instead, or NULL. False when they run.
 */
bool handler_trouble(const struct binfmt_view *v, const struct binfmt_report *r, const char *who, const char *run, const char *engine,
        struct finding *out);

/* They run, but not in a root of their own: the handler lacks flag F and its interpreter is not below `root` (a folder; -1: any). */
bool handler_without_f(const struct binfmt_report *r, int root, const char *where, struct finding *out);

/* "64-bit Arm (arm64)" */
const char *arch_words(const struct arch *a);
