#include "vm/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/design.h"
#include "vm/domain_xml.h"

enum { MAX_FILE = 9 << 20 };

void vm_source_free(struct vm_source *s)
{
        xml_free_var(&s->doc);
        vm_domain_free_var(&s->domain);
        vm_close_var(&s->conn);
        *s = (struct vm_source){ 0 };
}

static bool ends_with(const char *name, const char *end)
{
        size_t n = strlen(name), k = strlen(end);
        return n >= k && !strcmp(name + n - k, end);
}

bool vm_source_is_spec(const char *name)
{
        return ends_with(name, ".yaml") || ends_with(name, ".yml");
}

bool vm_source_is_file(const char *name)
{
        return strchr(name, '/') || !strcmp(name, "-") || ends_with(name, ".xml") || vm_source_is_spec(name);
}

static int open_file(const char *name, struct vm_source *s, struct err *e)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, !strcmp(name, "-") ? "/dev/stdin" : name, MAX_FILE);
        if (!text)
                return err_set(e, 2, "cannot read %s: %s", name, err_name(errno));
        s->doc = xml_parse(text, strlen(text), name, e);
        return s->doc ? 0 : -1;
}

/* The XML that define would make of a spec, on the connection's host; nothing is defined. */
static int open_spec(const char *uri, const char *name, struct vm_source *s, struct err *e)
{
        AUTO_SPEC struct vm_spec spec;
        AUTO_HOST struct vm_host host = { 0 };
        AUTO_DESIGN struct vm_design design = { 0 };
        spec_init(&spec);
        if (spec_read(name, &spec, e) < 0 || spec_check(&spec, e) < 0)
                return -1;
        s->conn = vm_connect(uri, e);
        if (!s->conn || host_of_connection(s->conn, &host, e) < 0 || vm_choose(&spec, &host, NULL, &design, e) < 0)
                return -1;
        s->doc = domain_xml(&design);
        return 0;
}

static int open_domain(const char *uri, const char *name, struct vm_source *s, struct err *e)
{
        s->conn = vm_connect(uri, e);
        s->domain = s->conn ? vm_domain(s->conn, name, e) : NULL;
        if (!s->domain)
                return -1;
        AUTO_FREE char *text = virDomainGetXMLDesc(s->domain, 0);
        if (!text)
                return vm_error(e, "read the definition of %s", name);
        s->doc = xml_parse(text, strlen(text), name, e);
        return s->doc ? 0 : -1;
}

int vm_source_open(const char *uri, const char *name, struct vm_source *s, struct err *e)
{
        *s = (struct vm_source){ 0 };
        int status = vm_source_is_spec(name)   ? open_spec(uri, name, s, e)
                     : vm_source_is_file(name) ? open_file(name, s, e)
                                               : open_domain(uri, name, s, e);
        if (status < 0)
                vm_source_free(s);
        return status;
}
