/* What the box reads from outside: ids, binfmt handlers, accounts, ELF headers. Prints what is wrong; exit 0 when nothing is. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "box/account.h"
#include "box/binfmt.h"
#include "box/probe.h"
#include "box/userns.h"
#include "box/util.h"

static int failures;

#define EXPECT(cond) expect(cond, #cond, __LINE__)
static void expect(bool ok, const char *what, int line)
{
        if (!ok)
                printf("line %d: not true: %s\n", line, what);
        failures += !ok;
}

static void test_ids(void)
{
        char out[256];
        EXPECT(userns_identity("         0          0 4294967295\n", out, sizeof out) == 4294967295u && !strcmp(out, "0 0 4294967295\n"));
        EXPECT(userns_identity("0 1000 1\n1 100000 65536\n", out, sizeof out) == 65537 && !strcmp(out, "0 0 1\n1 1 65536\n"));
        EXPECT(userns_identity("", out, sizeof out) == 0 && !out[0]);
        u32 start, count;
        EXPECT(userns_subid("a:100000:65536\nbob:165536:65536\n", "bob", 1001, &start, &count) && start == 165536 && count == 65536);
        EXPECT(userns_subid("1001:5:6", NULL, 1001, &start, &count) && start == 5 && count == 6);
        EXPECT(!userns_subid("bobby:1:2\n\ngarbage\nbob:x:y\n", "bob", 1001, &start, &count));
}

static void test_binfmt(void)
{
        AUTO_FREE char *magic = binfmt_line("m", "enabled\ninterpreter /bin/x\nflags: PF\noffset 2\nmagic 7f41\nmask ff00\n");
        EXPECT(magic && !strcmp(magic, ":m:M:2:\\x7f\\x41:\\xff\\x00:/bin/x:PF"));
        AUTO_FREE char *extension = binfmt_line("e", "enabled\ninterpreter /a:b\nflags: \nextension .jar\n");
        EXPECT(extension && !strcmp(extension, "|e|E||jar||/a:b|"));
        EXPECT(!binfmt_line("d", "disabled\ninterpreter /bin/x\nflags: \noffset 0\nmagic 7f\n"));
        EXPECT(!binfmt_line("q", "enabled\ninterpreter /q\nflags: OC\noffset 0\nmagic 7f454c460201010000000000000000000200b700\n"
                                 "mask ffffffffffffff00fffffffffffffffffeffffff\n"));
        EXPECT(!binfmt_line("x", ""));
}

static void test_account(void)
{
        static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\nodd\n";
        static const char group[] = "root:x:0:\nadm:x:4:ann\n";
        struct account a;
        struct err e;
        EXPECT(account_find("ann", passwd, group, &a, &e) == 0 && a.uid == 1000 && a.gid == 1001 && !strcmp(a.home, "/home/ann"));
        EXPECT(account_find("0", passwd, group, &a, &e) == 0 && !strcmp(a.name, "root") && !strcmp(a.home, "/root"));
        EXPECT(account_find("77:adm", passwd, group, &a, &e) == 0 && a.uid == 77 && a.gid == 4 && !a.name[0]);
        EXPECT(account_find("12", NULL, NULL, &a, &e) == 0 && a.uid == 12 && a.gid == 12);
        EXPECT(account_find("eve", passwd, group, &a, &e) < 0 && e.code == 126);
        EXPECT(account_find("ann:none", passwd, group, &a, &e) < 0);
}

static enum program_kind kind_of(const void *bytes, size_t len)
{
        AUTO_CLOSE int fd = memfd_create("probe", 0);
        struct program p;
        EXPECT(write(fd, bytes, len) == (ssize_t)len && probe_program(fd, &p) == 0);
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
        EXPECT(kind_of(&f, sizeof f) == PROGRAM_ARM64);
        for (size_t cut = 4; cut < offsetof(typeof(f), interp) + 7; cut++)
                EXPECT(kind_of(&f, cut) == PROGRAM_BROKEN);
        f.ph[1].p_filesz = 6; /* no terminator */
        EXPECT(kind_of(&f, sizeof f) == PROGRAM_BROKEN);
        f.ph[1].p_filesz = ~0ull;
        EXPECT(kind_of(&f, sizeof f) == PROGRAM_BROKEN);
        f.ph[1].p_filesz = 7;
        f.h.e_phoff = ~0ull - 8;
        EXPECT(kind_of(&f, sizeof f) == PROGRAM_BROKEN);
        f.h.e_machine = EM_X86_64;
        EXPECT(kind_of(&f, sizeof f) == PROGRAM_HOST);
        f.h.e_machine = EM_RISCV;
        EXPECT(kind_of(&f, sizeof f) == PROGRAM_FOREIGN);
        EXPECT(kind_of("#! /bin/sh -e x \nrest", 21) == PROGRAM_SCRIPT);
        EXPECT(kind_of("", 0) == PROGRAM_OTHER && kind_of("\x7f"
                                                          "EL",
                                                          3) == PROGRAM_OTHER);
}

int main(void)
{
        test_ids();
        test_binfmt();
        test_account();
        test_probe();
        return failures ? 1 : 0;
}
