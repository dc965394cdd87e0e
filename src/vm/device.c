#include "vm/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/spec.h"
#include "vm/xml_write.h"

enum { MAX_XML = 64 << 10, LETTERS = 26, SCSI_UNITS = 16384, SERIAL_BYTES = 20 /* VIRTIO_BLK_ID_BYTES; virtio 1.2, 5.2.6 */ };

void device_free(struct device *d)
{
        free(d->xml);
        free(d->alias);
        free(d->name);
        *d = (struct device){ 0 };
}

/* ---- words ---- */

/* The value of KEY=VALUE among the words, or `otherwise`. */
static const char *word_of(struct device_words w, const char *key, const char *otherwise)
{
        size_t len = strlen(key);
        for (int i = 0; i < w.count; i++)
                if (!strncmp(w.list[i], key, len) && w.list[i][len] == '=')
                        return w.list[i] + len + 1;
        return otherwise;
}

/* Each word but the first `plain` ones has to be one of the keys, which are parted by blanks. */
static int check_words(struct device_words w, int plain, const char *keys, struct err *e)
{
        for (int i = plain; i < w.count; i++) {
                AUTO_FREE char *key = format(" %.*s ", (int)strcspn(w.list[i], "="), w.list[i]);
                if (!strchr(w.list[i], '=') || !strstr(keys, key))
                        return err_set(e, 2, "'%s' is not known there; the keys are%.*s", w.list[i], (int)strlen(keys) - 1, keys);
        }
        return 0;
}

static bool is_one_of(const char *value, const char *words)
{
        AUTO_FREE char *word = format(" %s ", value);
        return strstr(words, word) != NULL;
}

static void random_hex(char *to, size_t digits)
{
        u8 bytes[16];
        check(getrandom(bytes, sizeof bytes, 0) == sizeof bytes);
        for (size_t i = 0; i < digits; i++)
                to[i] = "0123456789abcdef"[bytes[i] & 15];
        to[digits] = 0;
}

/* ---- XML ---- */

static void set(xmlNode *node, const char *key, const char *value)
{
        check(xmlNewProp(node, BAD_CAST key, BAD_CAST value));
}

static void set_number(xmlNode *node, const char *key, unsigned value)
{
        AUTO_FREE char *text = format("%u", value);
        set(node, key, text);
}

static void add_alias(struct device *d, xmlNode *root)
{
        char digits[9];
        random_hex(digits, 8);
        d->alias = format("ua-%s", digits);
        xml_element(root, "alias", "name", d->alias, NULL);
}

/* ---- disks ---- */

/* "vdb": the first target with this prefix that no disk has. */
static char *free_target(xmlNode *domain, const char *prefix)
{
        for (unsigned i = 0;; i++) {
                char letters[3] = { (char)('a' + i % LETTERS) };
                if (i >= LETTERS) {
                        letters[0] = (char)('a' + i / LETTERS - 1);
                        letters[1] = (char)('a' + i % LETTERS);
                }
                AUTO_FREE char *taken = format("devices/disk/target[@dev='%s%s']", prefix, letters);
                if (i / LETTERS > LETTERS || !xml_has(domain, taken))
                        return format("%s%s", prefix, letters);
        }
}

/* The format by the file's head, when it is on this machine. NULL and *e. */
static const char *sniff_format(const char *path, struct err *e)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char head[4] = { 0 };
        struct stat st;
        if (fd < 0 || fstat(fd, &st)) {
                err_set(e, 2, "cannot look at %s: %s; if it is on another host, say its format: format=qcow2 or format=raw", path,
                        err_name(errno));
                return NULL;
        }
        if (S_ISDIR(st.st_mode)) {
                err_set(e, 2, "%s is a folder; a disk is an image or a block device", path);
                return NULL;
        }
        return pread(fd, head, sizeof head, 0) == sizeof head && !memcmp(head, "QFI\xfb", sizeof head) ? "qcow2" : "raw";
}

