#include "vm/kubevirt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/seed.h"
#include "vm/yaml_write.h"

/* userData and networkData of a volume are limited; larger ones have to be in a secret. */
enum { MAX_INLINE = 2048 };

typedef void (*note_function)(const char *sentence);

/* Processors that KubeVirt runs: its name, and its machine type. */
static const struct {
        const char *words, *arch, *machine;
} archs[] = { { "|aarch64|arm64|", "arm64", "virt" }, { "|x86_64|amd64|", "amd64", "q35" } };

struct kubevirt {
        const struct vm_spec *spec;
        const char *arch, *machine; /* NULL: the cluster's default */
        note_function note;
        struct yaml y;
};

static int choose_arch(struct kubevirt *k, struct err *e)
{
        const char *word = k->spec->top.arch, *name = k->spec->top.name;
        if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
                return err_set(e, 1, "KubeVirt: '%s' is no name in a cluster, where names have small letters, digits and -", name);
        for (size_t i = 0; word && i < ARRAY_LEN(archs); i++) {
                AUTO_FREE char *find = format("|%s|", word);
                if (strstr(archs[i].words, find)) {
                        k->arch = archs[i].arch;
                        k->machine = archs[i].machine;
                }
        }
        if (word && !k->arch)
                return err_set(e, 1, "KubeVirt runs arm64 and amd64 guests, not %s", word);
        if (k->spec->top.machine && !strncmp(k->spec->top.machine, "pc", 2) && strncmp(k->spec->top.machine, "pc-q35", 6))
                return err_set(e, 1, "KubeVirt has no machine pc; q35 takes the same disks");
        return 0;
}

static int check_boot(const struct kubevirt *k, struct err *e)
{
        const struct spec_boot *b = &k->spec->boot;
        if (b->bootdir)
                return err_set(e, 1, "boot.bootdir: KubeVirt has no folder of a host that a guest's kernel could come from");
        if (b->kernel)
                return err_set(e, 1,
                        "boot.kernel: KubeVirt takes kernels from container images only (spec.template.spec.domain.firmware.kernelBoot)");
        return 0;
}

/* Keys that KubeVirt decides by itself or has not. */
static void note_rest(const struct kubevirt *k)
{
        const struct spec_top *t = &k->spec->top;
        const struct spec_hotplug *h = &k->spec->hotplug;
        if (t->gic)
                k->note("gic: left out, KubeVirt decides");
        if (t->console_log)
                k->note("console-log: left out; `kubectl logs` of the launcher's container guest-console-log has it");
        if (t->accel && !strcmp(t->accel, "tcg"))
                k->note("accel: left out; emulation is the cluster's setting useEmulation");
        if (h->disks != SPEC_ABSENT || h->networks != SPEC_ABSENT || h->others != SPEC_ABSENT || h->legacy != SPEC_ABSENT)
                k->note("hotplug: left out; KubeVirt itself decides how many ports a guest gets, disks on bus scsi need none");
}

static void put_cpu(struct kubevirt *k)
{
        const char *model = k->spec->top.cpu;
        yaml_open(&k->y, "cpu");
        yaml_number(&k->y, "cores", k->spec->top.cpus == SPEC_ABSENT ? 2 : (u64)k->spec->top.cpus);
        if (k->arch && !strcmp(k->arch, "arm64"))
                yaml_text(&k->y, "model", "host-passthrough");
        else if (model)
                yaml_text(&k->y, "model", strcmp(model, "host") && strcmp(model, "max") ? model : "host-passthrough");
        yaml_close(&k->y);
}

static void put_size(struct yaml *y, const char *key, u64 bytes)
{
        bool whole = !(bytes & ((1ull << 30) - 1));
        AUTO_FREE char *text = format(whole ? "%lluGi" : "%lluMi", (unsigned long long)(whole ? bytes >> 30 : bytes >> 20));
        yaml_text(y, key, text);
}

