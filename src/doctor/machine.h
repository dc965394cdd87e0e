/* The machine's own lines, for those who look at something on it. */
#pragma once
#include "doctor/doctor.h"

/* What is wrong or worth a note about this machine for `crossarm run` of a tree; notes only when a handler takes its programs anyway. */
void machine_for_trees(const char *engine, bool handled, struct findings *f);
