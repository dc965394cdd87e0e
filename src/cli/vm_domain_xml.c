#include "cli/vm_domain_xml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/conn.h"

enum { MAX_FILE = 8 << 20 };

void vm_judge_close(struct vm_judge *judge)
{
        vm_close_var(&judge->conn);
}

static virConnectPtr connection(struct vm_judge *judge, struct err *e)
{
        if (!judge->conn && !(judge->conn = vm_connect(judge->uri, e)))
                e->code = 2;
        return judge->conn;
}

static char *from_file(const char *path, struct err *e)
{
        bool input = !strcmp(path, "-");
        char *text = read_text(AT_FDCWD, input ? "/dev/stdin" : path, MAX_FILE + 1);
        if (text && strlen(text) <= MAX_FILE)
                return text;
        err_set(e, 2, "cannot read %s: %s", input ? "standard input" : path,
                text ? "it is larger than 8 MiB, and no domain is" : strerror(errno));
        free(text);
        return NULL;
}

static char *from_libvirt(const char *name, struct vm_judge *judge, struct err *e)
{
        if (judge->offline || judge->domcaps) {
                err_set(e, 2, "there is no file '%s', and no libvirt was to be asked for a virtual machine of that name", name);
                return NULL;
        }
        if (!connection(judge, e))
                return NULL;
        AUTO_DOMAIN virDomainPtr domain = vm_domain(judge->conn, name, e);
        char *text = domain ? virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE) : NULL;
        if (domain && !text)
                vm_error(e, "read the definition of %s", name);
        e->code = 2;
        return text;
}

xmlDoc *vm_domain_xml(const char *name, struct vm_judge *judge, struct err *e)
{
        bool file = !strcmp(name, "-") || strchr(name, '/') || access(name, F_OK) == 0;
        AUTO_FREE char *text = file ? from_file(name, e) : from_libvirt(name, judge, e);
        if (!text)
                return NULL;
        xmlDoc *doc = xml_parse(text, strlen(text), name, e);
        if (doc && lint_domain_check(doc, e) < 0) {
                xmlFreeDoc(doc);
                doc = NULL;
        }
        return doc;
}

static int kept(const char *path, xmlDoc *doc, struct lint_host *host, struct err *e)
{
        AUTO_FREE char *text = from_file(path, e);
        return text ? lint_host_kept(text, strlen(text), path, doc, host, e) : -1;
}

int vm_judge_host(struct vm_judge *judge, xmlDoc *doc, struct lint_host *host, struct err *e)
{
        if (judge->domcaps)
                return kept(judge->domcaps, doc, host, e);
        if (judge->offline)
                return lint_host_assume(doc, host, e);
        if (connection(judge, e)) {
                int status = lint_host_ask(judge->conn, doc, host, e);
                e->code = 2;
                return status;
        }
        if (judge->uri)
                return -1;
        judge->offline = true;
        return lint_host_assume(doc, host, e);
}
