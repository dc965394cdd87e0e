#include "cli/vm_domain_xml.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/source.h"

void vm_judge_close(struct vm_judge *judge)
{
        vm_close_var(&judge->conn);
}

/* What the next start takes: of a running guest libvirt has this beside its live state. */
static xmlDoc *inactive(virDomainPtr domain, const char *name, struct err *e)
{
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        if (!text)
                vm_error(e, "read the definition of %s", name);
        return text ? xml_parse(text, strlen(text), name, e) : NULL;
}

static xmlDoc *open_source(const char *name, struct vm_judge *judge, struct err *e)
{
        AUTO_SOURCE struct vm_source source = { 0 };
        if (vm_source_is_spec(name)) {
                err_set(e, 2, "%s is a spec, and domain XML is wanted: `crossarm vm define --print-xml` makes it", name);
                return NULL;
        }
        if (!vm_source_is_file(name) && (judge->offline || judge->domcaps)) {
                err_set(e, 2,
                        "'%s' is no file (with a slash, or ending in .xml), and no libvirt was to be asked for a virtual machine of that "
                        "name",
                        name);
                return NULL;
        }
        if (vm_source_open(judge->uri, name, &source, e) < 0)
                return NULL;
        xmlDoc *doc = source.domain ? inactive(source.domain, name, e) : source.doc;
        if (!source.domain)
                source.doc = NULL;
        return doc;
}

xmlDoc *vm_domain_xml(const char *name, struct vm_judge *judge, struct err *e)
{
        xmlDoc *doc = open_source(name, judge, e);
        if (doc && lint_domain_check(doc, e) == 0)
                return doc;
        e->code = 2;
        xmlFreeDoc(doc);
        return NULL;
}

static int kept(const char *path, xmlDoc *doc, struct lint_host *host, struct err *e)
{
        enum { MAX_CAPS = 8 << 20 };
        AUTO_FREE char *text = read_text(AT_FDCWD, path, MAX_CAPS);
        return text ? lint_host_kept(text, strlen(text), path, doc, host, e) : err_set(e, 2, "cannot read %s: %s", path, err_name(errno));
}

int vm_judge_host(struct vm_judge *judge, xmlDoc *doc, struct lint_host *host, struct err *e)
{
        if (judge->domcaps)
                return kept(judge->domcaps, doc, host, e);
        if (!judge->offline && !judge->conn && !(judge->conn = vm_connect(judge->uri, e))) {
                e->code = 2;
                if (judge->uri)
                        return -1;
                judge->offline = true;
        }
        if (judge->offline)
                return lint_host_assume(doc, host, e);
        int status = lint_host_ask(judge->conn, doc, host, e);
        e->code = 2;
        return status;
}
