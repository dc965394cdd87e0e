/* Causes that lie in the #! line of a script. */
#pragma once
#include "doctor/subject.h"

/* Its line ends as on Windows. */
bool look_crlf(const struct subject *s, struct finding *out);

/* There is no such interpreter, or env does not find it. */
bool look_interpreter(const struct subject *s, struct finding *out);
