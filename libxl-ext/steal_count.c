/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells steal time by looks at vCPUs and by the time that they ran. */
#include "libxl-ext/steal_count.h"

#include <math.h>

double xlx_steal_of(const struct xlx_steal_count *c, double cpu)
{
    double vcpus, waited;

    if (!(c->looks > 0 && c->times > 0))
        return -1;
    if (!(cpu >= 0))
        return c->waits / c->looks;
    vcpus = c->looks / c->times;
    waited = c->wants / c->looks - cpu / vcpus;
    return fmax(0, fmin(c->waits / c->looks, waited));
}