/* QEMU would say that somebody has a lock on it. */
static int check_not_there(xmlNode *domain, const char *path, struct err *e)
{
        AUTO_FREE xmlNode **disks = xml_nodes(domain, "devices/disk[source/@file or source/@dev]");
        for (size_t i = 0; disks[i]; i++) {
                AUTO_FREE char *source = xml_text(disks[i], "string(source/@file | source/@dev)");
                AUTO_FREE char *target = xml_text(disks[i], "string(target/@dev)");
                if (!strcmp(source, path))
                        return err_set(e, 1, "the machine has %s already, as %s", path, target);
        }
        return 0;
}

/* The controller and the unit are named, since libvirt by itself puts 7 on each controller and then adds one of another model. */
static int add_scsi_address(xmlNode *domain, xmlNode *disk, struct err *e)
{
        AUTO_FREE char *controller = xml_text(domain, "string(devices/controller[@type='scsi'][contains(@model, 'virtio')]/@index)");
        if (!*controller)
                return err_set(e, 1, "there is no virtio-scsi controller; plug one first: `crossarm vm attach MACHINE scsi`");
        for (unsigned unit = 0; unit < SCSI_UNITS; unit++) {
                AUTO_FREE char *taken =
                        format("devices/*[target/@bus='scsi']/address[@controller='%s'][@target='0'][@unit='%u']", controller, unit);
                if (xml_has(domain, taken))
                        continue;
                xmlNode *address = xml_element(disk, "address", "type", "drive", "controller", controller, "bus", "0", "target", "0", NULL);
                set_number(address, "unit", unit);
                return 0;
        }
        return err_set(e, 1, "all %d units of the virtio-scsi controller are taken", SCSI_UNITS);
}

static const struct {
        const char *bus, *prefix;
        enum plan_kind kind;
} buses[] = { { "virtio", "vd", PLAN_VIRTIO }, { "scsi", "sd", PLAN_SCSI }, { "usb", "sd", PLAN_KINDS } };

static int make_disk(xmlNode *domain, struct device_words w, struct device *d, struct err *e)
{
        if (!w.count || strchr(w.list[0], '='))
                return err_set(e, 2, "disk wants the path of an image or block device first");
        if (check_words(w, 1, " bus format readonly serial ", e) < 0)
                return -1;
        AUTO_FREE char *here = getcwd(NULL, 0), *path = *w.list[0] == '/' ? format("%s", w.list[0]) : format("%s/%s", here, w.list[0]);
        const char *bus = word_of(w, "bus", "virtio"), *said = word_of(w, "format", NULL), *image = said ? said : sniff_format(path, e);
        const char *readonly = word_of(w, "readonly", "no"), *serial = word_of(w, "serial", NULL);
        size_t row = 0;
        while (row < ARRAY_LEN(buses) && strcmp(buses[row].bus, bus))
                row++;
        if (row == ARRAY_LEN(buses))
                return err_set(e, 2, "bus=%s: a disk is plugged on virtio, scsi or usb", bus);
        if (!image || check_not_there(domain, path, e))
                return -1;
        if (!is_one_of(image, " qcow2 raw ") || !is_one_of(readonly, " yes no "))
                return err_set(e, 2, "format is qcow2 or raw, readonly is yes or no");
        if (serial && strlen(serial) > SERIAL_BYTES)
                return err_set(e, 2, "serial: a guest sees %d characters of it at most, and this has %zu", SERIAL_BYTES, strlen(serial));
        AUTO_XML xmlDoc *doc = xml_new("disk");
        xmlNode *disk = xmlDocGetRootElement(doc);
        AUTO_FREE char *target = free_target(domain, buses[row].prefix);
        bool device = !strncmp(path, "/dev/", 5);
        set(disk, "type", device ? "block" : "file");
        set(disk, "device", "disk");
        xml_element(disk, "driver", "name", "qemu", "type", image, NULL);
        xml_element(disk, "source", device ? "dev" : "file", path, NULL);
        xml_element(disk, "target", "dev", target, "bus", bus, NULL);
        if (!strcmp(readonly, "yes"))
                xml_element(disk, "readonly", NULL);
        if (serial)
                xml_leaf(disk, "serial", serial);
        d->kind = buses[row].kind;
        d->name = format("disk %s", target);
        add_alias(d, disk);
        int status = d->kind == PLAN_SCSI ? add_scsi_address(domain, disk, e) : 0;
        d->xml = xml_print(doc);
        return status;
}