static void put_firmware(struct kubevirt *k)
{
        const struct spec_boot *b = &k->spec->boot;
        bool arm = k->arch && !strcmp(k->arch, "arm64"), secure = b->secure_boot == SPEC_YES;
        bool uefi = arm || secure || (b->firmware && !strcmp(b->firmware, "uefi"));
        if (!uefi)
                return;
        yaml_open(&k->y, "firmware");
        yaml_open(&k->y, "bootloader");
        yaml_open(&k->y, "efi");
        yaml_switch(&k->y, "secureBoot", secure);
        for (int i = 0; i < 3; i++)
                yaml_close(&k->y);
        if (!secure)
                return;
        yaml_open(&k->y, "features");
        yaml_open(&k->y, "smm");
        yaml_close(&k->y);
        yaml_close(&k->y);
}

static void put_disk(struct kubevirt *k, const char *name, const char *kind, const char *bus, bool readonly, unsigned order)
{
        yaml_item(&k->y);
        yaml_text(&k->y, "name", name);
        if (order)
                yaml_number(&k->y, "bootOrder", order);
        yaml_open(&k->y, kind);
        yaml_text(&k->y, "bus", bus);
        if (readonly)
                yaml_switch(&k->y, "readonly", true);
        yaml_close(&k->y);
        yaml_close(&k->y);
}

static char *disk_name(size_t i)
{
        return format("disk%zu", i + 1);
}

static void put_disks(struct kubevirt *k)
{
        unsigned order = k->spec->boot.netboot == SPEC_YES ? (unsigned)(k->spec->networks_given ? k->spec->network_count : 1) : 0;
        yaml_list(&k->y, "disks");
        for (size_t i = 0; i < k->spec->disk_count; i++) {
                const struct spec_disk *d = &k->spec->disks[i];
                AUTO_FREE char *name = disk_name(i);
                put_disk(k, name, "disk", d->bus ? d->bus : "virtio", d->readonly == SPEC_YES, ++order);
        }
        if (k->spec->top.cdrom)
                put_disk(k, "cdrom", "cdrom", "scsi", false, ++order); /* arm64 has no SATA there */
        if (seed_wanted(k->spec))
                put_disk(k, "cloudinit", "disk", "virtio", false, 0);
        yaml_close(&k->y);
}

static void put_interface(struct kubevirt *k, const struct spec_network *n, const char *name, unsigned order)
{
        bool pod = !n || (n->type && !strcmp(n->type, "user"));
        yaml_item(&k->y);
        yaml_text(&k->y, "name", name);
        yaml_open(&k->y, pod ? "masquerade" : "bridge");
        yaml_close(&k->y);
        if (n && n->model)
                yaml_text(&k->y, "model", n->model);
        if (n && n->mac)
                yaml_text(&k->y, "macAddress", n->mac);
        if (order)
                yaml_number(&k->y, "bootOrder", order);
        yaml_close(&k->y);
}

static char *network_name(size_t i)
{
        return format("net%zu", i + 1);
}

static size_t network_count(const struct kubevirt *k)
{
        return k->spec->networks_given ? k->spec->network_count : 1;
}

static void put_interfaces(struct kubevirt *k)
{
        bool netboot = k->spec->boot.netboot == SPEC_YES;
        yaml_list(&k->y, "interfaces");
        for (size_t i = 0; i < network_count(k); i++) {
                AUTO_FREE char *name = network_name(i);
                put_interface(k, k->spec->networks_given ? &k->spec->networks[i] : NULL, name, netboot ? (unsigned)i + 1 : 0);
        }
        yaml_close(&k->y);
}

