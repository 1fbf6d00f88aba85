/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what loops need of a snapshot's text: demand, waits, watts, health. */
#include "tools/doc/sight.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "scheduler/inventory.h"
#include "tools/doc/json.h"
#include "tools/doc/sight_talks.h"

enum { PAGE = 4096, WEIGHT_MOST = 65535 };

struct sight_reader {
    struct sight *s;
    const struct plan_cluster *c;
    struct sight_talks talks;
};

/* A number from 0 to `most`, else -1. */
static double sight_number(const struct json *obj, const char *key,
                           double most)
{
    double v = json_get_num(obj, key, -1);

    return v >= 0 && v <= most ? v : -1;
}

static double sight_figure(const struct json *obj, const char *metric,
                           const char *figure)
{
    const struct json *samples = json_get(obj, "samples");
    double age = json_get_num(samples, "age_s", -1);

    if (!(age >= 0 && age <= SIGHT_FRESH_S))
        return -1;
    return sight_number(json_get(samples, metric), figure, 1e12);
}

/* Of the samples of the last ten minutes, while these are fresh. */
static double sight_sample(const struct json *obj, const char *metric)
{
    return sight_figure(obj, metric, "mean_10m");
}

/* What was usual is the median of the day: half of it is no burst. */
static void sight_signs(struct loop_signs *to, const struct json *obj)
{
    static const struct {
        const char *metric;
        double each; /* a count a second, an hour */
    } rows[LOOP_SIGNS] = {
        [SIGN_ECC_FATAL] = { "ecc_fatal_s", 3600 },
        [SIGN_MCE] = { "mce_s", 3600 },
        [SIGN_DISK_FAILING] = { "disk_failing", 1 },
        [SIGN_HEAT] = { "heat_c", 1 },
        [SIGN_DISK_BAD] = { "disk_bad", 1 },
        [SIGN_ECC] = { "ecc_corrected_s", 3600 },
        [SIGN_LINK_CHANGES] = { "link_changes_s", 3600 },
        [SIGN_LINK_ERRORS] = { "link_errors_s", 3600 },
    };

    for (int s = 0; s < LOOP_SIGNS; s++) {
        to->now[s] = rows[s].each * sight_sample(obj, rows[s].metric);
        to->past[s] =
            rows[s].each * sight_figure(obj, rows[s].metric, "p50_day");
    }
}

static int sight_host(void *arg, uint32_t index, const struct json *v,
                      struct msg *err)
{
    const struct sight_reader *r = arg;
    uint32_t h = plan_find_host(r->c, json_get_str(v, "name", ""));

    if (h == PLAN_NONE)
        return 0; /* it is left out of the cluster, with a note */
    r->s->host[h] = (struct sight_host){
        .idle_w = sight_number(v, "power_idle_w", 1e6),
        .peak_w = sight_number(v, "power_peak_w", 1e6),
        .nic_mbps = sight_number(v, "nic_mbps", 1e9),
    };
    if (json_copy_str(v, "boot", r->s->host[h].boot,
                      sizeof r->s->host[h].boot))
        *r->s->host[h].boot = '\0';
    sight_signs(&r->s->host[h].signs, v);
    return 0;
}

/* Reads from swap disks, or what the guest itself says of its faults: the one
 * is measured, the other is a hint that counts where nothing is measured. */
static void sight_starving(struct sight_guest *g, const struct json *v)
{
    double swap = sight_sample(v, "swap_bytes_s");

    g->starving = swap >= 0 ? swap / PAGE : sight_sample(v, "hint_faults_s");
    g->hinted = swap < 0 && g->starving >= 0;
}

/* What Xen's schedulers let it have of the processors. */
static void sight_share(struct sight_guest *g, const struct json *v)
{
    g->cap = fmax(sight_number(v, "cpu_cap", 100 << 16) / 100, 0);
    g->weight = fmax(sight_number(v, "cpu_weight", WEIGHT_MOST), 0);
}

/* What it used and waited for: percentiles of both add, for it waits when it wants
 * to run. */
static double sight_day_figure(const struct json *v, const char *figure,
                               double vcpus, double most)
{
    double used = sight_figure(v, "cpu", figure);
    double waits = fmin(fmax(sight_figure(v, "steal", figure), 0), 1);

    return used < 0 ? -1 : fmin(most, used + waits * vcpus);
}