/* ---- network cards ---- */

static void add_nic_source(xmlNode *nic, const char *source)
{
        bool user = !strcmp(source, "user"), bridge = !strncmp(source, "bridge:", 7);
        set(nic, "type", user ? "user" : bridge ? "bridge" : "network");
        if (!user)
                xml_element(nic, "source", bridge ? "bridge" : "network", bridge ? source + 7 : source, NULL);
}

static bool has_mac(xmlNode *domain, const char *mac)
{
        AUTO_FREE xmlNode **cards = xml_nodes(domain, "devices/interface");
        for (size_t i = 0; cards[i]; i++) {
                AUTO_FREE char *own = xml_text(cards[i], "string(mac/@address)");
                if (!strcasecmp(own, mac))
                        return true;
        }
        return false;
}

static int make_nic(xmlNode *domain, struct device_words w, struct device *d, struct err *e)
{
        int plain = w.count && !strchr(w.list[0], '=');
        if (check_words(w, plain, " model mac ", e) < 0)
                return -1;
        char digits[7];
        random_hex(digits, 6);
        AUTO_FREE char *made = format("52:54:00:%.2s:%.2s:%.2s", digits, digits + 2, digits + 4);
        const char *model = word_of(w, "model", "virtio"), *mac = word_of(w, "mac", made);
        if (!is_one_of(model, " virtio e1000 e1000e rtl8139 "))
                return err_set(e, 2, "model=%s: a network card is virtio, e1000, e1000e or rtl8139", model);
        if (!spec_is_mac(mac))
                return err_set(e, 2, "mac=%s is no address of a card; one looks like 52:54:00:12:34:56", mac);
        if (has_mac(domain, mac))
                return err_set(e, 1, "the machine has a card with the address %s already", mac);
        AUTO_XML xmlDoc *doc = xml_new("interface");
        xmlNode *nic = xmlDocGetRootElement(doc);
        add_nic_source(nic, plain ? w.list[0] : "default");
        xml_element(nic, "mac", "address", mac, NULL);
        xml_element(nic, "model", "type", model, NULL);
        add_alias(d, nic);
        d->kind = is_one_of(model, " virtio e1000e ") ? PLAN_NIC : PLAN_LEGACY;
        d->name = format("nic %s", mac);
        d->xml = xml_print(doc);
        return 0;
}

/* ---- the others ---- */

static int make_hostdev(xmlNode *domain, struct device_words w, struct device *d, struct err *e)
{
        unsigned segment, bus, slot, function;
        char rest;
        if (w.count != 1 || sscanf(w.list[0], "%x:%x:%x.%u%c", &segment, &bus, &slot, &function, &rest) != 4)
                return err_set(e, 2, "hostdev wants one PCI address of the host: 0000:03:00.0");
        AUTO_XML xmlDoc *doc = xml_new("hostdev");
        xmlNode *root = xmlDocGetRootElement(doc);
        set(root, "mode", "subsystem");
        set(root, "type", "pci");
        set(root, "managed", "yes");
        xmlNode *address = xml_element(xml_element(root, "source", NULL), "address", NULL);
        set_number(address, "domain", segment);
        set_number(address, "bus", bus);
        set_number(address, "slot", slot);
        set_number(address, "function", function);
        add_alias(d, root);
        d->kind = PLAN_VIRTIO;
        d->name = format("hostdev %s", w.list[0]);
        d->xml = xml_print(doc);
        return 0;
}

/* XML as it is, but for the alias, by which it is found again. */
static int make_of_xml(const char *text, const char *what, struct device *d, struct err *e)
{
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), what, e);
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        AUTO_FREE char *own = xml_text(root, "string(alias/@name)");
        if (!strncmp(own, "ua-", 3))
                d->alias = format("%s", own);
        else
                add_alias(d, root);
        d->name = device_title(root);
        d->xml = xml_print(doc);
        return 0;
}

