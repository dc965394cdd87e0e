/* The order of kernel releases, as dpkg orders versions (deb-version(7)) and linux-version(1) applies it: a release candidate comes before
 * its release. */
#pragma once

/* < 0, 0 or > 0 as `a` is older than, as old as, or newer than `b`: "6.1.0-9-armmp" < "6.1.0-50-armmp" < "6.12-rc1" < "6.12". */
int bootdir_order(const char *a, const char *b);
