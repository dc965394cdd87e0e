/* What hangs on the machine, and where: libvirt's own addresses would put an eighth SCSI disk on a controller the guest has no driver for.
 */
#include "vm/choose.h"

#include <stdio.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/seed.h"
#include "vm/storage.h"

/* One after the other within a spec's machine. */
struct counters {
        unsigned vd, sd; /* names of drives */
        int scsi, sata;  /* units */
        int boot;
};

/* 0 is "vda", 25 "vdz", 26 "vdaa". */
static void name_drive(char *to, size_t cap, const char *prefix, unsigned number)
{
        if (number < 26)
                snprintf(to, cap, "%s%c", prefix, 'a' + (int)number);
        else
                snprintf(to, cap, "%s%c%c", prefix, 'a' + (int)(number / 26) - 1, 'a' + (int)(number % 26));
}

static bool on(enum spec_switch value, bool unset)
{
        return value == SPEC_UNSET ? unset : value == SPEC_YES;
}

static int choose_screen(struct vm_design *d, struct err *e)
{
        const char *video = d->spec->top.video ? d->spec->top.video : "virtio";
        const char *graphics = d->spec->top.graphics ? d->spec->top.graphics : "vnc";
        bool none = !strcmp(video, "none") || !strcmp(graphics, "none");
        if (!none && !domcaps_has(&d->caps, "devices/video", "modelType", video, true))
                return err_set(e, 1, "video: the host's QEMU has no %s for guests of %s; virtio is there on each", video, d->arch);
        if (!none && is_arm(d) && (!strcmp(video, "vga") || !strcmp(video, "cirrus") || !strcmp(video, "qxl") || !strcmp(video, "bochs")))
                return err_set(e, 1,
                        "video: %s shows nothing or garbage on Arm hosts, whose caches do not see what the guest writes there; use virtio "
                        "or ramfb",
                        video);
        if (!none && !domcaps_has(&d->caps, "devices/graphics", "type", graphics, true))
                return err_set(e, 1, "graphics: the host's QEMU has no %s", graphics);
        d->video = none ? NULL : video;
        d->graphics = none ? NULL : graphics;
        if (none)
                because(d, "video", "none", "the spec says so; the serial console is there");
        else
                because(d, "video", video,
                        d->spec->top.video ? "the spec says so" : "the one that works on Arm and x86; VGA's memory does not on Arm");
        return 0;
}

static const char *seed_why(const struct vm_design *d)
{
        return d->spec->cloud_init.user_data ? "from the spec's documents" : "made from the spec's keys";
}

static struct design_drive *add_drive(struct vm_design *d, struct counters *n, const char *bus)
{
        check(d->drive_count < MAX_DRIVES);
        struct design_drive *drive = &d->drives[d->drive_count++];
        bool virtio = !strcmp(bus, "virtio");
        drive->bus = bus;
        drive->unit = !strcmp(bus, "scsi") ? n->scsi++ : !strcmp(bus, "sata") ? n->sata++ : -1;
        name_drive(drive->target, sizeof drive->target, virtio ? "vd" : "sd", virtio ? n->vd++ : n->sd++);
        d->scsi |= !strcmp(bus, "scsi");
        return drive;
}

static int add_disk(struct vm_design *d, struct counters *n, const struct spec_disk *disk, struct err *e)
{
        const char *bus = disk->bus ? disk->bus : "virtio";
        if (!domcaps_has(&d->caps, "devices/disk", "bus", bus, true))
                return err_set(e, 1, "disks: the host's QEMU has no %s for guests of %s", bus, d->arch);
        if (!strcmp(bus, "usb") && !d->usb)
                return err_set(e, 1, "disks: bus usb with 'usb: no'");
        struct design_drive *drive = add_drive(d, n, bus);
        drive->disk = disk;
        if (drive->unit > 5 && !strcmp(bus, "sata"))
                return err_set(e, 1, "disks: more than six on sata; scsi has room for %d", SPEC_MAX_ITEMS);
        return storage_of_disk(d, drive, e);
}

static int choose_disks(struct vm_design *d, struct counters *n, struct err *e)
{
        for (size_t i = 0; i < d->spec->disk_count; i++)
                if (add_disk(d, n, &d->spec->disks[i], e))
                        return -1;
        return 0;
}

