/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what vCPUs are pinned to at the source host, and pins them anew. */
#include "libxl-ext/pin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxl_utils.h>

#include "libxl-ext/cpuset.h"
#include "libxl-ext/xlx_impl.h"

/* --- at the source host ------------------------------------------------------ */

/* A set that would need too long a line is not told of: "-". */
static void pin_text(const libxl_bitmap *map, unsigned cpus,
                     char buf[WORD_CPUS + 1])
{
    struct xlx_cpuset set = { .word = { 0 } };
    unsigned have = 0;

    for (unsigned cpu = 0; cpu < map->size * 8; cpu++)
        if (libxl_bitmap_test(map, (int)cpu)) {
            xlx_cpuset_add(&set, cpu);
            have += cpu < cpus;
        }
    if (have == cpus)
        strcpy(buf, "all");
    else if (xlx_cpuset_format(&set, buf, WORD_CPUS + 1) || !*buf)
        strcpy(buf, "-");
}

static bool pin_same(const libxl_bitmap *a, const libxl_bitmap *b)
{
    return a->size == b->size && !memcmp(a->map, b->map, a->size);
}

static bool pin_configured(const libxl_domain_build_info *b)
{
    return b->num_vcpu_hard_affinity || b->num_vcpu_soft_affinity;
}

/*
 * Where the configuration pins nothing, libxl chooses memory nodes for the
 * guest, and their CPUs as the soft affinity of all its vCPUs. That is for it
 * to choose again at the target host.
 */
static bool pin_placed(const libxl_vcpuinfo *v, int n, unsigned nodes,
                       const libxl_domain_build_info *b)
{
    if (nodes < 2 || pin_configured(b) ||
        (!libxl_defbool_is_default(b->numa_placement) &&
         !libxl_defbool_val(b->numa_placement)))
        return false;
    for (int i = 1; i < n; i++)
        if (!pin_same(&v[0].cpumap_soft, &v[i].cpumap_soft))
            return false;
    return true;
}

/* Does the configuration itself name each CPU of this host for that vCPU? Then
 * "all" says no more than that, and the target host may have more CPUs. */
static bool pin_config_all(const libxl_bitmap *map, int n, int vcpu,
                           unsigned cpus)
{
    char text[WORD_CPUS + 1];

    if (vcpu >= n)
        return false;
    pin_text(&map[vcpu], cpus, text);
    return !strcmp(text, "all");
}

static bool pin_is_none(const struct word_pin *p)
{
    return (!strcmp(p->hard, "all") || !strcmp(p->hard, "-")) &&
           (!strcmp(p->soft, "all") || !strcmp(p->soft, "-"));
}

static bool pin_goes_on(const struct word_pin *p, const struct word_pin *next)
{
    return p->last + 1 == next->first && !strcmp(p->hard, next->hard) &&
           !strcmp(p->soft, next->soft);
}

static void pin_add(struct xlx_needs *to, const struct word_pin *p)
{
    struct word_pin *last = to->n_pins ? &to->pins[to->n_pins - 1] : NULL;

    if (last && pin_goes_on(last, p))
        last->last = p->last;
    else if (to->n_pins < WORD_PINS)
        to->pins[to->n_pins++] = *p;
    else
        to->pins_cut = true;
}

void xlx_pins_of(const libxl_vcpuinfo *v, int n, unsigned cpus, unsigned nodes,
                 const libxl_domain_config *c, struct xlx_needs *to)
{
    const libxl_domain_build_info *b = &c->b_info;
    bool placed = pin_placed(v, n, nodes, b), none = true;

    to->n_pins = 0;
    to->pins_cut = false;
    for (int i = 0; i < n; i++) {
        struct word_pin p = { v[i].vcpuid, v[i].vcpuid, "", "-" };

        pin_text(&v[i].cpumap, cpus, p.hard);
        if (pin_config_all(b->vcpu_hard_affinity, b->num_vcpu_hard_affinity, i,
                           cpus) &&
            !strcmp(p.hard, "all"))
            strcpy(p.hard, "-");
        if (!placed)
            pin_text(&v[i].cpumap_soft, cpus, p.soft);
        none = none && pin_is_none(&p);
        pin_add(to, &p);
    }
    /* "all" has to be said only where the configuration says something else */
    if (none && !pin_configured(b)) {
        to->n_pins = 0;
        to->pins_cut = false;
    }
}

void xlx_pins_read(struct xlx *x, uint32_t domid, const libxl_domain_config *c,
                   struct xlx_needs *n)
{
    int vcpus = 0, cpus = 0;
    libxl_vcpuinfo *v = libxl_list_vcpu(x->ctx, domid, &vcpus, &cpus);
    libxl_physinfo p;

    libxl_physinfo_init(&p);
    if (v && cpus > 0 && !libxl_get_physinfo(x->ctx, &p))
        /* of the numbers that CPUs may have: with smt=0 some are no CPU's */
        xlx_pins_of(v, vcpus, (unsigned)cpus, p.nr_nodes, c, n);
    libxl_physinfo_dispose(&p);
    if (v)
        libxl_vcpuinfo_list_free(v, vcpus);
}

/* --- at the target host ------------------------------------------------------ */

/* *map_r: NULL where nothing is asked for. */
static int pin_map(struct xlx *x, const char *text, libxl_bitmap *map,
                   libxl_bitmap **map_r)
{
    struct xlx_cpuset set;

    *map_r = NULL;
    if (!strcmp(text, "-"))
        return 0;
    if (libxl_cpu_bitmap_alloc(x->ctx, map, 0))
        return -ENOMEM;
    *map_r = map;
    if (!strcmp(text, "all")) {
        libxl_bitmap_set_any(map);
        return 0;
    }
    if (xlx_cpuset_parse(text, &set))
        return -EINVAL;
    for (unsigned cpu = 0; cpu < map->size * 8; cpu++)
        if (xlx_cpuset_has(&set, cpu))
            libxl_bitmap_set(map, (int)cpu);
    return libxl_bitmap_is_empty(map) ? -EINVAL : 0;
}

int xlx_pin_set(struct xlx *x, uint32_t domid, const struct word_pin *p)
{
    libxl_bitmap hard, soft, *h = NULL, *s = NULL;
    int rc, r = 0;

    libxl_bitmap_init(&hard);
    libxl_bitmap_init(&soft);
    rc = pin_map(x, p->hard, &hard, &h);
    if (!rc)
        rc = pin_map(x, p->soft, &soft, &s);
    for (unsigned i = p->first; !rc && !r && i <= p->last && (h || s); i++)
        r = libxl_set_vcpuaffinity(x->ctx, domid, i, h, s);
    if (r)
        rc = xlx_libxl_errno(r);
    libxl_bitmap_dispose(&hard);
    libxl_bitmap_dispose(&soft);
    return rc;
}
