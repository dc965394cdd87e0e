/* The truth check of an image that is not unpacked: its layers are read and thrown away. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/pull.h"

int image_survey(struct source *s, const struct resolved *image, const struct pull_options *o, struct verdict *v, struct err *e);
