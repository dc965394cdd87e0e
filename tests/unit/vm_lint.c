/*
 * The rules of lint and convert are well-formed; a diff applied to the old text gives the new one; and a domain that was damaged at random
 * (bytes, attributes, elements doubled, moved and lost, by a fixed seed) is judged and converted, both ways, into one that can be read
 * again. Under ASan and UBSan what matters is that nothing is reported. VM_LINT_FUZZ=N: rounds.
 */
#include "check.h"
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xpath.h>

#include "base/util.h"
#include "vm/convert.h"
#include "vm/diff.h"
#include "vm/fix.h"

static void check_xpath(const struct lint_rule *rule, const char *xpath)
{
        xmlXPathCompExpr *compiled = xmlXPathCompile((const xmlChar *)xpath);
        CHECK_CASE(compiled, "%s: %s", rule->code, xpath);
        xmlXPathFreeCompExpr(compiled);
}

static void check_rules(const struct lint_rule *rules, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const struct lint_rule *r = &rules[i];
                CHECK_CASE(*r->what && *r->cure && *r->source, "%s", r->code);
                CHECK_CASE(lint_fix_known(r->fix), "%s: %s", r->code, r->fix);
                for (size_t k = 0; k < i; k++)
                        CHECK_CASE(strcmp(r->code, rules[k].code), "%s is there twice", r->code);
                check_xpath(r, r->xpath);
                for (const char *p = r->what; (p = strchr(p, '{')); p++) {
                        AUTO_FREE char *xpath = format("string(%.*s)", (int)strcspn(p, "}") - 1, p + 1);
                        check_xpath(r, xpath);
                }
        }
}

/* What a diff keeps and adds, and what it leaves out: the new text and the old one, of texts whose lines are all shown. */
struct sides {
        char old[4096], new[4096];
};

static void add_line(void *arg, enum diff_kind kind, const char *text, size_t len)
{
        struct sides *s = arg;
        char line[64];
        snprintf(line, sizeof line, "%.*s\n", (int)len, text);
        if (kind == DIFF_SAME || kind == DIFF_OLD)
                strcat(s->old, line);
        if (kind == DIFF_SAME || kind == DIFF_NEW)
                strcat(s->new, line);
}

static void check_diff(void)
{
        for (int round = 0; round < 2000; round++) {
                char old[256] = "", new[256] = "";
                for (u32 i = any(9); i; i--)
                        strcat(old, (const char *[]){ "a\n", "b\n", "c\n" }[any(3)]);
                for (u32 i = any(9); i; i--)
                        strcat(new, (const char *[]){ "a\n", "b\n", "d\n" }[any(3)]);
                struct sides s = { 0 };
                diff_unified(old, new, add_line, &s);
                if (!strcmp(old, new)) {
                        CHECK(!*s.old && !*s.new);
                        continue;
                }
                /* Lines far from each change are not shown; these texts are shorter than two contexts, but may begin or end with more. */
                CHECK_CASE(strstr(old, s.old) || strlen(old) > 14, "old '%s' shown as '%s'", old, s.old);
                CHECK_CASE(strstr(new, s.new) || strlen(new) > 14, "new '%s' shown as '%s'", new, s.new);
        }
}

static const char domain[] =
        "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>fuzz</name><memory unit='GiB'>1</memory>"
        "<maxMemory slots='4' unit='GiB'>4</maxMemory><vcpu current='1'>4</vcpu><os firmware='efi'><type arch='x86_64' "
        "machine='q35'>hvm</type>"
        "<loader readonly='yes' secure='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader><nvram template='/a'>/b</nvram><boot "
        "dev='fd'/>"
        "<kernel>/k</kernel><cmdline>console=ttyS0,root=/dev/vda1, root=1 console=ttyS</cmdline><bios useserial='yes'/><smbios "
        "mode='host'/></os>"
        "<features><acpi/><apic eoi='on'/><pae/><hyperv><relaxed state='on'/></hyperv><kvm><hidden state='on'/></kvm><smm "
        "state='on'/><vmport/></features>"
        "<cpu mode='custom'><model>Skylake</model><vendor>Intel</vendor><topology sockets='1' dies='2' cores='2' threads='1'/><feature "
        "name='vmx'/>"
        "<numa><cell id='0' cpus='0-3' memory='1' unit='GiB'/></numa></cpu><clock><timer name='hpet' present='no'/><timer name='tsc' "
        "frequency='1'/></clock>"
        "<pm><suspend-to-mem enabled='no'/></pm><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><disk device='cdrom'><target "
        "dev='hda' bus='ide'/>"
        "<address type='drive' unit='0'/></disk><disk device='floppy'><target dev='fda'/></disk><disk device='lun'><target dev='sda' "
        "bus='scsi'/><wwn>1</wwn></disk>"
        "<disk type='file'><driver io='native'/><source file='/x'/><target dev='vda' bus='virtio'/><address type='pci' bus='0x02' "
        "slot='0x1'/></disk>"
        "<controller type='usb' model='ich9-ehci1'><address type='pci' bus='0' slot='0x1d' function='0x7'/></controller><controller "
        "type='scsi' model='lsilogic'/>"
        "<controller type='pci' index='0' model='pcie-root'><pcihole64>1</pcihole64></controller><controller type='pci' index='1' "
        "model='dmi-to-pci-bridge'/>"
        "<controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='1' slot='0'/></controller><controller "
        "type='ide'/><controller type='fdc'/>"
        "<interface type='network'><source network='none'/><model type='e1000'/></interface><interface type='bridge'><source "
        "bridge='no'/></interface>"
        "<serial type='pty'><target type='isa-serial'><model name='isa-serial'/></target><address type='isa'/></serial><serial "
        "type='pty'/><parallel type='null'/>"
        "<input type='mouse' bus='ps2'/><graphics type='rdp'/><video><model type='qxl' ram='1'/></video><video><model "
        "type='vga'/></video><sound model='sb16'/>"
        "<tpm model='tpm-crb'><backend type='emulator'/></tpm><watchdog model='ib700'/><panic model='isa'/><iommu model='intel'/><redirdev "
        "type='spicevmc'/>"
        "<memory model='sgx-epc'/><shmem name='s'><server path='/s'/><size>1</size></shmem><filesystem><driver type='virtiofs'/><source "
        "dir='/d'/></filesystem>"
        "<hub type='usb'/><vsock model='virtio'/><hostdev type='pci'/><memballoon model='xen'/><nvram/></devices><seclabel "
        "type='static'><label>l</label></seclabel>"
        "<qemu:commandline><qemu:arg value='-cpu'/></qemu:commandline></domain>";

