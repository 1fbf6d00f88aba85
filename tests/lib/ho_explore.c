/* SPDX-License-Identifier: LGPL-2.1-only */
/* Walks and searches of ho_explore.h. */
#include "tests/lib/ho_explore.h"
#include "tests/lib/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void trace(struct explored *e, const char *what)
{
    size_t n = strlen(e->trace);

    snprintf(e->trace + n, sizeof e->trace - n, "%s\n", what);
}

/* --- walks ------------------------------------------------------------------ */

static bool one_walk(uint64_t s, struct explored *e)
{
    struct w_faults f = { .kills = (unsigned)(draw_next(&s) % 4),
                          .reboots = (unsigned)(draw_next(&s) % 3),
                          .failures = (unsigned)(draw_next(&s) % 4),
                          .cuts = (unsigned)(draw_next(&s) % 3),
                          .questions = (unsigned)(draw_next(&s) % 4),
                          .moves = 1 + (unsigned)(draw_next(&s) % 4) };
    struct world w;
    unsigned n = 0, steps = 20 + (unsigned)(draw_next(&s) % 120);

    f.blind = (unsigned)(draw_next(&s) % 2);
    f.stock = (unsigned)(draw_next(&s) % 3);
    f.bootless = (unsigned)(draw_next(&s) % 2);
    f.losses = draw_next(&s) % 8 == 0; /* where I3 is not looked at */
    f.caps = f.stock || f.bootless ? 0 : (unsigned)(draw_next(&s) % 3);
    f.guest_reboots = f.caps ? (unsigned)(draw_next(&s) % 2) : 0;
    f.arms = (unsigned)(draw_next(&s) % 4);
    f.unpauses = (unsigned)(draw_next(&s) % 2);
    f.forgets = (unsigned)(draw_next(&s) % 2);
    e->trace[0] = '\0';
    world_init(&w, &f);
    for (unsigned i = 0; i < steps && !w.broken; i++) {
        n = world_actions(&w);
        if (!n)
            break;
        /* things mostly go on, or the faults would all come at once */
        world_do(&w, (unsigned)(draw_next(&s) % n));
        trace(e, w.last);
        e->steps++;
    }
    if (!w.broken)
        world_settle(&w);
    e->walks++;
    e->broken = w.broken;
    return !w.broken;
}

void explore_seeds(uint64_t seed, uint64_t walks, struct explored *e)
{
    memset(e, 0, sizeof *e);
    for (uint64_t i = 0; i < walks; i++)
        if (!one_walk(seed ^ (i * 0xd1342543de82ef95ull), e))
            return;
}

/* --- all states: depth first, each state once ------------------------------------ */

/*
 * A set of 128-bit hashes of the keys, open addressing. That two of n states
 * share one by chance is n * n / 2^129: for 2^30 states one in 2^69.
 */
struct seen {
    struct hash {
        uint64_t a, b;
    } * slots;
    uint64_t mask, n;
};

static struct hash hash_of(const struct world *w)
{
    uint8_t key[W_KEY];
    unsigned n = world_key(w, key);
    struct hash h = { 0x243f6a8885a308d3ull, 0x13198a2e03707344ull };

    for (unsigned i = 0; i < n; i++) {
        h.a = (h.a ^ key[i]) * 0x9fb21c651e98df25ull;
        h.a ^= h.a >> 29;
        h.b = (h.b + key[i] + 1) * 0xd6e8feb86659fd93ull;
        h.b ^= h.b >> 31;
    }
    h.a |= !h.a; /* 0: a free slot */
    return h;
}

static void seen_grow(struct seen *s);

/* Whether it is new. */
static bool seen_add(struct seen *s, struct hash h)
{
    uint64_t i;

    if (!s->slots || s->n * 4 >= (s->mask + 1) * 3)
        seen_grow(s);
    for (i = h.b & s->mask; s->slots[i].a; i = (i + 1) & s->mask)
        if (s->slots[i].a == h.a && s->slots[i].b == h.b)
            return false;
    s->slots[i] = h;
    s->n++;
    return true;
}

static void seen_grow(struct seen *s)
{
    struct seen bigger = { .mask = s->slots ? s->mask * 2 + 1 : 0xffff };

    bigger.slots = calloc(bigger.mask + 1, sizeof *bigger.slots);
    if (!bigger.slots)
        abort();
    for (uint64_t i = 0; s->slots && i <= s->mask; i++)
        if (s->slots[i].a)
            seen_add(&bigger, s->slots[i]);
    free(s->slots);
    *s = bigger;
}

struct level {
    struct world w;
    unsigned next, n;
};

static void tell(struct explored *e, const struct level *stack, unsigned depth)
{
    for (unsigned i = 1; i <= depth; i++)
        trace(e, stack[i].w.last);
}

/* Every state is also one at which all could stop: I3 is asked of each. */
static bool visit(struct level *l, struct explored *e)
{
    struct world end = l->w;

    l->n = world_actions(&l->w);
    l->next = 0;
    if (!l->w.broken)
        world_settle(&end);
    if (end.broken)
        e->broken = end.broken;
    return !end.broken;
}

void explore_all(const struct w_faults *f, uint64_t limit, struct explored *e)
{
    enum { DEEPEST = 4096 };
    struct level *stack = calloc(DEEPEST, sizeof *stack);
    struct seen seen = { 0 };
    unsigned depth = 0;

    memset(e, 0, sizeof *e);
    if (!stack)
        abort();
    world_init(&stack[0].w, f);
    seen_add(&seen, hash_of(&stack[0].w));
    if (!visit(&stack[0], e))
        goto out;
    for (;;) {
        struct level *l = &stack[depth], *deeper = l + 1;

        if (l->next == l->n) {
            if (!depth--)
                break;
            continue;
        }
        if (depth + 1 == DEEPEST)
            abort();
        deeper->w = l->w;
        world_do(&deeper->w, l->next++);
        e->steps++;
        if (!deeper->w.broken && !seen_add(&seen, hash_of(&deeper->w)))
            continue;
        depth++;
        if (depth > e->deepest)
            e->deepest = depth;
        if (!visit(deeper, e)) {
            tell(e, stack, depth);
            goto out;
        }
        if (limit && seen.n >= limit)
            break;
    }
out:
    e->states = seen.n;
    free(seen.slots);
    free(stack);
}
