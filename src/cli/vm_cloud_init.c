/* crossarm vm cloud-init: the seed image as a file of its own. */
#include "cli/vm_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/vm_spec_cli.h"
#include "vm/seed.h"

static const char usage[] = "Usage: crossarm vm cloud-init [OPTION...] --output FILE [SPEC]\n"
                            "Make the seed image of cloud-init (an ISO image with the volume cidata) of the section cloud-init of a spec, "
                            "or of options. `crossarm vm define`\n"
                            "does that by itself; this is for machines that others made.\n\n"
                            "  -o, --output FILE  where the image goes; a file that is there is refused\n"
                            "      --instance ID  the instance-id; the machine's name without it\n"
                            "  -h, --help         this text\n";

static const char examples[] =
        "\nExample:\n  crossarm vm cloud-init --name web --cloud-init-user admin --cloud-init-ssh-key ~/.ssh/id_ed25519.pub -o seed.iso\n";

enum { OPT_INSTANCE = OPT_VM_JSON + 1 };

static const struct option own_options[] = {
        { "output", required_argument, NULL, 'o' },
        { "instance", required_argument, NULL, OPT_INSTANCE },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

static int write_file(const char *path, int image, u64 len, struct err *e)
{
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
                return err_set(e, 1, "cannot make %s: %s", path, strerror(errno));
        off_t at = 0;
        while ((u64)at < len) {
                ssize_t n = sendfile(fd, image, &at, len - (u64)at);
                if (n <= 0) {
                        err_set(e, 1, "cannot write %s: %s", path, strerror(errno));
                        unlink(path);
                        return -1;
                }
        }
        return 0;
}

static int make(const char *output, const char *instance, const char *file, const struct spec_words *words, struct err *e)
{
        AUTO_SPEC struct vm_spec spec;
        spec_init(&spec);
        if (vm_spec_get(file, words, &spec, e))
                return -1;
        if (!seed_wanted(&spec))
                return err_set(e, 2, "the spec says nothing for cloud-init: user, user-data, hostname ...");
        u64 len;
        AUTO_CLOSE int image = seed_make(&spec, instance ? instance : spec.top.name, &len, e);
        return image < 0 ? -1 : write_file(output, image, len, e);
}

int vm_cloud_init(int argc, char **argv)
{
        struct err e = { 0 };
        struct spec_words words = { 0 };
        const char *output = NULL, *instance = NULL;
        const struct option *options = vm_spec_options(own_options);
        for (int o; (o = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        vm_spec_help();
                        fputs(examples, stdout);
                        return 0;
                }
                if (o == 'o')
                        output = optarg;
                else if (o == OPT_INSTANCE)
                        instance = optarg;
                else if (o < OPT_SPEC || !vm_spec_option(&words, o, optarg))
                        return vm_wrong_usage("cloud-init");
        }
        if (!output || argc - optind > 1 || (optind == argc && !words.count)) {
                say_error(output ? "cloud-init wants one spec: a file, or options" : "cloud-init wants --output FILE");
                return vm_wrong_usage("cloud-init");
        }
        return make(output, instance, optind < argc ? argv[optind] : NULL, &words, &e) ? vm_failed(&e) : 0;
}