static void put_devices(struct kubevirt *k)
{
        const struct spec_top *t = &k->spec->top;
        bool screen = !(t->video && !strcmp(t->video, "none")) && !(t->graphics && !strcmp(t->graphics, "none"));
        yaml_open(&k->y, "devices");
        put_disks(k);
        put_interfaces(k);
        if (t->usb != SPEC_NO) {
                yaml_list(&k->y, "inputs");
                yaml_item(&k->y);
                yaml_text(&k->y, "name", "tablet");
                yaml_text(&k->y, "type", "tablet");
                yaml_text(&k->y, "bus", "usb");
                yaml_close(&k->y);
                yaml_close(&k->y);
        }
        if (t->rng != SPEC_NO) {
                yaml_open(&k->y, "rng");
                yaml_close(&k->y);
        }
        yaml_switch(&k->y, "autoattachGraphicsDevice", screen);
        yaml_close(&k->y);
}

static void put_domain(struct kubevirt *k)
{
        yaml_open(&k->y, "domain");
        put_cpu(k);
        yaml_open(&k->y, "memory");
        put_size(&k->y, "guest", k->spec->top.memory ? k->spec->top.memory : 2ull << 30);
        yaml_close(&k->y);
        if (k->machine) {
                yaml_open(&k->y, "machine");
                yaml_text(&k->y, "type", k->machine);
                yaml_close(&k->y);
        }
        put_firmware(k);
        put_devices(k);
        yaml_close(&k->y);
}

static void put_networks(struct kubevirt *k)
{
        yaml_list(&k->y, "networks");
        for (size_t i = 0; i < network_count(k); i++) {
                const struct spec_network *n = k->spec->networks_given ? &k->spec->networks[i] : NULL;
                AUTO_FREE char *name = network_name(i);
                bool pod = !n || (n->type && !strcmp(n->type, "user"));
                yaml_item(&k->y);
                yaml_text(&k->y, "name", name);
                yaml_open(&k->y, pod ? "pod" : "multus");
                if (!pod) {
                        AUTO_FREE char *sentence =
                                format("networks: '%s' has to be a NetworkAttachmentDefinition in the namespace", n->source);
                        yaml_text(&k->y, "networkName", n->source);
                        k->note(sentence);
                }
                yaml_close(&k->y);
                yaml_close(&k->y);
        }
        yaml_close(&k->y);
}

/* A disk that is made is a DataVolume of the machine's own; what lies on a host is a claim that has to be there. */
static bool is_made(const struct spec_disk *d)
{
        return d->size && !d->backing && !d->copy;
}

static void put_claim(struct kubevirt *k, const char *name, const char *path)
{
        AUTO_FREE char *claim = format("%s-%s", k->spec->top.name, name);
        AUTO_FREE char *sentence = format("%s: the content of %s has to be in the claim '%s' (virtctl image-upload)", name, path, claim);
        yaml_item(&k->y);
        yaml_text(&k->y, "name", name);
        yaml_open(&k->y, "persistentVolumeClaim");
        yaml_text(&k->y, "claimName", claim);
        yaml_close(&k->y);
        yaml_close(&k->y);
        k->note(sentence);
}

static char *volume_name(const struct kubevirt *k, size_t i)
{
        return format("%s-disk%zu", k->spec->top.name, i + 1);
}

static void put_disk_volume(struct kubevirt *k, size_t i)
{
        const struct spec_disk *d = &k->spec->disks[i];
        AUTO_FREE char *name = disk_name(i), *volume = volume_name(k, i);
        if (!is_made(d)) {
                put_claim(k, name, d->copy ? d->copy : d->backing ? d->backing : d->path);
                return;
        }
        yaml_item(&k->y);
        yaml_text(&k->y, "name", name);
        yaml_open(&k->y, "dataVolume");
        yaml_text(&k->y, "name", volume);
        yaml_close(&k->y);
        yaml_close(&k->y);
}

