/* SPDX-License-Identifier: LGPL-2.1-only */
/* Visits every state of the world of dm_world.h, depth first, each once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/dm_world.h"

enum { DEEPEST = 512, ACTIONS = 16 };

/* The worlds that were seen: whole, for they are small; open addressing. */
struct seen {
    struct dm_world *w;
    uint8_t *used;
    uint64_t mask, n;
};

static uint64_t hash(const struct dm_world *w)
{
    const uint8_t *p = (const uint8_t *)w;
    uint64_t h = 0x243f6a8885a308d3ull;

    for (size_t i = 0; i < sizeof *w; i++) {
        h = (h ^ p[i]) * 0x9fb21c651e98df25ull;
        h ^= h >> 29;
    }
    return h;
}

static void seen_make(struct seen *s, uint64_t size)
{
    *s = (struct seen){ .mask = size - 1 };
    s->w = malloc(size * sizeof *s->w);
    s->used = calloc(size, 1);
    if (!s->w || !s->used)
        abort();
}

static bool seen_add(struct seen *s, const struct dm_world *w)
{
    uint64_t i;

    if (s->n * 2 > s->mask) {
        struct seen old = *s;

        seen_make(s, (old.mask + 1) * 2);
        for (i = 0; i <= old.mask; i++)
            if (old.used[i])
                seen_add(s, &old.w[i]);
        free(old.w);
        free(old.used);
    }
    for (i = hash(w) & s->mask; s->used[i]; i = (i + 1) & s->mask)
        if (!memcmp(&s->w[i], w, sizeof *w))
            return false;
    s->used[i] = 1;
    s->w[i] = *w;
    s->n++;
    return true;
}

struct place {
    struct dm_world w;
    unsigned next;
};

static void tell(struct dm_explored *e, const struct place *stack,
                 unsigned depth)
{
    for (unsigned i = 0; i <= depth; i++) {
        size_t n = strlen(e->trace);

        snprintf(e->trace + n, sizeof e->trace - n,
                 "event %u: record %s, effect %d, guest at %d\n",
                 i ? stack[i - 1].next - 1 : 0,
                 dm_state_name((enum dm_state)stack[i].w.rec),
                 stack[i].w.alive ? (int)stack[i].w.m.doing : -1,
                 stack[i].w.at);
    }
}

/* Any state may be the last at which something happens. */
static bool holds(const struct dm_world *w, struct dm_explored *e)
{
    struct dm_world end = *w;

    if (!end.broken)
        dm_world_settle(&end);
    e->broken = end.broken;
    return !end.broken;
}

void dm_explore(const struct dm_faults *f, struct dm_explored *e)
{
    struct place *stack = calloc(DEEPEST, sizeof *stack);
    unsigned depth = 0;
    struct seen seen;

    memset(e, 0, sizeof *e);
    if (!stack)
        abort();
    seen_make(&seen, 1 << 14);
    dm_world_init(&stack[0].w, f);
    seen_add(&seen, &stack[0].w);
    while (holds(&stack[depth].w, e)) {
        struct place *p = &stack[depth], *deeper = p + 1;

        for (;;) {
            if (p->next == ACTIONS) {
                if (!depth)
                    goto out;
                p = &stack[--depth];
                deeper = p + 1;
                continue;
            }
            memcpy(&deeper->w, &p->w, sizeof p->w);
            if (dm_world_do(&deeper->w, p->next++) &&
                (deeper->w.broken || seen_add(&seen, &deeper->w)))
                break;
        }
        if (++depth + 1 == DEEPEST)
            abort();
        deeper->next = 0;
    }
    tell(e, stack, depth);
out:
    e->states = seen.n;
    free(seen.w);
    free(seen.used);
    free(stack);
}
