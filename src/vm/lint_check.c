#include "vm/lint_check.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/lint_scope.h"

/* A path stands as an attribute or as the element's text. */
static char *path_of(xmlNode *node)
{
        static const char *const attributes[] = { "@file", "@dir", "@path", "@template", "normalize-space(.)" };
        for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
                char *path = xml_text(node, attributes[i]);
                if (path && *path)
                        return path;
                free(path);
        }
        return NULL;
}

bool lint_file_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *path = path_of(node);
        if (!scope->host->local || !path || *path != '/' || access(path, F_OK) == 0)
                return false;
        *detail = format("%s: %s", path, strerror(errno));
        return errno == ENOENT || errno == ENOTDIR; /* what we may not see, libvirt may */
}

/* QEMU's virt machine has two flash chips of 64 MiB and takes files of exactly that size: hw/arm/virt.c, VIRT_FLASH;
 * hw/block/pflash_cfi01.c. */
enum { FLASH_SIZE = 64 << 20 };

bool lint_flash_size(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *path = path_of(node);
        struct stat st;
        if (!scope->host->local || !path || stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == FLASH_SIZE)
                return false;
        *detail = format("%lld", (long long)st.st_size);
        return true;
}

bool lint_network_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *name = xml_text(node, "string(@network)");
        if (!scope->host->conn)
                return false;
        virNetworkPtr network = virNetworkLookupByName(scope->host->conn, name);
        if (network)
                virNetworkFree(network);
        return !network;
}

bool lint_bridge_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *name = xml_text(node, "string(@bridge | @dev)");
        return scope->host->local && *name && !if_nametoindex(name);
}

/* The heads of Linux kernels: Documentation/arch/arm64/booting.rst, arch/x86/boot.rst, arch/arm/boot/compressed/head.S. */
static const struct kernel_head {
        unsigned on;
        size_t at;
        u8 magic[4];
        const char *name;
} kernel_heads[] = {
        { ON_A64, 0x38, { 'A', 'R', 'M', 'd' }, "arm64" },
        { ON_X86, 0x202, { 'H', 'd', 'r', 'S' }, "x86" },
        { ON_A32, 0x24, { 0x18, 0x28, 0x6f, 0x01 }, "32-bit Arm" },
};

bool lint_kernel_foreign(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *path = path_of(node);
        u8 head[0x210];
        if (!scope->host->local || !path)
                return false;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || pread(fd, head, sizeof head, 0) != sizeof head)
                return false;
        for (size_t i = 0; i < ARRAY_LEN(kernel_heads); i++)
                if (!memcmp(head + kernel_heads[i].at, kernel_heads[i].magic, 4)) {
                        *detail = format("%s", kernel_heads[i].name);
                        return kernel_heads[i].on != scope->on;
                }
        return false;
}

static u64 number(xmlNode *at, const char *xpath, u64 otherwise)
{
        AUTO_FREE char *text = xml_text(at, xpath);
        return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

bool lint_topology_differs(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        u64 product = number(node, "@sockets", 1) * number(node, "@dies", 1) * number(node, "@cores", 1) * number(node, "@threads", 1);
        *detail = format("%llu", (unsigned long long)product);
        return product != number(node, "../../vcpu", 1);
}

bool lint_sysinfo_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        if (!scope->host->conn)
                return false;
        AUTO_FREE char *sysinfo = virConnectGetSysinfo(scope->host->conn, 0);
        return !sysinfo;
}

bool lint_hugepages_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *mounts = read_text(AT_FDCWD, "/proc/self/mounts", 1 << 20);
        return scope->host->local && mounts && !strstr(mounts, " hugetlbfs ");
}

bool lint_vsock_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        return scope->host->local && access("/dev/vhost-vsock", F_OK) < 0;
}

bool lint_vfio_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        struct stat st;
        return scope->host->local && (stat("/sys/kernel/iommu_groups", &st) < 0 || st.st_nlink <= 2);
}

bool lint_slot_beyond_port(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        u64 bus = number(node, "@bus", 0);
        AUTO_FREE char *port = format("/domain/devices/controller[@model='pcie-root-port' and @index='%llu']", (unsigned long long)bus);
        /* A bus that nobody describes libvirt adds, as a root port on machines of PCI Express. */
        AUTO_FREE char *known = format("/domain/devices/controller[@type='pci' and @index='%llu']", (unsigned long long)bus);
        bool added = !xml_has(node, known) && !xml_has(node, "/domain/devices/controller[@model='pci-root']") && scope->on != ON_X86;
        return bus && number(node, "@slot", 0) && (xml_has(node, port) || added);
}

static bool same_address(xmlNode *a, xmlNode *b)
{
        static const char *const parts[] = { "@domain", "@bus", "@slot", "@function" };
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (number(a, parts[i], 0) != number(b, parts[i], 0))
                        return false;
        return true;
}

bool lint_address_taken(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        xmlNode **before = xml_nodes(node, "../preceding-sibling::*/address[@type='pci'][@bus and @slot]");
        bool taken = false;
        for (size_t i = 0; before[i] && !taken; i++)
                taken = same_address(before[i], node) && (number(node, "@bus", 0) || number(node, "@slot", 0));
        free(before);
        return taken;
}

/* What takes a root port of its own on a machine of PCI Express: libvirt src/qemu/qemu_domain_address.c,
 * qemuDomainDeviceCalculatePCIConnectFlags(). */
#define PORT_TAKERS \
        "(interface[not(model/@type='usb-net')] | disk[target/@bus='virtio'] | controller[@type='scsi' or @type='virtio-serial' or " \
        "@type='usb' and " \
        "(@model='qemu-xhci' or @model='nec-xhci')] | rng | memballoon[@model!='none' or not(@model)] | input[@bus='virtio'] | " \
        "video[model/@type='virtio'] | " \
        "filesystem | vsock | hostdev[@type='pci'])[not(address[@type='virtio-mmio' or @bus='0x00'])]"

bool lint_ports_full(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *devices = xml_text(node, "count(" PORT_TAKERS ")");
        AUTO_FREE char *ports = xml_text(node, "count(controller[@model='pcie-root-port'])");
        *detail = format("%s devices on %s root ports", devices, ports);
        return atoi(devices) >= atoi(ports);
}
