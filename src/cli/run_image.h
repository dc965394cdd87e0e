/* crossarm run IMAGE: which operands are images, and the box that an image asks for. */
#pragma once
#include "base/types.h"
#include "box/box.h"

struct run_image {
        const char *platform, *entrypoint, *name, *pull; /* as the user said them; NULL when not */
        bool rm;
        struct overlay overlay; /* what b->overlay points to afterwards */
        int origin;             /* 0, or the file that makes a named container of this run one that stays */
};

/* An operand that is no file, no folder and no program in PATH, or has one of the options above, names an image. */
bool run_names_image(const char *operand, const struct run_image *r);

/*
 * Pull the image when it is not in the store, and fill in `b`: rootfs, overlay, command, environment, and user and folder when
 * the user has said none. b->argv is what the user wants instead of the image's command. 0, or the exit status after a message.
 */
int run_image(const char *image, struct run_image *r, struct box *b);

/* After a box that did not come to its program: a container that was made for it goes again. */
void run_image_failed(const struct run_image *r, const struct box *b);
