/* What the box reads from outside: ids, binfmt handlers, accounts, ELF headers. Prints what is wrong; exit 0 when nothing is. */
#include "check.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "box/account.h"
#include "binfmt/register.h"
#include "box/probe.h"
#include "box/userns.h"
#include "base/util.h"

static void test_ids(void)
{
        char out[256];
        CHECK(userns_identity("         0          0 4294967295\n", out, sizeof out) == 4294967295u && !strcmp(out, "0 0 4294967295\n"));
        CHECK(userns_identity("0 1000 1\n1 100000 65536\n", out, sizeof out) == 65537 && !strcmp(out, "0 0 1\n1 1 65536\n"));
        CHECK(userns_identity("", out, sizeof out) == 0 && !out[0]);
        u32 start, count;
        CHECK(userns_subid("a:100000:65536\nbob:165536:65536\n", "bob", 1001, &start, &count) && start == 165536 && count == 65536);
        CHECK(userns_subid("1001:5:6", NULL, 1001, &start, &count) && start == 5 && count == 6);
        CHECK(!userns_subid("bobby:1:2\n\ngarbage\nbob:x:y\n", "bob", 1001, &start, &count));
}

static char *line_of(const char *name, const char *text)
{
        struct handler h;
        return handler_parse(name, text, &h) ? handler_line(&h) : NULL;
}

static void test_binfmt(void)
{
        AUTO_FREE char *magic = line_of("m", "enabled\ninterpreter /bin/x\nflags: PF\noffset 2\nmagic 7f41\nmask ff00\n");
        CHECK(magic && !strcmp(magic, ":m:M:2:\\x7f\\x41:\\xff\\x00:/bin/x:PF"));
        AUTO_FREE char *extension = line_of("e", "enabled\ninterpreter /a:b\nflags: \nextension .jar\n");
        CHECK(extension && !strcmp(extension, "|e|E||jar||/a:b|"));
        CHECK(!line_of("x", ""));
        CHECK(!line_of("r", "enabled\ninterpreter relative\nmagic 7f\n"));
        struct handler h;
        u8 head[ARCH_HEAD];
        CHECK(handler_parse("q",
                      "disabled\ninterpreter /q\nflags: OC\noffset 0\nmagic 7f454c460201010000000000000000000200b700\n"
                      "mask ffffffffffffff00fffffffffffffffffeffffff\n",
                      &h) &&
                !h.enabled);
        arch_head(arch_find("arm64"), false, head);
        CHECK(handler_takes(&h, head, sizeof head));
        arch_head(arch_find("arm64"), true, head);
        CHECK(!handler_takes(&h, head, sizeof head));
        CHECK(handler_parse("all", "enabled\ninterpreter /q\nmagic 7f454c46\n", &h) && !handler_takes(&h, head, sizeof head));
}

/* One byte of a binfmt.d line: \xNN or itself. */
static u8 byte_of(const char *c)
{
        unsigned value = (u8)*c;
        sscanf(c, "\\x%2x", &value);
        return (u8)value;
}

/* Our magic and mask are those of the distribution's own files, where this machine has them. */
static void test_arches(void)
{
        CHECK(arch_find("arm64") == arch_find("linux/arm64/v8") && arch_find("qemu-aarch64") == arch_find("aarch64"));
        CHECK(arch_find("linux/arm/v6") == arch_find("armhf") && !arch_find("vax") && !arch_find(""));
        for (const struct arch *a = archs; a->name; a++) {
                AUTO_FREE char *path = format("/usr/lib/binfmt.d/qemu-%s.conf", a->qemu), *conf = read_text(-1, path, 4096);
                char theirs[512], flags[16];
                struct handler h;
                u8 magic[128], mask[128];
                u32 n = 0, m = 0;
                if (!conf || sscanf(conf, ":%*[^:]:M::%511[^:]:", theirs) != 1)
                        continue;
                const char *at = strstr(conf, theirs) + strlen(theirs) + 1;
                for (const char *c = theirs; *c && n < 128; c += *c == '\\' ? 4 : 1)
                        magic[n++] = byte_of(c);
                for (; *at == '\\' && m < 128; at += 4)
                        mask[m++] = byte_of(at);
                handler_make(&h, a, false, "/x", handler_flags("F", flags));
                CHECK(n == ARCH_HEAD && !memcmp(h.magic, magic, n));
                /* the last byte of ppc64le's is 0 there: a longer machine number would pass */
                CHECK(m == ARCH_HEAD && !memcmp(h.mask, mask, m - (a->machine == EM_PPC64)));
        }
}

