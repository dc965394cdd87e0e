#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"

int vm_option(struct vm_cli *c, const char *word, int option, const char *value)
{
        switch (option) {
        case 'c': c->uri = value; return 0;
        case OPT_VM_JSON: c->json = true; return 0;
        default: return vm_wrong_usage(word);
        }
}

int vm_failed(const struct err *e)
{
        say_error("%s", e->text);
        return e->code;
}

int vm_wrong_usage(const char *word)
{
        fprintf(stderr, "See `crossarm vm %s --help`.\n", word);
        return 2;
}

bool vm_is_session(const char *uri)
{
        if (!uri)
                uri = getenv("LIBVIRT_DEFAULT_URI");
        return geteuid() != 0 && (!uri || strstr(uri, "/session"));
}
