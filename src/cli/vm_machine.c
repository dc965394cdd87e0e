#include "cli/vm_machine.h"

#include <stdio.h>

#include "cli/cmd.h"
#include "vm/conn.h"

static int take_options(int argc, char **argv, const struct machine_verb *verb, void *own, struct machine *m)
{
        for (int o; (o = getopt_long(argc, argv, "c:h", verb->options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(verb->usage, stdout);
                        return 0;
                }
                bool theirs = verb->take && o > OPT_VM_JSON;
                int status = theirs ? verb->take(own, o, optarg) : vm_option(&m->c, verb->word, o, optarg);
                if (status)
                        return status;
        }
        return -1;
}

int vm_machine(int argc, char **argv, const struct machine_verb *verb, void *own, struct machine *m)
{
        struct err e = { 0 };
        int status = take_options(argc, argv, verb, own, m);
        if (status >= 0)
                return status;
        int words = argc - optind;
        if (words < 1 || words > 1 + verb->most) {
                say_error(words < 1 ? "vm %s wants the name of a virtual machine" : "vm %s takes fewer arguments", verb->word);
                return vm_wrong_usage(verb->word);
        }
        m->name = argv[optind];
        m->rest = argv + optind + 1;
        m->count = words - 1;
        m->conn = vm_connect(m->c.uri, &e);
        m->domain = m->conn ? vm_domain(m->conn, m->name, &e) : NULL;
        return m->domain ? -1 : vm_failed(&e);
}

void vm_machine_free(struct machine *m)
{
        vm_domain_free_var(&m->domain);
        vm_close_var(&m->conn);
}
