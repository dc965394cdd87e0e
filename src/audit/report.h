/* An artefact as JSON. */
#pragma once
#include <jansson.h>

#include "audit/artefact.h"

json_t *report_of(const struct artefact *a);
