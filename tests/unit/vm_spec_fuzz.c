/*
 * Damaged specs: good ones, then flipped, cut, doubled and put together from pieces of each other at random, by a fixed seed; as files and
 * as words of --disk and
 * --network. What is still a spec goes on through everything that is decided for the captured hosts, to the domain XML and KubeVirt's.
 * Under ASan and UBSan what matters is that nothing is reported; besides, each refusal is a sentence. VM_SPEC_FUZZ=N: rounds.
 */
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/design.h"
#include "vm/domain_xml.h"
#include "vm/kubevirt.h"
#include "vm/spec.h"

static const char *const specs[] = {
        "name: web\nmemory: 4G\ncpus: 4\ndisks:\n  - size: 20G\n  - {path: /a.qcow2, bus: scsi, readonly: yes}\ncdrom: "
        "/iso/a.iso\nhotplug: {disks: 8, networks: 2, legacy: 1}\n",
        "name: arm\narch: aarch64\naccel: tcg\nmachine: virt\ncpu: max\ngic: 3\nvideo: ramfb\ngraphics: spice\nusb: no\nrng: off\nagent: "
        "true\nautostart: yes\n"
        "boot: {firmware: uefi, secure-boot: no, kernel: /k, initrd: /i, cmdline: \"a b\"}\nnetworks: [user, bridge:br0, {type: network, "
        "source: n, mac: 52:54:00:00:00:01}]\n",
        "name: v7\narch: armhf\nboot:\n  bootdir: /b\n  cmdline: console=ttyAMA0 root=/dev/vda1\nnetworks: []\nconsole-log: "
        "/log\ndescription: 'it''s'\n",
        "name: x\narch: amd64\nmachine: pc\ncloud-init:\n  hostname: h\n  user: me\nboot: {netboot: yes}\ndisks: [/a, /b, {size: 1G, pool: "
        "p, format: raw}, {backing: /c}]\n",
};

static const char *const words[] = { "path=/a,,b.qcow2,size=10G,bus=scsi", "user", "bridge:br0,mac=52:54:00:00:00:02", "size=1M,format=raw",
        "type=user,model=e1000", "" };

enum { MAX_TEXT = 8192 };

struct text {
        char data[MAX_TEXT];
        size_t len;
};

static void damage(struct text *t)
{
        static const char letters[] = ":-{}[],\"'&*!|>#%@ \n\t\\0\x80\xff~=";
        size_t at = any((u32)t->len + 1), span = any(16);
        span = span > t->len - at ? t->len - at : span;
        switch (any(5)) {
        case 0: /* a letter that means something to YAML */
                if (at < t->len)
                        t->data[at] = letters[any(sizeof letters)];
                return;
        case 1: /* cut out */
                memmove(t->data + at, t->data + at + span, t->len - at - span);
                t->len -= span;
                return;
        case 2: /* cut off */ t->len = any(8) ? t->len : at; return;
        case 3: /* a piece of another */
        {
                const char *other = specs[any(ARRAY_LEN(specs))];
                size_t from = any((u32)strlen(other)), n = strnlen(other + from, any(40));
                if (t->len + n > MAX_TEXT)
                        return;
                memmove(t->data + at + n, t->data + at, t->len - at);
                memcpy(t->data + at, other + from, n);
                t->len += n;
                return;
        }
        default: /* doubled */
                if (t->len + span > MAX_TEXT)
                        return;
                memmove(t->data + at + span, t->data + at, t->len - at);
                t->len += span;
        }
}

static void no_note(const char *sentence)
{
}

/* A refusal is a sentence with a code; nothing is refused without one. */
static void expect_sentence(int status, const struct err *e)
{
        if (status && (!e->text[0] || (e->code != 1 && e->code != 2))) {
                printf("refused without a sentence: code %d, '%s'\n", e->code, e->text);
                exit(1);
        }
}

static void decide(const struct vm_spec *spec, const struct vm_host *host)
{
        struct err e = { 0 };
        AUTO_DESIGN struct vm_design d = { 0 };
        int status = vm_choose(spec, host, NULL, &d, &e);
        expect_sentence(status, &e);
        if (status)
                return;
        AUTO_XML xmlDoc *doc = domain_xml(&d);
        AUTO_FREE char *text = xml_print(doc);
        AUTO_XML xmlDoc *again = xml_parse(text, strlen(text), "what was written", &e);
        if (!again) {
                puts(e.text);
                exit(1);
        }
}

static int try_spec(const struct text *t, const struct vm_host *hosts, size_t count)
{
        struct err e = { 0 };
        AUTO_SPEC struct vm_spec spec;
        spec_init(&spec);
        int status = spec_parse(t->data, t->len, "spec", &spec, &e) || spec_check(&spec, &e);
        expect_sentence(status, &e);
        if (status)
                return 0;
        for (size_t i = 0; i < count; i++)
                decide(&spec, &hosts[i]);
        AUTO_FREE char *yaml = kubevirt_print(&spec, no_note, &e);
        expect_sentence(!yaml, &e);
        return 1;
}

static void try_words(const struct text *t)
{
        char text[MAX_TEXT + 1];
        struct err e = { 0 };
        AUTO_SPEC struct vm_spec spec;
        spec_init(&spec);
        memcpy(text, t->data, t->len);
        text[t->len] = 0;
        expect_sentence(spec_add_words(&spec, any(2) ? SPEC_disk : SPEC_network, text, &e), &e);
}

static struct text begin(const char *from)
{
        struct text t = { .len = strlen(from) };
        memcpy(t.data, from, t.len);
        return t;
}

int main(void)
{
        const char *rounds = getenv("VM_SPEC_FUZZ"), *source = getenv("SOURCE");
        struct vm_host hosts[2] = { 0 };
        static const char *const names[] = { "host-x86_64", "host-arm64" };
        struct err e;
        long good = 0;
        char *folders[2];
        for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
                folders[i] = format("%s/tests/fixtures/vm/%s", source ? source : ".", names[i]);
                if (host_of_folder(folders[i], &hosts[i], &e)) {
                        puts(e.text);
                        return 1;
                }
        }
        for (size_t i = 0; i < ARRAY_LEN(specs); i++) { /* whole, they are good */
                struct text t = begin(specs[i]);
                if (!try_spec(&t, hosts, ARRAY_LEN(hosts))) {
                        printf("spec %zu is refused\n", i);
                        return 1;
                }
        }
        for (long n = rounds ? atol(rounds) : 3000; n > 0; n--) {
                struct text t = begin(specs[any(ARRAY_LEN(specs))]), w = begin(words[any(ARRAY_LEN(words))]);
                for (u32 i = any(6) + 1; i; i--) {
                        damage(&t);
                        damage(&w);
                }
                good += try_spec(&t, hosts, ARRAY_LEN(hosts));
                try_words(&w);
        }
        printf("%ld were specs still\n", good);
        for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
                host_free(&hosts[i]);
                free(folders[i]);
        }
        return 0;
}
