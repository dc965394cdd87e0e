/*
 * A change of one machine, by one command at a time, and what has to go if it does not come to its end. The lock's file is also the list of
 * the images that were made, and the devices that were plugged, so far: who takes the lock next finds there what a killed command, or one
 * whose libvirtd died, has left, and removes it. The files lie in /var/lib/crossarm/vm, of a user in $XDG_STATE_HOME/crossarm/vm
 * (~/.local/state).
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

struct work {
        virConnectPtr conn;
        char *uri, *path;
        int fd; /* -1: not begun */
};

/*
 * Take the lock of an arbitrary name; `waits` (or NULL) is called once when another process has it. Descriptor, or -1 and *e.
 */
int work_lock(const char *name, void (*waits)(const char *who), struct err *e);
void work_unlock(const char *name, int fd);

/* Begin with a machine: its lock, then what an earlier command left is cleared. 0, or -1 and *e. */
int work_begin(struct work *w, virConnectPtr conn, const char *machine, void (*waits)(const char *who), struct err *e);

/*
 * From here on images belong to the machine with that UUID, or to a snapshot of it ("UUID/SNAPSHOT"): they are kept if libvirt knows it
 * when the work ends in the middle.
 */
int work_owner(struct work *w, const char *owner, struct err *e);

/* Say, before, that an image is about to be made, or to go. */
int work_makes(struct work *w, const char *image, struct err *e);

/*
 * Say, before, that a device is about to be plugged into the machine with that UUID, first into its definition: from there it goes if the
 * work ends before the running machine has it.
 */
int work_plugs(struct work *w, const char *uuid, const char *alias, struct err *e);

/*
 * Take the devices out that were noted, and remove the images, unless libvirt knows whom they belong to: then it is whole, and only the
 * news of it was lost. 0, or -1 and *e; the list then stays for the next command.
 */
int work_clear(struct work *w, struct err *e);

/*
 * The connection, or a new one in the place of one that is dead: a daemon that died may be started again, for which it waits five seconds.
 * The caller's to close; NULL and *e.
 */
virConnectPtr work_connection(struct work *w, struct err *e);

/* It is done: nothing has to go. */
void work_done(struct work *w);

/*
 * Take back: the machine, if libvirt knows it by now and it is not running, and the images, last first. `failed` is the sentence of what
 * went wrong; when libvirt cannot be reached any more it says what remains, and that the next command removes it. Returns -1.
 */
int work_undo(struct work *w, struct err *failed);

#define AUTO_WORK __attribute__((cleanup(work_end)))
void work_end(struct work *w);

/* A number for a text that is too long, or has the wrong letters, for a name. */
u64 text_hash(const char *text);
