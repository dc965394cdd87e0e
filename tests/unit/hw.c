/* The readers of src/hw, one by one. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"
#include "hw/cpus.h"
#include "hw/diff.h"
#include "hw/hw.h"
#include "hw/midr.h"
#include "hw/probe.h"
#include "hw/smbios.h"
#include "hw/tar.h"

static void lists(void)
{
        CHECK(cpu_list_has("0-3,8", 8) && cpu_list_has("0-3,8", 2) && !cpu_list_has("0-3,8", 4) && !cpu_list_has("", 0));
        CHECK(cpu_list_count("0-3,8") == 5 && cpu_list_count("7") == 1 && cpu_list_count("x") == 0 && cpu_list_count("3-1") == 0);
        CHECK(cpu_list_count("0-99999999999") == 0);
        u64 n;
        CHECK(hw_parse_number("64K", &n) && n == 65536);
        CHECK(hw_parse_number("0x414fd0c1", &n) && n == 0x414fd0c1);
        CHECK(!hw_parse_number("-1", &n) && !hw_parse_number("", &n) && !hw_parse_number("12 monkeys?" + 2, &n) &&
                !hw_parse_number("5x", &n));
        CHECK(!hw_parse_number("99999999999999999999", &n) && !hw_parse_number("18446744073709551615K", &n));
}

static void cpuinfo(void)
{
        static const char text[] = "processor\t: 0\nCPU part\t: 0xd0c\n\nprocessor\t: 1\nCPU part\t: 0xd03\n\nHardware\t: Board\n";
        AUTO_FREE char *a = cpuinfo_get(text, 0, "CPU part"), *b = cpuinfo_get(text, 1, "CPU part"), *c = cpuinfo_get(text, 1, "Hardware");
        CHECK(a && !strcmp(a, "0xd0c"));
        CHECK(b && !strcmp(b, "0xd03"));
        CHECK(c && !strcmp(c, "Board"));
        CHECK(!cpuinfo_get(text, 0, "CPU"));
}

static void midr(void)
{
        CHECK(!strcmp(midr_find(0x414fd0c1)->name, "Neoverse-N1") && midr_find(0x414fd0c1)->certain);
        CHECK(!strcmp(midr_find(0x481fd010)->name, "Kunpeng-920") && !midr_find(0x481fd010)->certain);
        CHECK(!strcmp(midr_implementer_name(0x70), "Phytium") && !midr_implementer_name(0x99) && !midr_find(0x99000000));
        CHECK(midr_variant(0x413fd0c1) == 3 && midr_revision(0x413fd0c1) == 1);
}

static void smbios(void)
{
        static const u8 table[] = { 4, 0x1a, 0, 4, 1, 3, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0xa0, 0x0f, 0x28, 0x0a, 0x41, 1, 'C',
                'P', 'U', 0, 'Q', 'E', 'M', 'U', 0, 'N', 0, 0, 127, 4, 1, 4, 0, 0 };
        struct smbios_entry e;
        size_t at = 0;
        CHECK(smbios_next(table, sizeof table, &at, &e) && e.type == 4);
        AUTO_FREE char *socket = smbios_text(&e, 4), *maker = smbios_text(&e, 7), *none = smbios_text(&e, 8),
                       *beyond = smbios_text(&e, 0x30);
        CHECK(socket && !strcmp(socket, "CPU") && maker && !strcmp(maker, "QEMU") && !none && !beyond);
        CHECK(smbios_max_hz(&e) == 4000000000 && smbios_current_hz(&e) == 2600000000 && !smbios_speed_is_placeholder(&e));
        CHECK(smbios_field(&e, 0x18, 4, 77) == 77);
        CHECK(smbios_next(table, sizeof table, &at, &e) && e.type == SMBIOS_END && !smbios_next(table, sizeof table, &at, &e));
        for (size_t size = 0; size < sizeof table; size++) /* cut anywhere */
                for (at = 0; smbios_next(table, size, &at, &e);)
                        free(smbios_text(&e, 7));
        CHECK(smbios_is_placeholder("To Be Filled By O.E.M.") && smbios_is_placeholder("........") && smbios_is_placeholder("0"));
        CHECK(!smbios_is_placeholder("Kunpeng 920") && !smbios_is_placeholder("1"));
}

