/*
 * Damaged captures: the files of a small machine, then flipped, cut, doubled and overwritten at random, by a fixed seed, one by one and as
 * the tar file they come in. Under ASan and UBSan what matters is that nothing is reported. HW_FUZZ=N: rounds.
 */
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"
#include "hw/diff.h"
#include "hw/hw.h"
#include "hw/probe.h"
#include "hw/smbios.h"
#include "hw/tar.h"

/* Two processors, a node, a cache, an SMBIOS table with all decoded types, a device tree. */
static const u8 dmi[] = { 0, 0x18, 0, 0, 1, 2, 0, 0xe8, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0xff, 0xff, 0xff, 0xff, 'B', 0, '1', 0, 0, 1,
        0x1b, 0, 1, 1, 2, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 6, 0, 0, 'H', 'W', 0, 'T', 0, 'S', 'N', '1', 0, 0, 4,
        0x30, 0, 4, 1, 3, 0xfe, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0xa0, 0x0f, 0x28, 0x0a, 0x41, 1, 0, 7, 1, 7, 2, 7, 0, 0, 0, 2, 2, 2,
        0xfc, 0, 1, 1, 2, 0, 2, 0, 2, 0, 'C', 'P', 'U', 0, 'H', 'i', 0, 'K', 'p', 0, 0, 7, 0x1b, 0, 7, 0, 0x80, 1, 0, 1, 0, 1, 2, 0, 2, 0,
        0, 5, 5, 7, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 16, 0x17, 0, 0x10, 1, 3, 6, 0, 0, 0, 0x80, 0xfe, 0xff, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
        17, 0x28, 0, 0x11, 0, 0x10, 0xfe, 0xff, 72, 0, 64, 0, 0xff, 0x7f, 9, 0, 1, 0, 0x1a, 2, 0, 0x75, 0x0b, 2, 3, 0, 4, 1, 0, 4, 0, 0,
        0x75, 0x0b, 0, 0, 0, 0, 0, 0, 'D', 0, 'S', 0, 'N', 0, 'P', 0, 0, 127, 4, 0xff, 0xfe, 0, 0 };

#define CPU "/sys/devices/system/cpu/"

static const struct {
        const char *path, *text;
        size_t size; /* 0: a text */
} files[] = {
        { HW_PROBE_FILE,
                "version=1\narch=aarch64\nkernel=6.1\nroot=1\npage_bytes=4096\ntimer_hz=62500000\nsve_bits=256\naarch32_el0=yes\nkvm="
                "usable\n"
                "kvm.arm_ipa_bits=48\nkvm.gicv2=0\nkvm.gicv3=1\nkvm.its=1\nlog=whole\nlog.kvm_mode=VHE mode initialized successfully\n"
                "log.erratum=ARM erratum 1\nmeasured_hz=2600000000\nmeasured_by=cycle counter\n",
                0 },
        { "/proc/cpuinfo",
                "processor\t: 0\nBogoMIPS\t: 200.00\nFeatures\t: fp asimd sve\nCPU implementer\t: 0x48\nCPU architecture: 8\nCPU "
                "variant\t: "
                "0x1\nCPU part\t: 0xd01\nCPU revision\t: 0\n\nprocessor\t: 1\nFeatures\t: fp\nCPU implementer\t: 0x41\nCPU part\t: "
                "0xd0c\n\n",
                0 },
        { "/proc/meminfo", "MemTotal:       1000000 kB\nMemFree: 5 kB\n", 0 },
        { "/proc/interrupts", "           CPU0\n 12:       1157     GICv3  26 Level     arch_timer\nITS-MSI 16384 Edge\n", 0 },
        { "/proc/cmdline", "quiet kvm-arm.mode=protected\n", 0 },
        { "/proc/device-tree/model", "Board\0", 6 },
        { "/proc/device-tree/compatible", "a,b\0c,d\0", 8 },
        { "/sys/firmware/dmi/tables/DMI", (const char *)dmi, sizeof dmi },
        { "/sys/class/dmi/id/sys_vendor", "Huawei\n", 0 },
        { "/sys/class/dmi/id/product_name", "Default string\n", 0 },
        { CPU "online", "0-1\n", 0 },
        { CPU "present", "0-1\n", 0 },
        { CPU "cpu0/topology/physical_package_id", "36\n", 0 },
        { CPU "cpu1/topology/physical_package_id", "-1\n", 0 },
        { CPU "cpu0/topology/thread_siblings_list", "0\n", 0 },
        { CPU "cpu1/topology/thread_siblings_list", "1\n", 0 },
        { CPU "cpu0/regs/identification/midr_el1", "0x00000000481fd010\n", 0 },
        { CPU "cpu0/cpufreq/base_frequency", "2600000\n", 0 },
        { CPU "cpu0/cpufreq/cpuinfo_max_freq", "2700000\n", 0 },
        { CPU "cpu1/acpi_cppc/nominal_freq", "2600\n", 0 },
        { CPU "cpu1/of_node/clock-frequency", "\0\0\0\0\x9a\xf8\xda\x40", 8 },
        { CPU "cpu1/cpu_capacity", "446\n", 0 },
        { CPU "cpu0/cache/index0/level", "1\n", 0 },
        { CPU "cpu0/cache/index0/type", "Data\n", 0 },
        { CPU "cpu0/cache/index0/size", "64K\n", 0 },
        { CPU "cpu0/cache/index0/shared_cpu_list", "0\n", 0 },
        { CPU "cpu0/cache/index0/ways_of_associativity", "4\n", 0 },
        { CPU "vulnerabilities/meltdown", "Not affected\n", 0 },
        { "/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       1000000 kB\n", 0 },
        { "/sys/devices/system/node/node0/cpulist", "0-1\n", 0 },
        { "/sys/devices/system/node/node0/distance", "10 16\n", 0 },
        { "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n", 0 },
};