static void test_account(void)
{
        static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\nodd\n";
        static const char group[] = "root:x:0:\nadm:x:4:ann\n";
        struct account a;
        struct err e;
        CHECK(account_find("ann", passwd, group, &a, &e) == 0 && a.uid == 1000 && a.gid == 1001 && !strcmp(a.home, "/home/ann"));
        CHECK(account_find("0", passwd, group, &a, &e) == 0 && !strcmp(a.name, "root") && !strcmp(a.home, "/root"));
        CHECK(account_find("77:adm", passwd, group, &a, &e) == 0 && a.uid == 77 && a.gid == 4 && !a.name[0]);
        CHECK(account_find("12", NULL, NULL, &a, &e) == 0 && a.uid == 12 && a.gid == 12);
        CHECK(account_find("eve", passwd, group, &a, &e) < 0 && e.code == 126);
        CHECK(account_find("ann:none", passwd, group, &a, &e) < 0);
}

static enum program_kind kind_of(const void *bytes, size_t len)
{
        AUTO_CLOSE int fd = memfd_create("probe", 0);
        struct program p;
        CHECK(write(fd, bytes, len) == (ssize_t)len && probe_program(fd, &p) == 0);
        return p.kind;
}

static void test_probe(void)
{
        struct {
                Elf64_Ehdr h;
                Elf64_Phdr ph[2];
                char interp[16];
        } f = { .h = { .e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
                        .e_type = ET_DYN,
                        .e_machine = EM_AARCH64,
                        .e_phoff = 64,
                        .e_phentsize = 56,
                        .e_phnum = 2 },
                .ph = { { .p_type = PT_LOAD }, { .p_type = PT_INTERP, .p_offset = 64 + 2 * 56, .p_filesz = 6 } },
                .interp = "/ld.so" };
        f.ph[1].p_filesz = 7;
        CHECK(kind_of(&f, sizeof f) == PROGRAM_ARM64);
        for (size_t cut = 4; cut < offsetof(typeof(f), interp) + 7; cut++)
                CHECK(kind_of(&f, cut) == PROGRAM_BROKEN);
        f.ph[1].p_filesz = 6; /* no terminator */
        CHECK(kind_of(&f, sizeof f) == PROGRAM_BROKEN);
        f.ph[1].p_filesz = ~0ull;
        CHECK(kind_of(&f, sizeof f) == PROGRAM_BROKEN);
        f.ph[1].p_filesz = 7;
        f.h.e_phoff = ~0ull - 8;
        CHECK(kind_of(&f, sizeof f) == PROGRAM_BROKEN);
        f.h.e_machine = EM_X86_64;
        CHECK(kind_of(&f, sizeof f) == PROGRAM_HOST);
        f.h.e_machine = EM_RISCV;
        CHECK(kind_of(&f, sizeof f) == PROGRAM_FOREIGN);
        CHECK(kind_of("#! /bin/sh -e x \nrest", 21) == PROGRAM_SCRIPT);
        CHECK(kind_of("", 0) == PROGRAM_OTHER && kind_of("\x7f"
                                                         "EL",
                                                         3) == PROGRAM_OTHER);
}

int main(void)
{
        test_ids();
        test_binfmt();
        test_arches();
        test_account();
        test_probe();
        return check_status();
}
