/* What `crossarm vm watch` decides, without libvirt and without a clock. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "vm/watch_console.h"
#include "vm/watch_guest.h"

static const struct watch_limits limits = { .steady_ms = 100000, .wait_ms = 2000, .most = 5 };

static void reasons(void)
{
        const char *words;
        CHECK(watch_cause_of("guest-reset", &words) == WATCH_REBOOT && words);
        CHECK(watch_cause_of("guest-shutdown", &words) == WATCH_OFF && words);
        CHECK(watch_cause_of("host-signal", &words) == WATCH_UNKNOWN && words);
        CHECK(watch_cause_of("something-new", &words) == WATCH_UNKNOWN && !words);
}

static void power_off(void)
{
        struct watch_guest g = { 0 };
        watch_started(&g, 0, false);
        CHECK(watch_due(&g, &limits) == 100000);
        CHECK(watch_stopped(&g, WATCH_OFF, 5, &limits) == WATCH_STAYS_OFF && !g.running && watch_due(&g, &limits) == -1);
        watch_started(&g, 10, false);
        CHECK(watch_stopped(&g, WATCH_UNKNOWN, 20, &limits) == WATCH_STAYS_OFF);
}

/* Restarts in a row: at once, at once, then after 2, 4, 8 seconds; then no more. */
static void crash_loop(void)
{
        static const i64 waits[] = { 0, 0, 2000, 4000, 8000 };
        struct watch_guest g = { 0 };
        i64 now = 0;
        watch_started(&g, now, false);
        for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
                now += 1000;
                CHECK(watch_stopped(&g, WATCH_REBOOT, now, &limits) == WATCH_START && g.start_at - now == waits[i]);
                now = g.start_at;
                watch_started(&g, now, true);
        }
        CHECK(watch_stopped(&g, WATCH_REBOOT, now + 1, &limits) == WATCH_GIVES_UP && watch_due(&g, &limits) == -1);
        /* A person starts it: all is forgotten. */
        watch_started(&g, now, false);
        CHECK(watch_stopped(&g, WATCH_REBOOT, now + 1, &limits) == WATCH_START && g.start_at == now + 1);
}

static void steady_runs(void)
{
        struct watch_guest g = { 0 };
        watch_started(&g, 0, false);
        for (int i = 0; i < 50; i++) {
                CHECK(watch_stopped(&g, WATCH_REBOOT, g.started_at + 100000, &limits) == WATCH_START &&
                        g.start_at == g.started_at + 100000);
                watch_started(&g, g.start_at, true);
        }
}

static void long_waits(void)
{
        struct watch_limits l = { .steady_ms = 1, .wait_ms = 2000, .most = 1000 };
        struct watch_guest g = { 0 };
        for (int i = 0; i < 900; i++) {
                watch_started(&g, 0, true);
                CHECK(watch_stopped(&g, WATCH_REBOOT, 0, &l) == WATCH_START && g.start_at <= 60000);
        }
        CHECK(g.start_at == 60000);
}

static void consoles(void)
{
        static const struct {
                const char *text;
                enum watch_cause cause;
        } cases[] = {
                { "", WATCH_UNKNOWN },
                { "[    0.0] Linux version 6.1\n[ 9.0] reboot: Restarting system\n", WATCH_REBOOT },
                { "[    0.0] Linux version 6.1\n[ 9.0] reboot: Power down\n", WATCH_OFF },
                { "[ 9.0] reboot: Restarting system\n[    0.0] Linux version 6.1\nlogin: ", WATCH_UNKNOWN },
                { "Linux version 6.1\nreboot: Power down\nLinux version 6.1\nreboot: Restarting system", WATCH_REBOOT },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                CHECK(watch_console_judge(cases[i].text, strlen(cases[i].text)) == cases[i].cause);
        CHECK(watch_console_read("/nowhere") == WATCH_UNKNOWN && watch_console_read("/dev/zero") == WATCH_UNKNOWN);
}

int main(void)
{
        reasons();
        power_off();
        crash_loop();
        steady_runs();
        long_waits();
        consoles();
        return check_status();
}