static struct loop_day sight_day(const struct json *v, double vcpus,
                                 double most)
{
    const struct json *samples = json_get(v, "samples");
    struct loop_day d = { sight_day_figure(v, "mean_day", vcpus, most),
                          sight_day_figure(v, "p50_day", vcpus, most),
                          sight_day_figure(v, "p95_day", vcpus, most),
                          sight_day_figure(v, "p99_day", vcpus, most),
                          sight_number(samples, "day_s", 1e6) };

    if (d.known_s < 0) /* an older agent does not say */
        d.known_s = LOOP_DAY_S;
    /* percentiles that others have written may be in any order */
    d.p95 = fmax(d.p95, d.p50);
    d.p99 = fmax(d.p99, d.p95);
    if (d.p50 < 0)
        d.mean = -1;
    return d;
}

static int sight_guest(void *arg, uint32_t index, const struct json *v,
                       struct msg *err)
{
    struct sight_reader *r = arg;
    uint32_t d = plan_find_domain(r->c, json_get_str(v, "uuid", ""));
    struct sight_guest *g;
    double used, vcpus, most;

    if (d == PLAN_NONE)
        return 0;
    g = &r->s->guest[d];
    vcpus = plan_guest_facts(r->c, d).vcpus;
    used = sight_number(v, "cpu_used", 1 << 20);
    if (used < 0)
        used = sight_sample(v, "cpu");
    g->steal = sight_number(v, "steal", 1);
    if (g->steal < 0)
        g->steal = sight_sample(v, "steal");
    sight_share(g, v);
    most = g->cap > 0 ? fmin(g->cap, vcpus) : vcpus;
    if (used >= 0) {
        g->used = fmin(vcpus, used);
        g->demand = fmin(most, used + fmax(g->steal, 0) * vcpus);
    }
    sight_starving(g, v);
    g->day = sight_day(v, vcpus, most);
    g->max_mib = sight_number(v, "memory_max_mib", 1e12);
    g->had_mib = sight_number(v, "memory_before_mib", 1e12);
    return sight_talks_add(&r->talks, d, v);
}

static void sight_unknown(struct sight_host *h)
{
    *h = (struct sight_host){ .idle_w = -1, .peak_w = -1, .nic_mbps = -1 };
    for (int s = 0; s < LOOP_SIGNS; s++)
        h->signs.now[s] = h->signs.past[s] = -1;
}

static int sight_room(struct sight *s, const struct plan_cluster *c)
{
    uint32_t hosts = plan_hosts(c), guests = plan_domains(c);

    s->host = calloc((size_t)hosts + 1, sizeof *s->host);
    s->guest = calloc((size_t)guests + 1, sizeof *s->guest);
    if (!s->host || !s->guest)
        return -ENOMEM;
    for (uint32_t h = 0; h < hosts; h++)
        sight_unknown(&s->host[h]);
    for (uint32_t g = 0; g < guests; g++)
        s->guest[g] = (struct sight_guest){ .demand = -1,
                                            .used = -1,
                                            .steal = -1,
                                            .starving = -1,
                                            .day = { .mean = -1 },
                                            .max_mib = -1,
                                            .had_mib = -1 };
    return 0;
}

int sight_parse(struct sight *s, const struct plan_cluster *c,
                const void *text, size_t len, struct msg *err)
{
    struct sight_reader r = { s, c, { .n = 0 } };
    const struct json_split splits[] = { { "hosts", sight_host, &r },
                                         { "domains", sight_guest, &r },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    int rc;

    *s = (struct sight){ .host = NULL };
    rc = sight_room(s, c);
    if (!rc)
        rc =
            json_parse(&doc, "the hosts' facts", text, len, splits, NULL, err);
    json_free(doc);
    if (!rc)
        rc = sight_talks_join(&r.talks, &s->talk, &s->talks);
    if (rc == -ENOMEM)
        msg_set(err, "out of memory");
    sight_talks_dispose(&r.talks);
    if (rc)
        sight_dispose(s);
    return rc;
}

void sight_dispose(struct sight *s)
{
    free(s->host);
    free(s->guest);
    free(s->talk);
    *s = (struct sight){ .host = NULL };
}
