/* What we change in a Containerfile (Dockerfile) before buildah reads it. */
#pragma once
#include "base/types.h"
#include "image/bytes.h"

/*
 * Each FROM that names an image gets `--platform=PLATFORM` unless it has one: buildah 1.28 lets the platform of one FROM leak into the
 * next ones. Lines stay where they are, so that messages name the right ones.
 */
struct bytes containerfile_with_platform(const char *text, size_t len, const char *platform);
