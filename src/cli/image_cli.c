#include "cli/image_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "box/userns.h"
#include "base/util.h"
#include "cli/cmd.h"

enum { STALL_SECONDS = 60 };

static void show_progress(void *arg, u64 done, u64 total)
{
        static struct timespec last;
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (done < total && (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000 < 100)
                return;
        last = now;
        fprintf(stderr, "\r\033[K%.1f of %.1f MB", (double)done / 1e6, (double)total / 1e6);
}

void image_cli_init(struct image_cli *c)
{
        *c = (struct image_cli){ .http = { .stall_seconds = STALL_SECONDS } };
        c->pull.max_size = (u64)UNPACK_MAX_GIB << 30;
        c->pull.max_files = UNPACK_MAX_FILES;
        platform_parse("linux/arm64", &c->pull.platform);
        if (isatty(2))
                c->pull.watch.progress = show_progress;
}

int image_option(struct image_cli *c, const char *command, int option, const char *value)
{
        char *end;
        switch (option) {
        case OPT_PLATFORM:
                c->pull.platform_said = true;
                if (platform_parse(value, &c->pull.platform))
                        return 0;
                say_error("'%s' is no platform; write linux/arm64, arm64, linux/arm/v7, linux/amd64 ...", value);
                return 2;
        case OPT_TLS_VERIFY:
                c->http.no_verify = !strcmp(value, "false");
                if (c->http.no_verify || !strcmp(value, "true"))
                        return 0;
                say_error("--tls-verify wants true or false");
                return 2;
        case OPT_TIMEOUT:
                c->http.stall_seconds = (u32)strtoul(value, &end, 10);
                if (!*end && c->http.stall_seconds > 0 && c->http.stall_seconds < 100000)
                        return 0;
                say_error("--timeout wants a number of seconds");
                return 2;
        case OPT_MAX_SIZE:
                if (take_size(value, &c->pull.max_size))
                        return 0;
                say_error("--max-size wants a size such as 500M or 20G");
                return 2;
        case OPT_JSON: c->json = true; return 0;
        case 'q':
                c->quiet = true;
                c->pull.watch.progress = NULL;
                return 0;
        default: return wrong_usage(command);
        }
}

int image_failed(const struct err *e)
{
        say_error("%s", e->text);
        return e->code;
}

int image_enter(void)
{
        struct err e;
        if (geteuid() == 0 || userns_enter(USERNS_AS_ROOT, &e) == 0)
                return 0;
        return image_failed(&e);
}

void image_progress_end(const struct image_cli *c)
{
        if (c->pull.watch.progress)
                fputs("\r\033[K", stderr);
}

void image_say_notes(const char *name, const struct pulled *p)
{
        if (p->notes.devices)
                say_error("%s: %u device nodes and sockets were left out; /dev comes from this machine", name, p->notes.devices);
        if (p->notes.owners)
                say_error(
                        "%s: %u files belong to users that do not exist in this namespace, and are root's here; a range in /etc/subuid and "
                        "/etc/subgid helps",
                        name, p->notes.owners);
        if (p->notes.attributes)
                say_error("%s: %u extended attributes were left out: the file system or the kernel does not take them", name,
                        p->notes.attributes);
        if (p->lie)
                say_error("%s %s", name, p->lie);
}
