/* What only the connection's libvirt can tell of a domain. */
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/lint_check.h"
#include "vm/lint_scope.h"
#include "vm/ranges.h"

static bool is_one_of(int code, const int *codes, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (code == codes[i])
                        return true;
        return false;
}

/* What libvirt says of a domain itself when it reads it; everything else comes up when it looks at the host. */
static bool is_of_reading(const virError *error)
{
        static const int codes[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_INTERNAL_ERROR,
                VIR_ERR_INVALID_ARG, VIR_ERR_OS_TYPE, VIR_ERR_NO_SOURCE, VIR_ERR_NO_TARGET };
        return error->domain != VIR_FROM_CPU && is_one_of(error->code, codes, ARRAY_LEN(codes));
}

/* About the connection, and who we are there. */
static bool is_of_connection(const virError *error)
{
        static const int codes[] = { VIR_ERR_OPERATION_DENIED, VIR_ERR_ACCESS_DENIED, VIR_ERR_RPC, VIR_ERR_NO_CONNECT, VIR_ERR_INVALID_CONN,
                VIR_ERR_AUTH_FAILED, VIR_ERR_NO_MEMORY };
        return (error->code == VIR_ERR_NO_SUPPORT && error->domain != VIR_FROM_CPU) || is_one_of(error->code, codes, ARRAY_LEN(codes));
}

/* libvirt 9.0 forgets the interfaces on that way, and then that one was a host's device too: its daemon dies of it. */
static bool may_ask(const struct lint_scope *scope)
{
        return scope->host->conn && !xml_has(xmlDocGetRootElement(scope->doc), "devices/interface[@type='hostdev']");
}

/* virConnectDomainXMLToNative() reads the domain as a define does, does what a start does before QEMU runs, and keeps nothing. */
static bool libvirt_refuses(const struct lint_scope *scope, bool reading, char **detail)
{
        if (scope->worst >= LINT_START || !may_ask(scope))
                return false;
        xmlChar *xml;
        int size;
        xmlDocDumpMemory(scope->doc, &xml, &size);
        check(xml);
        AUTO_FREE char *argv = virConnectDomainXMLToNative(scope->host->conn, "qemu-argv", (const char *)xml, 0);
        xmlFree(xml);
        const virError *error = argv ? NULL : virGetLastError();
        if (!error || is_of_connection(error) || is_of_reading(error) != reading)
                return false;
        *detail = format("%s", error->message);
        return true;
}

bool lint_libvirt_refuses(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        return libvirt_refuses(scope, true, detail);
}

bool lint_libvirt_start_fails(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        return libvirt_refuses(scope, false, detail);
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

bool lint_sysinfo_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        if (!scope->host->conn)
                return false;
        AUTO_FREE char *sysinfo = virConnectGetSysinfo(scope->host->conn, 0);
        return !sysinfo;
}

bool lint_secmodel_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *model = xml_text(node, "string(@model)");
        AUTO_FREE char *caps = scope->host->conn ? virConnectGetCapabilities(scope->host->conn) : NULL;
        AUTO_FREE char *entry = format("<model>%s</model>", model);
        const char *first = caps ? strstr(caps, "<secmodel>") : NULL, *end = caps ? strstr(caps, "</host>") : NULL;
        const char *found = first ? strstr(first, entry) : NULL;
        return caps && end && !(found && found < end);
}

/* Linux binds to those of the list that there are, and refuses when there is none: sched_setaffinity(2). */
bool lint_cpuset_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *set = xml_text(node, "string(@cpuset)");
        int count = scope->host->conn ? virNodeGetCPUMap(scope->host->conn, NULL, NULL, 0) : -1;
        if (count < 0 || ranges_any(set, (u32)count))
                return false;
        *detail = format("%d", count);
        return true;
}

/* libvirt wants each of the list. */
bool lint_nodeset_missing(const struct lint_scope *scope, xmlNode *node, char **detail)
{
        AUTO_FREE char *set = xml_text(node, "string(@nodeset)");
        virNodeInfo info;
        if (!scope->host->conn || virNodeGetInfo(scope->host->conn, &info) < 0 || ranges_all(set, info.nodes))
                return false;
        *detail = format("%u", info.nodes);
        return true;
}
