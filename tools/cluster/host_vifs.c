/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what guests have sent from the counters of their interfaces here. */
#include "tools/cluster/host_vifs.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>

/* What the interface here receives, its guest has sent. < 0: not told. */
static int64_t vif_rx(const char *sys, const char *name)
{
    char path[1024];
    int64_t n = -1;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/statistics/rx_bytes", sys, name);
    f = fopen(path, "re");
    if (!f)
        return -1;
    if (fscanf(f, "%18" SCNd64, &n) != 1)
        n = -1;
    fclose(f);
    return n;
}

void host_vifs_tx(const char *sys, const struct xlx_domain *d, unsigned n,
                  int64_t *tx)
{
    DIR *dir = opendir(sys);
    const struct dirent *e;

    for (unsigned i = 0; i < n; i++)
        tx[i] = -1;
    while (dir && (e = readdir(dir))) {
        unsigned domid, dev;
        int64_t rx;

        /* vif7.0, and vif7.0-emu of an emulated card */
        if (sscanf(e->d_name, "vif%9u.%9u", &domid, &dev) != 2)
            continue;
        rx = vif_rx(sys, e->d_name);
        for (unsigned i = 0; i < n && rx >= 0; i++)
            if (d[i].domid == domid)
                tx[i] = (tx[i] < 0 ? 0 : tx[i]) + rx;
    }
    if (dir)
        closedir(dir);
}
