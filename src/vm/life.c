#include "vm/life.h"

#include <string.h>
#include <time.h>

#include "base/util.h"
#include "vm/bootdir_domain.h"
#include "vm/bootdir_store.h"
#include "vm/conn.h"

/* virDomainState, by number. */
static const char *const states[] = { "no state", "running", "blocked", "paused", "shutting down", "off", "crashed", "suspended" };

const char *life_state_name(unsigned state)
{
        return state < ARRAY_LEN(states) ? states[state] : "unknown";
}

int life_bootdir(virDomainPtr domain, struct err *e)
{
        AUTO_FREE char *uri = virConnectGetURI(virDomainGetConnect(domain)), *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        struct bootdir_update update;
        if (!xml)
                return vm_domain_error(e, domain, "read the definition of");
        if (!vm_uri_here(uri))
                return 0;
        int own = bootdir_domain_read(xml, strlen(xml), &b, e);
        return own > 0 ? bootdir_store_update(b.root, b.name, b.share, b.arch, &update, e) : own;
}

int life_start(virDomainPtr domain, struct err *e)
{
        if (virDomainIsActive(domain) == 1)
                return err_set(e, 1, "%s is running already", virDomainGetName(domain));
        if (life_bootdir(domain, e))
                return -1;
        return virDomainCreate(domain) ? vm_domain_error(e, domain, "start") : 0;
}

int life_stop(virDomainPtr domain, unsigned seconds, void (*waiting)(unsigned second), struct err *e)
{
        if (virDomainIsActive(domain) == 0)
                return err_set(e, 1, "%s is not running", virDomainGetName(domain));
        if (virDomainShutdown(domain))
                return vm_domain_error(e, domain, "shut down");
        for (unsigned tenths = 0; tenths < 10 * seconds; tenths++) {
                int active = virDomainIsActive(domain);
                if (active == 0)
                        return 0;
                if (active < 0)
                        return vm_domain_error(e, domain, "ask for the state of");
                nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
                if (tenths % 10 == 9)
                        waiting(tenths / 10 + 1);
        }
        return err_set(e, 1,
                "%s does not shut down within %u s: its system does not listen to the power button; `crossarm vm destroy %s` switches it "
                "off",
                virDomainGetName(domain), seconds, virDomainGetName(domain));
}

int life_destroy(virDomainPtr domain, struct err *e)
{
        if (!virDomainDestroy(domain))
                return 0;
        vm_domain_error(e, domain, "switch off");
        return virDomainIsActive(domain) == 0 ? 0 : -1; /* it was off already */
}

int life_autostart(virDomainPtr domain, int *on, struct err *e)
{
        return virDomainGetAutostart(domain, on) ? vm_domain_error(e, domain, "ask for the autostart of") : 0;
}

int life_set_autostart(virDomainPtr domain, int on, struct err *e)
{
        return virDomainSetAutostart(domain, on) ? vm_domain_error(e, domain, "change the autostart of") : 0;
}