static const char *const words[] = { "", "yes", "scsi", "virtio", "usb", "ide", "aarch64", "armv7l", "x86_64", "virt", "pc", "virt-2.12",
        "pcie-root-port", "0x1f", "-1", "99999999999", "cdrom", "host-passthrough", "isa-serial", "spice", "qemu", "hda", "sda", "{@type}",
        "'\"<&", "2", "16" };

static xmlNode *any_node(xmlDoc *doc, const char *xpath)
{
        xmlNode **nodes = xml_nodes(xmlDocGetRootElement(doc), xpath);
        u32 count = 0;
        while (nodes[count])
                count++;
        xmlNode *node = count ? nodes[any(count)] : NULL;
        free(nodes);
        return node;
}

static void damage_tree(xmlDoc *doc)
{
        xmlNode *node = any_node(doc, "descendant::*"), *other = any_node(doc, "descendant::*"),
                *attribute = any_node(doc, "descendant-or-self::*/@*");
        switch (any(5)) {
        case 0:
                if (attribute)
                        xmlSetProp(attribute->parent, attribute->name, (const xmlChar *)words[any(ARRAY_LEN(words))]);
                break;
        case 1:
                if (attribute)
                        xmlRemoveProp((xmlAttr *)attribute);
                break;
        case 2:
                if (node && other)
                        for (u32 i = any(20); i; i--)
                                xmlAddChild(node, xmlDocCopyNode(other, doc, 1));
                break;
        case 3:
                if (node && any(4) == 0) {
                        xmlUnlinkNode(node);
                        xmlFreeNode(node);
                }
                break;
        default:
                if (node)
                        xmlNodeSetContent(node, (const xmlChar *)(any(2) ? "7" : ""));
        }
}

static char *damaged_text(void)
{
        char *text = format("%s", domain);
        for (u32 i = any(3); i; i--)
                text[any((u32)strlen(text))] = (char)any(256);
        return text;
}

static void judge(xmlDoc *doc)
{
        struct err e;
        AUTO_LINT_HOST struct lint_host host = { 0 };
        if (lint_host_assume(doc, &host, &e) == 0) {
                AUTO_LINT_REPORT struct lint_report report;
                lint_run(&host, doc, &report);
        }
}

static void convert(const char *text, const char *to)
{
        struct err e;
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the text", &e);
        AUTO_LINT_HOST struct lint_host host = { 0 };
        AUTO_CONVERT struct convert_result result = { 0 };
        convert_retarget(doc, to, &result);
        if (lint_host_assume(doc, &host, &e) < 0 || convert_apply(&host, doc, true, &result, &e) < 0)
                return;
        AUTO_FREE char *after = xml_print(doc);
        AUTO_XML xmlDoc *again = xml_parse(after, strlen(after), "the converted text", &e);
        CHECK_CASE(again, "%s: %s", e.text, after);
        if (again)
                judge(again);
}

static void round_of(bool whole)
{
        struct err e;
        AUTO_FREE char *text = whole ? format("%s", domain) : damaged_text();
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the text", &e);
        if (!doc)
                return;
        for (u32 i = whole ? 0 : any(8); i; i--)
                damage_tree(doc);
        if (lint_domain_check(doc, &e) < 0)
                return;
        AUTO_FREE char *damaged = xml_print(doc);
        judge(doc);
        convert(damaged, "aarch64");
        convert(damaged, "x86_64");
}

int main(void)
{
        const char *wish = getenv("VM_LINT_FUZZ");
        check_rules(lint_rules, lint_rule_count);
        check_rules(convert_rules, convert_rule_count);
        check_diff();
        round_of(true);
        for (long rounds = wish ? atol(wish) : 100; rounds; rounds--)
                round_of(false);
        return check_status();
}
