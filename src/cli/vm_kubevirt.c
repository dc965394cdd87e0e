/* crossarm vm kubevirt: the same spec for a cluster. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/vm_spec_cli.h"
#include "vm/kubevirt.h"

static const char usage[] = "Usage: crossarm vm kubevirt [OPTION...] [SPEC]\n"
                            "Print a spec as KubeVirt's VirtualMachine. What has to be there in the cluster, and what KubeVirt decides by "
                            "itself, is said on standard error.\n\n"
                            "  -h, --help         this text\n";

static const char examples[] = "\nExample:\n  crossarm vm kubevirt web.yaml | kubectl apply -f -\n";

static const struct option own_options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

static void note(const char *sentence)
{
        fprintf(stderr, "note: %s\n", sentence);
}

int vm_kubevirt(int argc, char **argv)
{
        struct err e = { 0 };
        struct spec_words words = { 0 };
        const struct option *options = vm_spec_options(own_options);
        for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        vm_spec_help();
                        fputs(examples, stdout);
                        return 0;
                }
                if (o < OPT_SPEC || !vm_spec_option(&words, o, optarg))
                        return vm_wrong_usage("kubevirt");
        }
        if (argc - optind > 1 || (optind == argc && !words.count)) {
                say_error("kubevirt wants one spec: a file, or options");
                return vm_wrong_usage("kubevirt");
        }
        AUTO_SPEC struct vm_spec spec;
        spec_init(&spec);
        if (vm_spec_get(optind < argc ? argv[optind] : NULL, &words, &spec, &e))
                return vm_failed(&e);
        AUTO_FREE char *yaml = kubevirt_print(&spec, note, &e);
        if (!yaml)
                return vm_failed(&e);
        fputs(yaml, stdout);
        return 0;
}
