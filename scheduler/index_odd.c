/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes the best of odd facts: guests that are listed twice, guests that are
 * being made or are dying, hosts whose numbers contradict themselves.
 *
 * None of these stops a plan. An odd guest is pinned and counts with what it
 * holds; a host that cannot be believed takes no guests; each gets a note.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- guests on two hosts ------------------------------------------------- */

/* The key of a second listing begins with the UUID and is not equal to it, so
 * that a UUID finds the first. */
static uint32_t twice_key(struct plan_cluster *c, uint32_t dom)
{
    const struct intern_entry *e = c->uuid.entry[dom];
    char *key = malloc(e->len + 1 + sizeof c->ndom);
    uint32_t id;

    if (!key)
        return NONE;
    memcpy(key, e->key, e->len + 1);
    memcpy(key + e->len + 1, &c->ndom, sizeof c->ndom);
    id = intern_key(&c->uuid, key, e->len + 1 + sizeof c->ndom);
    free(key);
    return id;
}

static int twice_pin(struct plan_cluster *c, struct dom *v, const char *why)
{
    uint32_t word = intern_str(&c->word, why);

    if (word == NONE)
        return -ENOMEM;
    v->pinned = word;
    v->odd = true;
    return 0;
}

/* Of two of which one runs, the other was left by a move: that one stays, and
 * keeps the guest off its host by its name. */
static char *twice_why(const struct plan_cluster *c, const struct dom *a,
                       const struct dom *b, bool one_runs)
{
    const char *here = intern_get(&c->wanted, a->listed_on);
    const char *there = intern_get(&c->wanted, b->listed_on);

    if (one_runs)
        return plan_asprintf("%s, and the guest of its UUID is on %s; "
                             "`rackhop recover` on %s settles that",
                             intern_get(&c->word, b->pinned), here, there);
    return plan_asprintf("a guest with its UUID is on %s and on %s, and must "
                         "run on one of them only; `rackhop recover` on both, "
                         "or end one of the two",
                         here, there);
}

static int twice_add(struct plan_cluster *c, struct listed_twice *t)
{
    struct dom first = c->dom[t->dom];
    bool one_runs = (first.pinned == NONE) != (t->v.pinned == NONE);
    uint32_t id = twice_key(c, t->dom);
    char *why;
    int rc;

    if (one_runs && first.pinned != NONE) {
        c->dom[t->dom] = t->v;
        t->v = first;
    }
    if (one_runs)
        t->v.name = c->dom[t->dom].name;
    why = twice_why(c, &c->dom[t->dom], &t->v, one_runs);
    rc =
        id != c->ndom || !why ||
                array_grow(&c->dom, &c->dom_room, c->ndom + 1u, sizeof *c->dom)
            ? -ENOMEM
            : 0;

    if (!rc) {
        c->dom[c->ndom++] = t->v;
        c->dom[c->ndom - 1].twin = t->dom;
        if (!one_runs)
            rc = twice_pin(c, &c->dom[t->dom], why);
    }
    if (!rc)
        rc = twice_pin(c, &c->dom[c->ndom - 1], why);
    free(why);
    return rc;
}

int odd_add_twice(struct plan_cluster *c)
{
    int rc = 0;

    for (uint32_t i = 0; i < c->ntwice && !rc; i++)
        if (!c->twice[i].forgiven)
            rc = twice_add(c, &c->twice[i]);
    return rc;
}

/* --- domains that are dying ---------------------------------------------- */

static int gone_count(struct plan_cluster *c, const struct listed_gone *g)
{
    const char *host = intern_get(&c->wanted, g->host_name);
    const char *name = intern_get(&c->word, g->name);
    uint32_t h = intern_find(&c->host_name, host);
    struct plan_note n = { .host = host,
                           .uuid = intern_get(&c->word, g->uuid),
                           .name = name };
    char *text;
    int rc;

    if (h == NONE)
        return 0; /* its host is left out as well */
    c->host[h].gone += g->mib;
    text = plan_asprintf("%s on %s is dying: it is left out, and the %lld MiB "
                         "that it still has count as used",
                         name, host, (long long)g->mib);
    n.text = text;
    rc = text ? plan_add_note(c, &n) : -ENOMEM;
    free(text);
    return rc;
}

