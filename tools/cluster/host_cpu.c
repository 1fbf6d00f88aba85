/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells whose processors this host has, and how much of them was in use. */
#include "tools/cluster/host_cpu.h"

#include <stdio.h>
#include <string.h>

void host_cpu_vendor(char *buf, size_t len)
{
    FILE *f = fopen("/proc/cpuinfo", "re");
    char line[256];

    *buf = '\0';
    while (f && fgets(line, sizeof line, f)) {
        char *v = strchr(line, ':');

        if (strncmp(line, "vendor_id", 9) || !v)
            continue;
        v += 1 + strspn(v + 1, " \t");
        v[strcspn(v, " \n")] = '\0';
        snprintf(buf, len, "%s", v);
        break;
    }
    if (f)
        fclose(f);
}

double cpu_between(const struct xlx_cpu_sample *before,
                   const struct xlx_cpu_sample *after, uint32_t domid)
{
    double ns = (double)(after->at_ns - before->at_ns), used = 0;
    bool any = false;

    if (after->at_ns <= before->at_ns)
        return -1;
    for (unsigned i = 0; i < before->n; i++)
        for (unsigned k = 0; k < after->n; k++) {
            const struct xlx_cpu *a = &before->dom[i], *b = &after->dom[k];

            if (a->domid != b->domid || b->used_ns < a->used_ns ||
                (domid != CPU_ALL && a->domid != domid))
                continue;
            used += (double)(b->used_ns - a->used_ns) / ns;
            any = true;
        }
    return any ? used : -1;
}
