#include "vm/spec.h"

#include <string.h>
#include <strings.h>

#include "base/types.h"

enum { MIN_MEMORY = 16 << 20 };

static int check_boot(const struct vm_spec *spec, struct err *e)
{
        const struct spec_boot *b = &spec->boot;
        if (b->kernel && b->bootdir)
                return err_set(e, 2, "boot.kernel and boot.bootdir exclude each other: a bootdir brings its kernel");
        if (b->initrd && !b->kernel)
                return err_set(e, 2, "boot.initrd needs boot.kernel: firmware finds both on the guest's disk");
        if (b->cmdline && !b->kernel && !b->bootdir)
                return err_set(e, 2, "boot.cmdline needs boot.kernel or boot.bootdir: without them the guest's own boot loader has it");
        if (b->secure_boot == SPEC_YES && b->firmware && (!strcmp(b->firmware, "bios") || !strcmp(b->firmware, "none")))
                return err_set(e, 2, "boot.secure-boot needs UEFI: boot.firmware says %s", b->firmware);
        if (b->secure_boot == SPEC_YES && (b->kernel || b->bootdir))
                return err_set(e, 2,
                        "boot.secure-boot and a kernel that is started directly exclude each other: the firmware refuses one that its own "
                        "keys have not signed");
        if (b->firmware && !strcmp(b->firmware, "none") && !b->kernel && !b->bootdir)
                return err_set(e, 2, "boot.firmware none needs boot.kernel or boot.bootdir: nothing else would start the guest");
        return 0;
}

static int check_disk(const struct spec_disk *d, size_t number, struct err *e)
{
        if (!d->path && !d->size && !d->backing && !d->copy)
                return err_set(e, 2, "disk %zu has neither path nor size", number);
        if (d->backing && d->copy)
                return err_set(e, 2, "disk %zu has backing and copy: it begins with one image", number);
        if (d->copy && d->format)
                return err_set(e, 2, "disk %zu has copy and format: a copy has the format of its original", number);
        if (d->path && d->pool)
                return err_set(e, 2, "disk %zu has path and pool: a path names the file, a pool makes one", number);
        if (d->backing && d->format && strcmp(d->format, "qcow2"))
                return err_set(
                        e, 2, "disk %zu has backing and format %s: only qcow2 keeps what differs from another image", number, d->format);
        return 0;
}

static int check_disks(const struct vm_spec *spec, struct err *e)
{
        for (size_t i = 0; i < spec->disk_count; i++) {
                if (check_disk(&spec->disks[i], i + 1, e))
                        return -1;
                for (size_t j = 0; j < i; j++)
                        if (spec->disks[i].path && spec->disks[j].path && !strcmp(spec->disks[i].path, spec->disks[j].path))
                                return err_set(e, 2, "disks %zu and %zu are the same file %s", j + 1, i + 1, spec->disks[i].path);
        }
        return 0;
}

bool spec_is_mac(const char *text)
{
        for (int i = 0; i < 17; i++)
                if (i % 3 == 2 ? text[i] != ':' : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
                        return false;
        return !text[17] && strchr("02468aceACE", text[1]);
}

static int check_networks(const struct vm_spec *spec, struct err *e)
{
        for (size_t i = 0; i < spec->network_count; i++) {
                const struct spec_network *n = &spec->networks[i];
                bool user = n->type && !strcmp(n->type, "user");
                if (user && n->source)
                        return err_set(e, 2, "network %zu: type user has no source", i + 1);
                if (!user && !n->source)
                        return err_set(e, 2, "network %zu has no source: the name of the %s", i + 1, n->type ? n->type : "network");
                if (n->mac && !spec_is_mac(n->mac))
                        return err_set(e, 2, "network %zu: '%.40s' is no address of a card: six pairs of digits, as 52:54:00:12:34:56",
                                i + 1, n->mac);
                for (size_t j = 0; n->mac && j < i; j++)
                        if (spec->networks[j].mac && !strcasecmp(n->mac, spec->networks[j].mac))
                                return err_set(e, 2, "networks %zu and %zu have the same address %s", j + 1, i + 1, n->mac);
        }
        return 0;
}

static int check_cloud_init(const struct vm_spec *spec, struct err *e)
{
        const struct spec_cloud_init *c = &spec->cloud_init;
        if (c->user_data && (c->user || c->ssh_key))
                return err_set(e, 2, "cloud-init.user-data brings its users: user and ssh-key go without it");
        if (c->ssh_key && !c->user)
                return err_set(e, 2, "cloud-init.ssh-key needs cloud-init.user: whose key it is");
        if (c->meta_data && c->hostname)
                return err_set(e, 2, "cloud-init.meta-data brings the host name: hostname goes without it");
        return 0;
}

int spec_check(const struct vm_spec *spec, struct err *e)
{
        if (!spec->top.name)
                return err_set(e, 2, "the machine has no name: 'name: NAME' in the spec, or --name NAME");
        if (spec->top.memory && spec->top.memory < MIN_MEMORY)
                return err_set(e, 2, "memory of less than %d MiB: no guest starts with that", MIN_MEMORY >> 20);
        if (check_boot(spec, e) || check_disks(spec, e) || check_networks(spec, e) || check_cloud_init(spec, e))
                return -1;
        return 0;
}
