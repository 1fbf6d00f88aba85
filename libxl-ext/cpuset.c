/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps sets of physical CPUs. Pure: no Xen. */
#include "libxl-ext/cpuset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void xlx_cpuset_add(struct xlx_cpuset *s, unsigned cpu)
{
    if (cpu < XLX_CPUS)
        s->word[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

bool xlx_cpuset_has(const struct xlx_cpuset *s, unsigned cpu)
{
    return cpu < XLX_CPUS && s->word[cpu / 64] >> cpu % 64 & 1;
}

bool xlx_cpusets_meet(const struct xlx_cpuset *a, const struct xlx_cpuset *b)
{
    for (size_t i = 0; i < sizeof a->word / sizeof a->word[0]; i++)
        if (a->word[i] & b->word[i])
            return true;
    return false;
}

int xlx_cpuset_format(const struct xlx_cpuset *s, char *buf, size_t len)
{
    size_t at = 0;

    *buf = '\0';
    for (unsigned first = 0; first < XLX_CPUS; first++) {
        unsigned last = first;

        if (!xlx_cpuset_has(s, first))
            continue;
        while (xlx_cpuset_has(s, last + 1))
            last++;
        at += (size_t)(last == first ? snprintf(buf + at, len - at, "%s%u",
                                                at ? "," : "", first)
                                     : snprintf(buf + at, len - at, "%s%u-%u",
                                                at ? "," : "", first, last));
        if (at >= len) {
            *buf = '\0';
            return -E2BIG;
        }
        first = last;
    }
    return 0;
}

/* Passes a number below XLX_CPUS; -1: there is none. */
static int cpuset_number(const char **p)
{
    int v = 0;

    if (**p < '0' || **p > '9')
        return -1;
    for (; **p >= '0' && **p <= '9' && v < XLX_CPUS; (*p)++)
        v = v * 10 + **p - '0';
    return v < XLX_CPUS ? v : -1;
}

int xlx_cpuset_parse(const char *text, struct xlx_cpuset *s)
{
    const char *p = text;

    *s = (struct xlx_cpuset){ .word = { 0 } };
    while (*p) {
        int first = cpuset_number(&p), last = first;

        if (first >= 0 && *p == '-') {
            p++;
            last = cpuset_number(&p);
        }
        if (first < 0 || last < first || (*p && *p != ',') ||
            (*p == ',' && !p[1]))
            return -EINVAL;
        for (int i = first; i <= last; i++)
            xlx_cpuset_add(s, (unsigned)i);
        p += *p == ',';
    }
    return 0;
}
