#include "cli/vm_machine.h"

#include <stdio.h>

#include "cli/cmd.h"
#include "vm/conn.h"
#include "vm/console.h"

static const struct option common_options[] = { VM_OPTIONS, { 0 } };

static int take_options(int argc, char **argv, const struct machine_verb *verb, void *own, struct machine *m)
{
        const struct option *options = verb->options ? verb->options : common_options;
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
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

static int take_words(int argc, char **argv, const struct machine_verb *verb, struct machine *m)
{
        int words = argc - optind;
        if (words < 1 || words > 1 + verb->most) {
                say_error(words < 1 ? "vm %s wants the name of a virtual machine" : "vm %s takes fewer arguments", verb->word);
                return vm_wrong_usage(verb->word);
        }
        m->name = argv[optind];
        m->rest = argv + optind + 1;
        m->count = words - 1;
        return -1;
}

static void say_step(const char *what)
{
        fprintf(stderr, "%s\n", what);
}

int vm_machine_lock(struct machine *m, struct err *e)
{
        char uuid[VIR_UUID_STRING_BUFLEN];
        if (virDomainGetUUIDString(m->domain, uuid))
                return vm_error(e, "ask for the UUID of %s", m->name);
        if (work_begin(&m->work, m->conn, virDomainGetName(m->domain), say_step, e))
                return -1;
        AUTO_DOMAIN virDomainPtr still = vm_domain(m->conn, uuid, e);
        return still ? 0 : err_set(e, 1, "there is no virtual machine '%s' any more", m->name);
}

static int run(struct machine *m, const struct machine_verb *verb, void *own, struct err *e)
{
        if (verb->events && console_events(e))
                return -1;
        m->conn = vm_connect(m->c.uri, e);
        m->domain = m->conn ? vm_domain(m->conn, m->name, e) : NULL;
        if (!m->domain || (verb->changes && vm_machine_lock(m, e)))
                return -1;
        return verb->act(m, own, e);
}

int vm_machine(int argc, char **argv, const struct machine_verb *verb, void *own)
{
        struct machine m = { .work.fd = -1 };
        struct err e = { 0 };
        int status = take_options(argc, argv, verb, own, &m);
        if (status < 0)
                status = take_words(argc, argv, verb, &m);
        if (status >= 0)
                return status;
        status = run(&m, verb, own, &e);
        work_end(&m.work);
        vm_domain_free_var(&m.domain);
        vm_close_var(&m.conn);
        return status < 0 ? vm_failed(&e) : status;
}
