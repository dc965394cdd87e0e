/*
 * Translations kept in files, one for each module and place of its region. A file is made whole under another name and then renamed; one that
 * does not fit in any respect (another engine, another processor, another file, cut off, not ours) is as good as none. Nothing here can
 * fail for the guest: without a file its code is translated.
 */
#pragma once
#include "engine/run/module.h"

/* Map what was kept for the module over its region, which is empty. False: there is nothing. Process lock held. */
bool persist_load(struct process *p, struct module *m);

/* Keep what the module has, if it is much more than the file has. Process lock held. */
void persist_save(struct process *p, struct module *m);

/* All modules, before the process ends or becomes another program. */
void persist_save_all(struct process *p);
