/*
 * crossarm-binfmt: takes the place of two images people run with --privileged, and answers like them. One static program, so that an
 * image needs nothing else but the engine. Which of the two is meant is seen from the options; without any it is the first.
 */
#include "cli/dropin.h"

#include <string.h>

#include "base/types.h"

static bool says_multiarch(int argc, char **argv)
{
        static const char *const options[] = { "--reset", "--check", "--qemu-path", "--qemu-suffix", "--debian", "--systemd", "--exportdir",
                "--credential", "--persistent", "--preserve-argv0" };
        const char *slash = strrchr(argv[0], '/');
        if (!strcmp(slash ? slash + 1 : argv[0], "register"))
                return true;
        for (int i = 1; i < argc; i++) {
                if (argv[i][0] == '-' && strchr("pcgQFdse", argv[i][1]) && argv[i][1] && !argv[i][2])
                        return true;
                for (size_t k = 0; k < ARRAY_LEN(options); k++)
                        if (!strncmp(argv[i], options[k], strlen(options[k])))
                                return true;
        }
        return false;
}

int main(int argc, char **argv)
{
        return says_multiarch(argc, argv) ? dropin_multiarch(argc, argv) : dropin_tonistiigi(argc, argv);
}
