#include "vm/choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/str.h"
#include "base/util.h"

static int (*const steps[])(
        struct vm_design *d, struct err *e) = { choose_machine, choose_firmware, choose_cpu, choose_devices, choose_ports };

int vm_choose(const struct vm_spec *spec, const struct vm_host *host, const char *uuid, struct vm_design *d, struct err *e)
{
        *d = (struct vm_design){ .spec = spec, .host = host };
        str_copy(d->uuid, sizeof d->uuid, uuid ? uuid : "");
        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
                if (steps[i](d, e))
                        return -1;
        return 0;
}

void design_free(struct vm_design *d)
{
        for (size_t i = 0; i < d->reason_count; i++) {
                free(d->reasons[i].value);
                free(d->reasons[i].why);
        }
        for (size_t i = 0; i < d->drive_count; i++)
                free(d->drives[i].path);
        free(d->kernel);
        free(d->initrd);
        domcaps_free(&d->caps);
        *d = (struct vm_design){ 0 };
}

void because(struct vm_design *d, const char *what, const char *value, const char *why, ...)
{
        char text[400];
        va_list ap;
        va_start(ap, why);
        vsnprintf(text, sizeof text, why, ap);
        va_end(ap);
        check(d->reason_count < MAX_REASONS);
        d->reasons[d->reason_count++] = (struct vm_reason){ what, format("%s", value), format("%s", text) };
}
