/* SPDX-License-Identifier: LGPL-2.1-only */
/* Names the networks that this host offers to guests. */
#include "tools/cluster/host_networks.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/network.h"

/* --- bridges --------------------------------------------------------------- */

static bool sys_has(const char *sys, const char *name, const char *what)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/%s/%s", sys, name, what);
    return !access(path, F_OK);
}

/* The kind of a device that has one: vlan, bond, wlan, .. */
static bool sys_has_devtype(const char *sys, const char *name)
{
    char path[1024], line[256];
    bool has = false;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/uevent", sys, name);
    f = fopen(path, "re");
    while (f && !has && fgets(line, sizeof line, f))
        has = !strncmp(line, "DEVTYPE=", 8);
    if (f)
        fclose(f);
    return has;
}

/* A bridge of Open vSwitch is seen as a device of no kind and without hardware
 * that belongs to no other. What merely looks like one does no harm: a guest
 * that does not name it does not need it. */
static bool is_like_ovs(const char *sys, const char *name)
{
    static const char *const prefix[] = { "vif", "tap" };
    static const char *const part[] = { "device", "bonding", "master",
                                        "tun_flags" };

    if (!strcmp(name, "lo") || !strcmp(name, "ovs-system"))
        return false;
    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
        if (!strncmp(name, prefix[i], strlen(prefix[i])))
            return false;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (sys_has(sys, name, part[i]))
            return false;
    return !sys_has_devtype(sys, name);
}

int host_bridges(struct strlist *l, const char *sys)
{
    DIR *d = opendir(sys);
    struct dirent *e;
    int rc = 0;

    if (!d)
        return 0;
    while (!rc && (e = readdir(d)))
        if (e->d_name[0] != '.' &&
            (sys_has(sys, e->d_name, "bridge") || is_like_ovs(sys, e->d_name)))
            rc = strlist_add(l, e->d_name);
    closedir(d);
    return rc;
}

/* --- driver domains -------------------------------------------------------- */

static bool serves_one(const char *need, const struct xlx_domain *d,
                       unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (strlist_has(&d[i].bridges, need))
            return true;
    return false;
}

int host_driver_domains(struct strlist *l, const struct xlx_domain *d,
                        unsigned n)
{
    int rc = 0;

    for (unsigned i = 0; i < n && !rc; i++) {
        char need[300];

        if (!d[i].name || d[i].dying ||
            !xlx_network_need(NULL, NULL, d[i].name, need, sizeof need))
            continue;
        if (d[i].driver_domain || serves_one(need, d, n))
            rc = strlist_add(l, need);
    }
    return rc;
}
