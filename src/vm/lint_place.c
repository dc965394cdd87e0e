/* What this machine has to have for a domain that starts here. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/firmware.h"
#include "vm/lint_check.h"
#include "vm/lint_scope.h"
#include "vm/source.h"

bool lint_keymap_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *name = xml_text(node, "string(@keymap)");
        AUTO_FREE char *path = format("/usr/share/qemu/keymaps/%s", name);
        return scope->host->local && !strchr(name, '/') && access("/usr/share/qemu/keymaps", F_OK) == 0 && access(path, F_OK) < 0;
}

/* An address is this machine's when a socket can be bound to it; names and unfinished interfaces are left to libvirt. */
bool lint_listen_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *address = xml_text(node, "string(@listen | @address)");
        struct addrinfo *found, hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM };
        if (!scope->host->local || !*address || getaddrinfo(address, NULL, &hints, &found))
                return false;
        AUTO_CLOSE int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool missing = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) < 0 && errno == EADDRNOTAVAIL;
        freeaddrinfo(found);
        return missing;
}

bool lint_certificates_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *said = xml_text(node, "normalize-space(database)");
        const char *path = *said ? said : "/etc/pki/nssdb"; /* VIR_DOMAIN_SMARTCARD_DEFAULT_DATABASE of libvirt */
        *detail = format("%s", path);
        return scope->host->local && access(path, F_OK) < 0;
}

bool lint_numad_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        return scope->host->local && access("/usr/bin/numad", X_OK) < 0 && access("/usr/sbin/numad", X_OK) < 0;
}

static bool same_id(const char *device, const char *file, const char *want)
{
        AUTO_FREE char *path = format("/sys/bus/usb/devices/%s/%s", device, file);
        AUTO_FREE char *text = read_text(AT_FDCWD, path, 64);
        return text && strtoul(text, NULL, 16) == strtoul(want, NULL, 16);
}

bool lint_usb_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *vendor = xml_text(node, "string(vendor/@id)"), *product = xml_text(node, "string(product/@id)");
        if (!scope->host->local || !*vendor)
                return false;
        DIR *dir = opendir("/sys/bus/usb/devices");
        bool found = false;
        for (struct dirent *d; dir && !found && (d = readdir(dir));)
                found = same_id(d->d_name, "idVendor", vendor) && same_id(d->d_name, "idProduct", product);
        if (dir)
                closedir(dir);
        return !found;
}

/* https://libvirt.org/formatdomain.html#memory-allocation: KiB when none is said, KB are thousands. */
static u64 unit_size(const char *unit)
{
        static const struct {
                const char *name;
                u64 size;
        } units[] = { { "", 1 << 10 }, { "b", 1 }, { "bytes", 1 }, { "k", 1 << 10 }, { "KiB", 1 << 10 }, { "KB", 1000 }, { "M", 1 << 20 },
                { "MiB", 1 << 20 }, { "MB", 1000000 }, { "G", 1 << 30 }, { "GiB", 1 << 30 }, { "GB", 1000000000 } };
        for (size_t i = 0; i < ARRAY_LEN(units); i++)
                if (!strcasecmp(unit, units[i].name))
                        return units[i].size;
        return 0;
}

bool lint_memory_file_small(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *path = xml_text(node, "normalize-space(source/path)"), *size = xml_text(node, "string(target/size)"),
                       *unit = xml_text(node, "string(target/size/@unit)");
        struct stat st;
        if (!scope->host->local || stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size)
                return false;
        *detail = format("%lld", (long long)st.st_size);
        return (u64)st.st_size < strtoull(size, NULL, 10) * unit_size(unit);
}

/* The flattened device tree's magic, big-endian: Devicetree Specification 5.2. */
bool lint_dtb_other(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        static const u8 magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };
        AUTO_FREE char *path = xml_text(node, "normalize-space(.)");
        u8 head[4];
        AUTO_CLOSE int fd = scope->host->local ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
        return fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head && memcmp(head, magic, sizeof magic);
}

static bool is_qcow2(const char *path, bool *known)
{
        u8 head[4];
        struct stat st;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        *known = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read(fd, head, sizeof head) == (ssize_t)sizeof head;
        return *known && !memcmp(head, "QFI\xfb", sizeof head);
}

static bool image_is(const struct lint_scope *scope, xmlNode *node, bool qcow2)
{
        AUTO_FREE char *path = xml_text(node, "string(@file)");
        bool known = false;
        return scope->host->local && is_qcow2(path, &known) == qcow2 && known;
}

bool lint_format_other(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        return image_is(scope, node, false);
}

bool lint_qcow2_as_raw(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        return image_is(scope, node, true);
}

static u64 meminfo(const char *text, const char *key)
{
        const char *at = strstr(text, key);
        return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* The kernel's own measure of an obvious overcommit, unless it is told to measure nothing: proc(5), /proc/sys/vm/overcommit_memory. */
bool lint_memory_beyond(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *size = xml_text(node, "normalize-space(.)"), *unit = xml_text(node, "string(@unit)");
        AUTO_FREE char *info = read_text(AT_FDCWD, "/proc/meminfo", 16384),
                       *overcommit = read_text(AT_FDCWD, "/proc/sys/vm/overcommit_memory", 16);
        if (!scope->host->local || !info || !overcommit || *overcommit == '1')
                return false;
        u64 have = meminfo(info, "MemTotal:") + meminfo(info, "SwapTotal:");
        *detail = format("%llu", (unsigned long long)have);
        return strtoull(size, NULL, 10) > (have << 10) / (unit_size(unit) ? unit_size(unit) : 1);
}

/* What is asked for by <firmware><feature enabled= name=>: the bits that are, or are not, to be there. */
static u32 features(xmlNode *os, const char *enabled)
{
        AUTO_FREE char *xpath = format("firmware/feature[@enabled='%s']", enabled);
        xmlNode **nodes = xml_nodes(os, xpath);
        u32 bits = 0;
        for (size_t i = 0; nodes[i]; i++) {
                AUTO_FREE char *name = xml_text(nodes[i], "string(@name)");
                bits |= firmware_feature_by_name(name);
        }
        free(nodes);
        return bits;
}

/* libvirt takes the first descriptor that promises what is wanted, whether its files are there or not. */
bool lint_firmware_broken(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *arch = lint_arch(scope->doc), *machine = xml_text(node, "string(type/@machine)");
        struct firmware_want want = { .arch = arch,
                .machine = *machine ? machine : NULL,
                .with = features(node, "yes"),
                .without = features(node, "no"),
                .as_promised = true };
        if (!scope->host->local)
                return false;
        AUTO_FIRMWARE struct firmware_list list = { 0 };
        struct firmware_choice choice;
        firmware_list_here(scope->host->session, &list);
        firmware_choose(&list, &want, &choice);
        bool broken = choice.chosen && choice.chosen->broken && choice.chosen->code && access(choice.chosen->code, F_OK) < 0;
        if (broken)
                *detail = format("%s, whose %s is not there", choice.chosen->source, choice.chosen->code);
        firmware_choice_free(&choice);
        return broken;
}
