/* Everything that is known about a machine, from its files or from a captured tree: doc/hw.md. */
#pragma once
#include "hw/facts.h"
#include "hw/tree.h"

/* Fill `f` (empty before) from the tree. 0, or -1 with a sentence when the tree is no machine's. */
int hw_read(struct hw_tree *t, struct hw_facts *f, struct err *e);

/*
 * Write what hw_read() looks at on this machine as a tar file; serial numbers, asset tags and UUIDs are made illegible.
 * 0, or -1 with a sentence.
 */
int hw_capture(int fd, struct err *e);
