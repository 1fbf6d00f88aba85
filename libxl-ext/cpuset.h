/* SPDX-License-Identifier: LGPL-2.1-only */
/* Sets of physical CPUs, to and from a text such as "0-3,8". */
#ifndef XLX_CPUSET_H
#define XLX_CPUSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    XLX_CPUS = 4096,         /* Xen allows 4095 */
    XLX_CPUSET_TEXT = 10240, /* of any set */
};

struct xlx_cpuset {
    uint64_t word[XLX_CPUS / 64];
};

void xlx_cpuset_add(struct xlx_cpuset *s, unsigned cpu);
bool xlx_cpuset_has(const struct xlx_cpuset *s, unsigned cpu);
/* Whether a CPU is in both. */
bool xlx_cpusets_meet(const struct xlx_cpuset *a, const struct xlx_cpuset *b);
/* 0, or -E2BIG and an empty text: half a set would be another one. */
int xlx_cpuset_format(const struct xlx_cpuset *s, char *buf, size_t len);
/* 0 or -EINVAL. The empty text is the empty set. */
int xlx_cpuset_parse(const char *text, struct xlx_cpuset *s);

#endif
