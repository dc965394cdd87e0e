/* Where the images of a machine lie: decided with the rest of the design, made when it is defined (volume.h). */
#pragma once
#include "vm/design.h"

/* Path and format of a disk, and whether it has to be made: what is there is looked at, on the host that it is on. */
int storage_of_disk(struct vm_design *d, struct design_drive *drive, struct err *e);

/* The path of cloud-init's seed: beside the first disk that has a path, else in the storage pool. */
int storage_of_seed(struct vm_design *d, struct design_drive *drive, struct err *e);
