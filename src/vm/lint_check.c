#include "vm/lint_check.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/kernel_image.h"
#include "vm/lint_scope.h"
#include "vm/plan.h"

/* A path stands as an attribute or as the element's text. */
static char *path_of(xmlNode *node)
{
        static const char *const attributes[] = { "@file", "@dir", "@dev", "@path", "@socket", "@evdev", "@template",
                "normalize-space(.)" };
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

bool lint_bridge_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *name = xml_text(node, "string(@bridge | @dev)");
        return scope->host->local && *name && !if_nametoindex(name);
}

bool lint_file_is_folder(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *path = path_of(node);
        struct stat st;
        return scope->host->local && path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool lint_no_power_of_two(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *text = xml_text(node, "string(.)");
        u64 value = strtoull(text, NULL, 10);
        return value & (value - 1);
}

bool lint_kernel_foreign(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        static const char *const own[] = { [ON_A64] = "aarch64", [ON_A32] = "armv7l", [ON_X86] = "x86_64" };
        AUTO_FREE char *path = path_of(node);
        struct stat st;
        struct kernel_image kernel;
        struct err e;
        if (!scope->host->local || !path)
                return false;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size || st.st_size > 256 << 20)
                return false;
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                return false;
        bool known = kernel_image_read(data, (size_t)st.st_size, &kernel, &e) == 0;
        munmap(data, (size_t)st.st_size);
        if (known)
                *detail = format("%s", kernel.arch);
        return known && strcmp(kernel.arch, own[scope->on]);
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

bool lint_ports_full(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_PLAN struct plan plan = { 0 };
        struct err e;
        if (plan_make(xmlDocGetRootElement(scope->doc), 0, &plan, &e) < 0 || plan.free_ports)
                return false;
        *detail = format("each of the %u PCIe root ports is taken", plan.port_count);
        return true;
}

bool lint_ports_beyond(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_PORTS_MACHINE struct ports_machine machine = { 0 };
        struct ports_limit limit;
        ports_machine_of(xmlDocGetRootElement(scope->doc), &machine);
        ports_limit(&machine, 0, 0, &limit);
        *detail = format("%u: %s", limit.root_ports, limit.why);
        return ports_low_ecam(&machine) && number(node, "count(controller[@model='pcie-root-port'])", 0) > limit.root_ports;
}