static void masked(void)
{
        u8 table[] = { 1, 0x1b, 0, 1, 1, 2, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 6, 0, 0, 'H', 'W', 0, 'T', 0, 'S',
                'N', '1', 0, 0, 0xdd, 5, 9, 9, 9, 's', 'e', 'c', 'r', 'e', 't', 0, 0, 127, 4, 1, 4, 0, 0 };
        size_t size = smbios_mask(table, sizeof table), at = 0;
        struct smbios_entry e;
        CHECK(size == sizeof table - 13);
        CHECK(smbios_next(table, size, &at, &e));
        AUTO_FREE char *serial = smbios_text(&e, 7), *maker = smbios_text(&e, 4);
        CHECK(serial && !strcmp(serial, "XXX") && maker && !strcmp(maker, "HW") && smbios_field(&e, 8, 8, 1) == 0);
        CHECK(smbios_next(table, size, &at, &e) && e.type == SMBIOS_END);
}

/* What is written is read again, in the tar file and by the tree. */
static void tar(void)
{
        AUTO_CLOSE int fd = memfd_create("tar", 0);
        struct hw_tar_file file = { .path = "/sys/devices/x", .mode = 0444, .data = (const u8 *)"hello\n", .size = 6 };
        struct hw_tar_file denied = { .path = "/sys/secret", .mode = 0, .data = (const u8 *)"", .size = 0 };
        struct hw_tar_file deep = { .mode = 0444, .data = (const u8 *)"1", .size = 1 };
        memset(deep.path, 'd', 200);
        for (int i = 0; i < 200; i += 40)
                deep.path[i] = '/';
        CHECK(hw_tar_write(fd, &file) == 0 && hw_tar_write(fd, &denied) == 0 && hw_tar_write(fd, &deep) == 0 && hw_tar_end(fd) == 0);
        off_t size = lseek(fd, 0, SEEK_END);
        u8 *bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
        struct hw_tree t;
        struct err e = { 0 };
        size_t n;
        CHECK(hw_tree_from_tar(&t, bytes, (size_t)size, &e) == 0);
        AUTO_FREE char *line = hw_tree_line(&t, "/sys/devices/%s", "x"), *other = hw_tree_read(&t, deep.path, &n);
        CHECK(line && !strcmp(line, "hello") && other && n == 1);
        CHECK(!hw_tree_read(&t, "/sys/secret", &n) && hw_tree_exists(&t, "/sys/devices") && !hw_tree_exists(&t, "/sys/dev"));
        char **names = hw_tree_list(&t, "/sys");
        CHECK(names[0] && !strcmp(names[0], "devices") && names[1] && !strcmp(names[1], "secret") && !names[2]);
        free(names);
        hw_tree_close(&t);
        CHECK(hw_tree_from_tar(&t, bytes, 700, &e) < 0 && strstr(e.text, "cut"));
        CHECK(hw_tree_from_tar(&t, (const u8 *)"no tar file", 11, &e) < 0);
        munmap(bytes, (size_t)size);
}

static void log_lines(void)
{
        struct probe p = { 0 };
        char log[] = "<6>[    0.0] CPU features: detected: ARM erratum 1418040\n<6>[    1.0] kvm [1]: IPA Size Limit: 48 bits\n"
                     "<6>[    1.1] kvm [1]: GICv4 support disabled\n<6>[    1.2] kvm [1]: VHE mode initialized successfully\n";
        probe_log_text(&p, log);
        AUTO_FREE char *mode = probe_get(p.text, "log.kvm_mode"), *ipa = probe_get(p.text, "log.ipa"), *v4 = probe_get(p.text, "log.gicv4"),
                       *erratum = probe_get(p.text, "log.erratum");
        CHECK(mode && !strcmp(mode, "VHE mode initialized successfully") && ipa && !strcmp(ipa, "48 bits"));
        CHECK(v4 && !strcmp(v4, "disabled") && erratum && !strcmp(erratum, "ARM erratum 1418040"));
        free(p.text);
}

static void differences(void)
{
        struct hw_facts m[3] = { 0 };
        struct hw_difference *d;
        for (int i = 0; i < 3; i++) {
                hw_at(&m[i], "cpu");
                if (i == 1)
                        hw_put_unknown(&m[i], "nominal_hz", "why");
                else
                        hw_put_number(&m[i], "nominal_hz", 2600000000, "there");
                hw_put_number(&m[i], "current_hz", 1000u + (u32)i, "there");
                hw_mark(&m[i], HW_VOLATILE);
                hw_put_number(&m[i], "memory_bytes", 1000000u + (u32)i, "there");
                hw_mark(&m[i], HW_NEAR);
        }
        size_t rows = hw_diff(m, 3, &d);
        CHECK(rows == 1 && !strcmp(d[0].key, "cpu.nominal_hz") && d[0].usual == 0 && !hw_same(d[0].each[1], d[0].each[0]));
        hw_diff_free(d, rows);
        for (int i = 0; i < 3; i++)
                hw_facts_free(&m[i]);
}

int main(void)
{
        lists();
        cpuinfo();
        midr();
        smbios();
        masked();
        tar();
        log_lines();
        differences();
        return check_status();
}