static size_t mutate(u8 *data, size_t size)
{
        static const char *const words[] = { "99999999999999999999", "-1", "0x", ":", "\n", "0-4294967295", "processor\t: 7\n", "%s%n",
                "\t:", "ffff" };
        for (u32 n = 1 + any(4); n && size; n--) {
                size_t at = any((u32)size), room = size - at, length = any(1 + (u32)(room < 32 ? room : 32));
                const char *word = words[any(ARRAY_LEN(words))];
                switch (any(6)) {
                case 0: data[at] ^= (u8)(1 << any(8)); break;
                case 1: data[at] = (u8)any(256); break;
                case 2: size = at; break;
                case 3: memmove(data + at, data + any((u32)(size - length + 1)), length); break;
                case 4: memset(data + at, (int)any(256), length); break;
                case 5: memcpy(data + at, word, strlen(word) < room ? strlen(word) : room); break;
                }
        }
        return size;
}

/* The tar file with one or two of its files damaged, or none. */
static u8 *make_tar(int damaged, size_t *size)
{
        int fd = memfd_create("tar", 0);
        u32 first = any(ARRAY_LEN(files)), second = any(ARRAY_LEN(files));
        for (u32 i = 0; i < ARRAY_LEN(files); i++) {
                size_t n = files[i].size ? files[i].size : strlen(files[i].text);
                AUTO_FREE u8 *copy = malloc(n + 1);
                memcpy(copy, files[i].text, n);
                if (damaged && (i == first || i == second))
                        n = mutate(copy, n);
                struct hw_tar_file file = { .mode = any(40) ? 0444 : 0, .data = copy, .size = n };
                strcpy(file.path, files[i].path);
                if (hw_tar_write(fd, &file) < 0)
                        abort();
        }
        if (hw_tar_end(fd) < 0)
                abort();
        *size = (size_t)lseek(fd, 0, SEEK_END);
        u8 *tar = malloc(*size);
        if (pread(fd, tar, *size, 0) != (ssize_t)*size)
                abort();
        close(fd);
        return tar;
}

static void read_capture(const u8 *tar, size_t size)
{
        struct hw_tree t;
        struct hw_facts f[2] = { 0 };
        struct err e;
        struct hw_difference *d;
        if (hw_tree_from_tar(&t, tar, size, &e) < 0)
                return;
        if (hw_read(&t, &f[0], &e) == 0) {
                hw_at(&f[1], "cpu");
                hw_put_number(&f[1], "count", 2, "here");
                hw_diff_free(d, hw_diff(f, 2, &d));
        }
        hw_facts_free(&f[0]);
        hw_facts_free(&f[1]);
        hw_tree_close(&t);
}

static void read_smbios(void)
{
        size_t size = sizeof dmi;
        AUTO_FREE u8 *copy = malloc(size);
        memcpy(copy, dmi, size);
        size = mutate(copy, size);
        /* Exactly as large as it claims, so that a byte too far is seen. */
        u8 *exact = malloc(size ? size : 1);
        memcpy(exact, copy, size);
        size = smbios_mask(exact, size);
        struct smbios_entry entry;
        for (size_t at = 0; smbios_next(exact, size, &at, &entry);)
                for (u8 offset = 4; offset < 0x60; offset += 3)
                        free(smbios_text(&entry, offset));
        free(exact);
}

int main(void)
{
        const char *wanted = getenv("HW_FUZZ");
        long rounds = wanted ? atol(wanted) : 1500;
        size_t size;
        u8 *whole = make_tar(0, &size);
        read_capture(whole, size);
        free(whole);
        for (long i = 0; i < rounds; i++) {
                u8 *tar = make_tar(1, &size);
                if (!any(3))
                        size = mutate(tar, size);
                read_capture(tar, size);
                free(tar);
                read_smbios();
        }
        return 0;
}
