#include "vm/monitor.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/conn.h"

enum { AGENT_SECONDS = 2 };

static char *command_text(const char *command, json_t *arguments)
{
        AUTO_JSN json_t *j = json_pack("{s:s, s:o*}", "execute", command, "arguments", arguments);
        check(j);
        char *text = json_dumps(j, JSON_COMPACT);
        check(text);
        return text;
}

json_t *monitor_ask(virDomainPtr domain, const char *command, json_t *arguments, struct err *e)
{
        AUTO_FREE char *text = command_text(command, arguments), *answer = NULL;
        if (virDomainQemuMonitorCommand(domain, text, &answer, VIR_DOMAIN_QEMU_MONITOR_COMMAND_DEFAULT) < 0) {
                vm_error(e, "ask the machine's QEMU (%s)", command);
                return NULL;
        }
        AUTO_JSN json_t *j = jsn_parse(answer, strlen(answer), "QEMU's answer", e);
        if (!j)
                return NULL;
        json_t *value = json_object_get(j, "return");
        const char *said = jsn_text(json_object_get(j, "error"), "desc");
        if (!value)
                err_set(e, 1, "QEMU does not answer %s: %s", command, said ? said : "without a reason");
        return json_incref(value);
}

json_t *agent_ask(virDomainPtr domain, const char *command)
{
        struct err e;
        AUTO_FREE char *text = command_text(command, NULL), *answer = virDomainQemuAgentCommand(domain, text, AGENT_SECONDS, 0);
        AUTO_JSN json_t *j = answer ? jsn_parse(answer, strlen(answer), "the agent's answer", &e) : NULL;
        return json_incref(json_object_get(j, "return"));
}