static int choose_cdroms(struct vm_design *d, struct counters *n, struct err *e)
{
        struct design_drive *drive = add_drive(d, n, "scsi");
        drive->format = "raw";
        drive->path = d->spec->top.cdrom ? format("%s", d->spec->top.cdrom) : NULL;
        because(d, "cdrom", "scsi", "Arm has no IDE, and a SCSI drive's medium can be changed while the guest runs");
        if (!seed_wanted(d->spec))
                return 0;
        drive = add_drive(d, n, "scsi");
        drive->format = "raw";
        drive->seed = true;
        because(d, "cloud-init", "a second CD-ROM, volume cidata", "%s", seed_why(d));
        return storage_of_seed(d, drive, e);
}

/* Disks, then CD-ROMs: an empty disk falls through to the installer's medium, an installed one does not. */
static void choose_order(struct vm_design *d, struct counters *n)
{
        if (direct_boot(d))
                return;
        if (d->spec->boot.netboot == SPEC_YES)
                n->boot += (int)d->network_count;
        for (size_t i = 0; i < d->drive_count; i++)
                if (!d->drives[i].seed)
                        d->drives[i].boot = ++n->boot;
        because(d, "boot.netboot", d->spec->boot.netboot == SPEC_YES ? "network, disks, CD-ROM" : "disks, CD-ROM",
                d->spec->boot.netboot == SPEC_YES ? "the spec says so"
                                                  : "an empty disk falls through to the installer's medium, an installed one does not");
}

/* Is libvirt's network "default" there and running? */
static bool has_default_network(const struct vm_host *host)
{
        if (!host->conn)
                return host->system;
        virNetworkPtr network = virNetworkLookupByName(host->conn, "default");
        bool active = network && virNetworkIsActive(network) == 1;
        if (network)
                virNetworkFree(network);
        return active;
}

/* One that is not running may be started before the machine is. */
static int check_network(const struct vm_host *host, const struct spec_network *n, struct err *e)
{
        if (!host->conn || !n->source || (n->type && strcmp(n->type, "network")))
                return 0;
        virNetworkPtr network = virNetworkLookupByName(host->conn, n->source);
        if (network)
                virNetworkFree(network);
        return network ? 0
                       : err_set(e, 1,
                                 "networks: libvirt on the host has no network '%s'; `virsh net-list --all` shows those it has, and 'user' "
                                 "needs none",
                                 n->source);
}

static int choose_networks(struct vm_design *d, struct err *e)
{
        static char user[] = "user", network[] = "network", name[] = "default";
        d->network_count = d->spec->network_count;
        memcpy(d->networks, d->spec->networks, sizeof d->networks);
        for (size_t i = 0; i < d->network_count; i++)
                if (check_network(d->host, &d->networks[i], e))
                        return -1;
        if (!d->spec->networks_given) {
                bool found = has_default_network(d->host);
                d->network_count = 1;
                d->networks[0] = found ? (struct spec_network){ .type = network, .source = name } : (struct spec_network){ .type = user };
                because(d, "networks", found ? "default" : "user",
                        found ? "libvirt's own network on the host"
                              : "QEMU's own: libvirt has no running network 'default' there; nobody outside reaches the guest");
        }
        if (d->spec->boot.netboot == SPEC_YES && !d->network_count)
                return err_set(e, 2, "boot.netboot: the machine has no network");
        return 0;
}

static void choose_rest(struct vm_design *d)
{
        d->usb = on(d->spec->top.usb, true);
        d->rng = on(d->spec->top.rng, true);
        d->agent = on(d->spec->top.agent, false);
        if (d->usb)
                because(d, "usb", "qemu-xhci with keyboard, mouse and tablet", "Arm has no PS/2; this controller takes no I/O ports");
        if (d->rng)
                because(d, "rng", "/dev/urandom", "a guest without a history has few random numbers when it starts");
        if (direct_boot(d)) {
                d->cmdline = d->spec->boot.cmdline ? d->spec->boot.cmdline : is_arm(d) ? "console=ttyAMA0" : "console=ttyS0";
                because(d, "boot.cmdline", d->cmdline,
                        d->spec->boot.cmdline ? "the spec says so" : "the serial console, which `crossarm vm console` shows");
        }
}

int choose_devices(struct vm_design *d, struct err *e)
{
        struct counters n = { 0 };
        choose_rest(d);
        if (choose_screen(d, e) || choose_networks(d, e) || choose_disks(d, &n, e) || choose_cdroms(d, &n, e))
                return -1;
        choose_order(d, &n);
        return 0;
}
