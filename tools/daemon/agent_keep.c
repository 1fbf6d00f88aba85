/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the samples of each guest, and of the host, in a file. */
#include "tools/daemon/agent_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/series/files.h"

enum { RETRY_S = 60 };

static void uuid_text(char to[40], const uint8_t *u)
{
    int n = 0;

    for (int i = 0; i < 16; i++)
        n += sprintf(to + n, "%s%02x",
                     i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
}

struct keep *keep_of(struct agent *a, struct sampler_guest *g)
{
    struct keep *k = g->keep;

    if (k)
        return k;
    k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->shape = &a->shape[METRIC_GUEST];
    uuid_text(k->uuid, g->uuid);
    g->keep = k;
    return k;
}

/* That files can't be written is told once, and once that they can again. */
static void keep_failed(struct agent *a, struct keep *k, const char *why)
{
    ring_close(k->ring);
    k->ring = NULL;
    k->retry_s = a->wall_s + RETRY_S;
    if (!a->told)
        a->rq.tell(why);
    a->told = true;
}

static void keep_open(struct agent *a, struct keep *k)
{
    char path[SERIES_PATH];
    struct msg err = MSG_NONE;

    if (k->ring ||
        (a->wall_s < k->retry_s && a->wall_s + RETRY_S >= k->retry_s))
        return;
    if (series_path(path, a->rq.statedir, *k->uuid ? k->uuid : NULL))
        return;
    if (ring_open_write(&k->ring, path, k->shape, a->wall_s, &err)) {
        keep_failed(a, k, err.text);
        return;
    }
    if (a->told && k == &a->host) {
        a->rq.tell("samples are kept again");
        a->told = false;
    }
}

struct keep_slot {
    struct agent *a;
    struct keep *k;
};

static int keep_slot(void *arg, unsigned level, uint32_t slot,
                     const uint8_t *codes)
{
    struct keep_slot *s = arg;

    return s->k->ring ? ring_put(s->k->ring, level, slot, codes) : 0;
}

static void keep_check(struct agent *a, struct keep *k, int rc)
{
    struct msg err;

    /* while xenstore does not tell the name, the file keeps the one it has */
    if (!rc && k->ring && *k->name)
        rc = ring_set_name(k->ring, k->name);
    if (!rc)
        return;
    msg_set(&err, "samples can't be kept below %s: %s", a->rq.statedir,
            strerror(-rc));
    keep_failed(a, k, err.text);
}

void keep_second(struct agent *a, struct keep *k, const double *value)
{
    struct keep_slot s = { a, k };

    keep_open(a, k);
    keep_check(a, k,
               fold_add(&k->fold, k->shape, a->wall_s, value, keep_slot, &s));
}

void keep_end(struct agent *a, struct keep *k)
{
    struct keep_slot s = { a, k };

    (void)fold_flush(&k->fold, k->shape, keep_slot, &s);
    ring_close(k->ring);
    k->ring = NULL;
}

static void keep_forget_one(struct agent *a, struct keep *k, uint64_t wall_s)
{
    if (!k)
        return;
    memset(&k->fold, 0, sizeof k->fold);
    if (k->ring)
        keep_check(a, k, ring_forget_after(k->ring, wall_s));
}

void keep_forget(struct agent *a, uint64_t wall_s)
{
    keep_forget_one(a, &a->host, wall_s);
    for (size_t i = 0; i < a->sampler.n; i++)
        keep_forget_one(a, a->sampler.guest[i].keep, wall_s);
}

uint64_t keep_newest(const struct agent *a)
{
    char path[SERIES_PATH];
    struct msg err;
    struct ring *r;
    uint64_t newest;

    if (a->host.ring)
        return ring_newest(a->host.ring, 0);
    if (series_path(path, a->rq.statedir, NULL) ||
        ring_open(&r, path, a->host.shape, &err))
        return 0;
    newest = ring_newest(r, 0);
    ring_close(r);
    return newest;
}