static int make_xml(xmlNode *domain, struct device_words w, struct device *d, struct err *e)
{
        if (w.count != 1)
                return err_set(e, 2, "xml wants one file: the <disk>, <interface>... as libvirt has it");
        AUTO_FREE char *text = read_text(AT_FDCWD, w.list[0], MAX_XML);
        d->kind = PLAN_KINDS;
        return text ? make_of_xml(text, w.list[0], d, e) : err_set(e, 2, "cannot read %s: %s", w.list[0], err_name(errno));
}

static const struct {
        const char *word;
        int (*make)(xmlNode *domain, struct device_words words, struct device *d, struct err *e);
        const char *takes, *what;
} makers[] = {
        { "disk", make_disk, "PATH [bus=virtio|scsi|usb] [format=qcow2|raw] [readonly=yes] [serial=S]", "a disk" },
        { "nic", make_nic, "[user|bridge:NAME|NETWORK] [model=virtio|e1000|e1000e|rtl8139] [mac=M]", "a network card" },
        { "hostdev", make_hostdev, "0000:03:00.0", "a PCI device of the host" },
        { "xml", make_xml, "FILE", "any device, as libvirt's XML" },
};

static const struct {
        const char *word;
        enum plan_kind kind;
        const char *xml, *what;
} fixed[] = {
#define DEVICE(word, kind, xml, what) { word, kind, xml, what },
#include "vm/device.def"
#undef DEVICE
};

int device_make(xmlNode *domain, const char *kind, struct device_words words, struct device *d, struct err *e)
{
        *d = (struct device){ 0 };
        for (size_t i = 0; i < ARRAY_LEN(makers); i++)
                if (!strcmp(kind, makers[i].word))
                        return makers[i].make(domain, words, d, e);
        for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
                if (strcmp(kind, fixed[i].word))
                        continue;
                if (words.count)
                        return err_set(e, 2, "%s takes no more words", kind);
                d->kind = fixed[i].kind;
                return make_of_xml(fixed[i].xml, kind, d, e);
        }
        if (!strcmp(kind, "cdrom"))
                return err_set(e, 2, "a CD-ROM drive cannot be plugged; `crossarm vm cdrom` changes what is in one that is there");
        return err_set(e, 2, "no device is called '%s'; `crossarm vm attach --help` lists them", kind);
}

char *device_help(void)
{
        char *text = format("%s", "");
        for (size_t i = 0; i < ARRAY_LEN(makers) + ARRAY_LEN(fixed); i++) {
                size_t k = i - ARRAY_LEN(makers);
                bool made = i < ARRAY_LEN(makers);
                char *longer = format("%s  %-9s %s%s%s\n", text, made ? makers[i].word : fixed[k].word,
                        made ? makers[i].what : fixed[k].what, made ? ": " : "", made ? makers[i].takes : "");
                free(text);
                text = longer;
        }
        return text;
}

/* ---- finding ---- */

char *device_title(xmlNode *device)
{
        AUTO_FREE char *target = xml_text(device, "string(self::disk/target/@dev | self::interface/mac/@address | self::controller/@model |"
                                                  " self::input/@type | alias/@name)");
        bool nic = !strcmp((const char *)device->name, "interface");
        return format("%s %s", nic ? "nic" : (const char *)device->name, target);
}

xmlNode *device_find(xmlNode *domain, const char *word, struct err *e)
{
        if (strpbrk(word, "'\"[]") || !*word) {
                err_set(e, 2, "'%s' names no device", word);
                return NULL;
        }
        AUTO_FREE char *xpath = format("devices/*[alias/@name='%s' or self::disk/target/@dev='%s' or mac/@address='%s']", word, word, word);
        AUTO_FREE xmlNode **found = xml_nodes(domain, xpath);
        if (found[0] && !found[1])
                return found[0];
        err_set(e, 1,
                found[0] ? "'%s' names several devices" : "the machine has no device '%s'; name its target (vda), MAC address or alias",
                word);
        return NULL;
}
