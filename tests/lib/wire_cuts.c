/* SPDX-License-Identifier: LGPL-2.1-only */
/* Moves guests over lanes that are cut, and counts what that cost. */
#include "tests/lib/wire_cuts.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/draw.h"
#include "tests/lib/guest_image.h"
#include "tools/base/clock.h"

enum { DUMB_US = 300000, SILENT_US = 15000000, FIRST = 100000 };

unsigned wire_cuts_all(const struct wire_cuts *c)
{
    unsigned n = 0;

    for (int i = 0; i < CUT_KINDS; i++)
        n += c->cuts[i];
    return n;
}

static struct relay_pair *cuts_pick(struct wire_cuts *c)
{
    uint64_t first = draw_next(&c->seed) % RELAY_PAIRS;

    for (int i = 0; i < RELAY_PAIRS; i++) {
        struct relay_pair *p =
            &c->relay.pair[(first + (uint64_t)i) % RELAY_PAIRS];

        /* what was spoilt once is on its way out */
        if (p->fd[0] >= 0 && !p->dumb_us && !p->eof[0] && !p->eof[1])
            return p;
    }
    return NULL;
}

static enum cut_kind cuts_do(struct wire_cuts *c, struct relay_pair *p)
{
    uint64_t r = draw_next(&c->seed) >> 8;

    if (c->silence && r % c->silence == 0) {
        p->dumb_us = clock_us() + SILENT_US;
        return CUT_SILENT;
    }
    r >>= 16;
    switch (r % 3) {
    case CUT_RESET: relay_reset(p); return CUT_RESET;
    case CUT_HALF: relay_half_close(p, r >> 8 & 1); return CUT_HALF;
    }
    p->dumb_us = clock_us() + (r >> 8) % DUMB_US + 1;
    return CUT_DUMB;
}

static void cuts_spoil(void *arg, struct wire_move *m)
{
    struct wire_cuts *c = arg;
    struct relay_pair *p;

    /* the last bytes are told of when one of the ends may be gone */
    if (c->relay.carried < c->next || m->wire[HELPER_SAVES].over)
        return;
    p = cuts_pick(c);
    if (!p)
        return;
    c->next = c->relay.carried + draw_next(&c->seed) % (2 * c->mean);
    c->cuts[cuts_do(c, p)]++;
}

static void cuts_count(struct wire_cuts *c, const struct wire_move *m,
                       unsigned cuts)
{
    uint64_t resent = m->wire[HELPER_SAVES].resent, pfn;

    c->moves++;
    c->resent += resent;
    if (cuts && resent / cuts > c->worst)
        c->worst = resent / cuts;
    c->wrong += fakexen_differ(m->x[0], m->x[1], &pfn);
}

int wire_cuts_move(struct wire_cuts *c, struct wire_move *m, uint64_t pages,
                   unsigned lanes)
{
    unsigned before = wire_cuts_all(c);
    int rc;

    *m = (struct wire_move){ .lanes = lanes,
                             .codec = "none",
                             .arm = c->moves % 2,
                             .relay = &c->relay,
                             .spoil = cuts_spoil,
                             .arg = c };
    for (int i = 0; i < 2; i++)
        m->x[i] = fakexen_new(pages, i == HELPER_SAVES, &m->fd[i]);
    for (uint64_t i = 0; i < pages; i++)
        guest_image_page(fakexen_page(m->x[0], i), i, c->seed);
    m->x[0]->guest = (struct fakexen_guest){ .burst = (uint32_t)pages / 8,
                                             .hot = (uint32_t)pages / 3,
                                             .seed = c->seed,
                                             .whole = true };
    c->next = FIRST + draw_next(&c->seed) % c->mean;
    rc = wire_move_run(m);
    if (!rc)
        cuts_count(c, m, wire_cuts_all(c) - before);
    for (int i = 0; i < 2; i++) {
        fakexen_free(m->x[i]);
        close(m->fd[i]);
    }
    return rc;
}
