/* What the commands of images have in common: options, and progress on a terminal. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/pull.h"

struct image_cli {
        struct http_options http;
        struct pull_options pull;
        bool json, quiet;
};

enum { OPT_PLATFORM = 512, OPT_TLS_VERIFY, OPT_TIMEOUT, OPT_MAX_SIZE, OPT_JSON };

/* For the options table of a command. */
#define IMAGE_OPTIONS \
        { "platform", required_argument, NULL, OPT_PLATFORM }, { "tls-verify", required_argument, NULL, OPT_TLS_VERIFY }, \
                { "timeout", required_argument, NULL, OPT_TIMEOUT }, { "max-size", required_argument, NULL, OPT_MAX_SIZE }, \
                { "json", no_argument, NULL, OPT_JSON }, { "quiet", no_argument, NULL, 'q' }, \
        { \
                "help", no_argument, NULL, 'h' \
        }

/* The lines of the help text about them. */
#define IMAGE_OPTIONS_HELP \
        "      --platform OS/ARCH[/V]  which image of an index (default linux/arm64; also arm64, aarch64, linux/arm/v7 ...)\n" \
        "      --tls-verify=false      take any certificate, or plain HTTP (loopback may always be plain)\n" \
        "      --timeout SECONDS       give up on a registry that sends nothing for so long (60)\n"
#define MAX_SIZE_HELP "      --max-size SIZE         refuse an image that unpacks to more (64G)\n"

#define IMAGE_NAMES_HELP \
        "IMAGE is [HOST/]NAME[:TAG][@DIGEST] in a registry (docker://), oci:FOLDER[:NAME], oci-archive:FILE[:NAME] or\n" \
        "docker-archive:FILE[:NAME].\n"

void image_cli_init(struct image_cli *c);

/* One of the options above: 0, or the exit status after a message. */
int image_option(struct image_cli *c, const char *command, int option, const char *value);

/* Print the sentence and return the exit status. */
int image_failed(const struct err *e);

/* Before unpacking: root, or root of a namespace. 0 or the exit status after a message. */
int image_enter(void);

/* Take the progress line away. */
void image_progress_end(const struct image_cli *c);

/* What unpacking could not keep, and what the truth check found: to standard error. */
void image_say_notes(const char *name, const struct pulled *p);