static int put_seed(struct kubevirt *k, struct err *e)
{
        AUTO_DOCUMENTS struct seed_documents d = { 0 };
        if (seed_documents(k->spec, k->spec->top.name, &d, e))
                return -1;
        if (strlen(d.user) > MAX_INLINE || (d.network && strlen(d.network) > MAX_INLINE))
                return err_set(e, 1,
                        "cloud-init: KubeVirt takes documents of at most %d bytes here; put a larger one into a secret (userDataSecretRef)",
                        MAX_INLINE);
        yaml_item(&k->y);
        yaml_text(&k->y, "name", "cloudinit");
        yaml_open(&k->y, "cloudInitNoCloud");
        yaml_text(&k->y, "userData", d.user);
        if (d.network)
                yaml_text(&k->y, "networkData", d.network);
        yaml_close(&k->y);
        yaml_close(&k->y);
        if (k->spec->cloud_init.meta_data)
                k->note("cloud-init.meta-data: left out, KubeVirt makes it");
        return 0;
}

static int put_volumes(struct kubevirt *k, struct err *e)
{
        yaml_list(&k->y, "volumes");
        for (size_t i = 0; i < k->spec->disk_count; i++)
                put_disk_volume(k, i);
        if (k->spec->top.cdrom)
                put_claim(k, "cdrom", k->spec->top.cdrom);
        int status = seed_wanted(k->spec) ? put_seed(k, e) : 0;
        yaml_close(&k->y);
        return status;
}

static void put_templates(struct kubevirt *k)
{
        yaml_list(&k->y, "dataVolumeTemplates");
        for (size_t i = 0; i < k->spec->disk_count; i++) {
                if (!is_made(&k->spec->disks[i]))
                        continue;
                AUTO_FREE char *name = volume_name(k, i);
                static const char *const to_request[] = { "storage", "resources", "requests" };
                yaml_item(&k->y);
                yaml_open(&k->y, "metadata");
                yaml_text(&k->y, "name", name);
                yaml_close(&k->y);
                yaml_open(&k->y, "spec");
                yaml_open(&k->y, "source");
                yaml_open(&k->y, "blank");
                yaml_close(&k->y);
                yaml_close(&k->y);
                for (size_t n = 0; n < ARRAY_LEN(to_request); n++)
                        yaml_open(&k->y, to_request[n]);
                put_size(&k->y, "storage", k->spec->disks[i].size);
                for (size_t n = 0; n < ARRAY_LEN(to_request) + 2; n++)
                        yaml_close(&k->y);
        }
        yaml_close(&k->y);
}

static int put_machine(struct kubevirt *k, struct err *e)
{
        yaml_text(&k->y, "apiVersion", "kubevirt.io/v1");
        yaml_text(&k->y, "kind", "VirtualMachine");
        yaml_open(&k->y, "metadata");
        yaml_text(&k->y, "name", k->spec->top.name);
        yaml_close(&k->y);
        yaml_open(&k->y, "spec");
        yaml_text(&k->y, "runStrategy", k->spec->top.autostart == SPEC_YES ? "Always" : "Manual");
        put_templates(k);
        yaml_open(&k->y, "template");
        yaml_open(&k->y, "metadata");
        yaml_open(&k->y, "labels");
        yaml_text(&k->y, "kubevirt.io/domain", k->spec->top.name);
        yaml_close(&k->y);
        yaml_close(&k->y);
        yaml_open(&k->y, "spec");
        if (k->arch)
                yaml_text(&k->y, "architecture", k->arch);
        put_domain(k);
        put_networks(k);
        int status = put_volumes(k, e);
        for (int i = 0; i < 3; i++)
                yaml_close(&k->y);
        return status;
}

char *kubevirt_print(const struct vm_spec *spec, note_function note, struct err *e)
{
        struct kubevirt k = { .spec = spec, .note = note };
        if (choose_arch(&k, e) || check_boot(&k, e))
                return NULL;
        yaml_begin(&k.y);
        note_rest(&k);
        int status = put_machine(&k, e);
        char *text = yaml_end(&k.y);
        if (!status)
                return text;
        free(text);
        return NULL;
}
