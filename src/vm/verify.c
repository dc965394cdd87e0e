#include "vm/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/monitor.h"

static void found(struct verify *v, enum verify_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void found(struct verify *v, enum verify_level level, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(v->text, sizeof v->text, fmt, ap);
        va_end(ap);
        v->level = level;
}

/* ---- PCI: the addresses that the guest gave it ---- */

static const json_t *find_pci(const json_t *devices, const char *id)
{
        for (size_t i = 0; i < json_array_size(devices); i++) {
                const json_t *device = json_array_get(devices, i);
                const char *qdev_id = jsn_text(device, "qdev_id");
                if (qdev_id && !strcmp(qdev_id, id))
                        return device;
                const json_t *behind = find_pci(jsn_at(device, "pci_bridge", "devices", NULL), id);
                if (behind)
                        return behind;
        }
        return NULL;
}

/* An address of -1 is one that nobody wrote, or that the device does not answer at since memory decoding is off. */
static bool has_addresses(const json_t *device)
{
        const json_t *regions = json_object_get(device, "regions");
        for (size_t i = 0; i < json_array_size(regions); i++)
                if (json_integer_value(json_object_get(json_array_get(regions, i), "address")) > 0)
                        return true;
        return false;
}

static int look_at_pci(virDomainPtr domain, const char *id, struct verify *v, struct err *e)
{
        AUTO_JSN json_t *buses = monitor_ask(domain, "query-pci", NULL, e);
        if (!buses)
                return -1;
        for (size_t i = 0; i < json_array_size(buses); i++)
                if (has_addresses(find_pci(json_object_get(json_array_get(buses, i), "devices"), id)))
                        found(v, VERIFY_ADDRESSED, "the guest has given it addresses");
        return 0;
}

/* QEMU 7.2 and newer tell the status; older ones are silent about it. */
static void look_at_virtio(virDomainPtr domain, const char *id, struct verify *v)
{
        struct err unknown;
        AUTO_FREE char *path = format("/machine/peripheral/%s/virtio-backend", id);
        AUTO_JSN json_t *answer = monitor_ask(domain, "x-query-virtio-status", json_pack("{s:s}", "path", path), &unknown);
        const json_t *all = jsn_at(answer, "status", "statuses", NULL);
        if (answer)
                v->best = VERIFY_DRIVEN;
        for (size_t i = 0; i < json_array_size(all); i++) {
                const char *status = json_string_value(json_array_get(all, i));
                if (status && strstr(status, "DRIVER_OK"))
                        found(v, VERIFY_DRIVEN, "the guest's driver runs it (DRIVER_OK)");
        }
}

/* ---- disks: the guest looks for a partition table in what it finds ---- */

static int look_at_reads(virDomainPtr domain, const char *id, struct verify *v, struct err *e)
{
        AUTO_JSN json_t *all = monitor_ask(domain, "query-blockstats", NULL, e);
        if (!all)
                return -1;
        for (size_t i = 0; i < json_array_size(all); i++) {
                const json_t *one = json_array_get(all, i);
                const char *qdev = jsn_text(one, "qdev");
                json_int_t reads = json_integer_value(jsn_at(one, "stats", "rd_operations", NULL));
                if (qdev && strstr(qdev, id) && reads > 0)
                        found(v, VERIFY_DRIVEN, "the guest has read from it (%lld times)", (long long)reads);
        }
        return 0;
}

/* ---- USB: "Device 0.2, Port 1, ..., ID: ua-1": the second number is the address that the guest gave it ---- */

static int look_at_usb(virDomainPtr domain, const char *id, struct verify *v, struct err *e)
{
        AUTO_JSN json_t *answer = monitor_ask(domain, "human-monitor-command", json_pack("{s:s}", "command-line", "info usb"), e);
        if (!answer)
                return -1;
        AUTO_FREE char *text = format("%s", json_string_value(answer) ? json_string_value(answer) : "");
        AUTO_FREE char *name = format("ID: %s", id);
        unsigned bus, address;
        for (char *save = NULL, *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
                if (strstr(line, name) && sscanf(line, " Device %u.%u", &bus, &address) == 2 && address > 0)
                        found(v, VERIFY_ADDRESSED, "the guest has given it USB address %u", address);
        return 0;
}

/* ---- the guest's own word ---- */

static void look_at_agent(virDomainPtr domain, const char *mac, struct verify *v)
{
        AUTO_JSN json_t *cards = agent_ask(domain, "guest-network-get-interfaces");
        for (size_t i = 0; i < json_array_size(cards); i++) {
                const json_t *card = json_array_get(cards, i);
                const char *address = jsn_text(card, "hardware-address"), *name = jsn_text(card, "name");
                if (address && !strcasecmp(address, mac))
                        found(v, VERIFY_DRIVEN, "the guest's agent lists it as %s", name ? name : "a card");
        }
}

int verify_device(virDomainPtr domain, xmlNode *device, struct verify *v, struct err *e)
{
        AUTO_FREE char *id = xml_text(device, "string(alias/@name)"), *mac = xml_text(device, "string(self::interface/mac/@address)");
        *v = (struct verify){ .best = VERIFY_ADDRESSED };
        found(v, VERIFY_NOTHING, "the guest has not noticed it");
        if (xml_has(device, "self::*[target/@bus='usb' or @bus='usb']"))
                return look_at_usb(domain, id, v, e);
        if (xml_has(device, "self::disk[target/@bus='scsi']")) {
                v->best = VERIFY_DRIVEN;
                return look_at_reads(domain, id, v, e);
        }
        if (look_at_pci(domain, id, v, e) < 0)
                return -1;
        look_at_virtio(domain, id, v);
        if (*mac && v->level < VERIFY_DRIVEN && xml_has(device, "../channel[target/@state='connected']"))
                look_at_agent(domain, mac, v);
        return 0;
}