/* --- hosts that cannot be believed --------------------------------------- */

static int host_close(struct plan_cluster *c, uint32_t h, char *why)
{
    int rc = why ? cluster_note(c, h, NONE, "host %s: %s: it takes no guests",
                                plan_host_name(c, h), why)
                 : -ENOMEM;

    if (c->host[h].state == PLAN_UP)
        c->host[h].state = PLAN_UNSOUND;
    free(why);
    return rc;
}

/*
 * Hosts round the memory of each guest up to a MiB, and their own, so the sums
 * of a full host may be over by less than this. What a host says that it could
 * give now is exact.
 */
static int64_t host_rounding(const struct plan_cluster *c, uint32_t h)
{
    return c->first[h + 1] - c->first[h] + 1;
}

static int host_check(struct plan_cluster *c, uint32_t h, int64_t held)
{
    struct host *at = &c->host[h];
    int64_t rounding = host_rounding(c, h);
    int64_t left = at->listed_cap - held - at->gone, room;

    if (at->state == PLAN_OFFLINE)
        return 0;
    if (at->memory <= 0 || at->reserved < 0 || at->listed_cap < 0)
        return host_close(c, h,
                          plan_asprintf("memory_mib is %lld, reserved_mib "
                                        "%lld of it",
                                        (long long)at->memory,
                                        (long long)at->reserved));
    if (!at->cpus)
        return host_close(c, h, plan_asprintf("cpus is 0"));
    if (left < -rounding)
        return host_close(
            c, h,
            plan_asprintf("its domains have %lld MiB, it has %lld for them "
                          "(memory_mib %lld, reserved_mib %lld)",
                          (long long)held + at->gone,
                          (long long)at->listed_cap, (long long)at->memory,
                          (long long)at->reserved));
    room = at->room >= 0 ? at->room : left < 0 ? 0 : left;
    at->cap += (room < left + rounding ? room : left + rounding) - left;
    return 0;
}

/* What guests hold where they were listed, whatever an overlay says. */
static void held_add(const struct plan_cluster *c, int64_t *held,
                     const struct dom *v)
{
    uint32_t h =
        intern_find(&c->host_name, intern_get(&c->wanted, v->listed_on));

    if (h != NONE)
        held[h] += v->listed_mib;
}

static int hosts_check(struct plan_cluster *c)
{
    int64_t *held = calloc(c->nhost + 1, sizeof *held);
    int rc = held ? 0 : -ENOMEM;

    for (uint32_t i = 0; held && i < c->ndom; i++)
        held_add(c, held, &c->dom[i]);
    for (uint32_t i = 0; held && i < c->ntwice; i++)
        if (c->twice[i].forgiven) /* else it is one of the above */
            held_add(c, held, &c->twice[i].v);
    for (uint32_t h = 0; h < c->nhost && !rc; h++) {
        rc = host_check(c, h, held[h]);
        c->host[h].cap -= c->host[h].gone;
    }
    free(held);
    return rc;
}

/* One note does for two listings that are odd together. */
static bool odd_wants_note(const struct plan_cluster *c, const struct dom *v)
{
    return v->odd && (v->twin == NONE || !c->dom[v->twin].odd);
}

int odd_check(struct plan_cluster *c)
{
    int rc = 0;

    for (uint32_t i = 0; i < c->ngone && !rc; i++)
        rc = gone_count(c, &c->gone[i]);
    if (!rc)
        rc = hosts_check(c);
    for (uint32_t i = 0; i < c->ndom && !rc; i++)
        if (odd_wants_note(c, &c->dom[i]) && c->dom[i].host != NONE)
            rc = cluster_note(c, c->dom[i].host, i,
                              "%s stays on %s, whatever is planned: %s",
                              plan_domain_name(c, i),
                              plan_host_name(c, c->dom[i].host),
                              intern_get(&c->word, c->dom[i].pinned));
    return rc;
}
