/* SPDX-License-Identifier: LGPL-2.1-only */
/* What loops remember from look to look: taken out, and put into new ones. */
#include "scheduler/loop.h"

#include <math.h>
#include <string.h>

#include "scheduler/loop_impl.h"

void loop_kept_host_init(struct loop_kept_host *h)
{
    *h = (struct loop_kept_host){ .over_s = INFINITY,
                                  .woken_s = -INFINITY,
                                  .noisy_s = INFINITY,
                                  .sick_s = INFINITY,
                                  .drained_s = -INFINITY,
                                  .idle_s = INFINITY,
                                  .awaits_s = -INFINITY };
    loop_boots_init(&h->boots);
    for (int s = 0; s < LOOP_SIGNS; s++)
        h->usual[s] = -1;
}

void loop_kept_init(struct loop_kept *k)
{
    *k = (struct loop_kept){ .guest = k->guest,
                             .host = k->host,
                             .guests = k->guests,
                             .hosts = k->hosts,
                             .power_s = INFINITY,
                             .thought_s = -INFINITY,
                             .short_s = INFINITY,
                             .season = { .most = -1 } };
    for (int i = 0; i < LOOP_HOURS; i++)
        k->season.week[i] = -1;
    for (uint32_t g = 0; g < k->guests; g++) {
        k->guest[g] = (struct loop_kept_guest){ .known = false,
                                                .host = LOOP_NONE,
                                                .moved_s = -INFINITY,
                                                .starving = -1,
                                                .starved_s = INFINITY,
                                                .grew_s = -INFINITY,
                                                .parted_s = -INFINITY,
                                                .parted_by = LOOP_NONE,
                                                .apart_s = INFINITY,
                                                .owes_s = INFINITY,
                                                .day = { .mean = -1 },
                                                .day_s = -INFINITY };
        for (int i = 0; i < LOOP_LEFT; i++) {
            k->guest[g].left[i] = LOOP_NONE;
            k->guest[g].left_s[i] = -INFINITY;
        }
    }
    for (uint32_t h = 0; h < k->hosts; h++)
        loop_kept_host_init(&k->host[h]);
}

static void kept_take(const struct loops *l, uint32_t g,
                      struct loop_kept_guest *to)
{
    *to = (struct loop_kept_guest){ .known = !isnan(l->past[g].mean),
                                    .mean = l->past[g].mean,
                                    .var = l->past[g].var,
                                    .with_all = l->past[g].with_all,
                                    .host = l->was_on[g],
                                    .moved_s = l->moved_s[g],
                                    .starving = l->starving[g],
                                    .starved_s = l->starved_s[g],
                                    .grew_s = l->grew[g].at_s,
                                    .grew_was = l->grew[g].was,
                                    .grew_mib = l->grew[g].mib,
                                    .parted_s = l->parted[g].at_s,
                                    .parted_was = l->parted[g].was,
                                    .parted_by = l->parted[g].by,
                                    .apart_s = l->apart_s[g],
                                    .owes_s = l->owes_s[g],
                                    .day = l->day[g],
                                    .day_s = l->day_s[g] };
    memcpy(to->left, l->left[g], sizeof to->left);
    memcpy(to->left_s, l->left_s[g], sizeof to->left_s);
}

void loops_keep(const struct loops *l, struct loop_kept *k)
{
    loop_kept_init(k);
    k->looked = l->looked;
    k->all_mean = l->all.mean;
    k->all_var = l->all.var;
    k->first_s = l->first_s;
    k->last_s = l->last_s;
    k->power_s = l->power_s;
    k->thought_s = l->thought_s;
    k->no_room = l->no_room;
    k->short_s = l->short_s;
    k->season = l->season;
    k->minute = l->budget.minute;
    memcpy(k->moves, l->budget.moves, sizeof k->moves);
    memcpy(k->gib, l->budget.gib, sizeof k->gib);
    for (uint32_t g = 0; g < l->guests; g++)
        kept_take(l, g, &k->guest[g]);
    for (uint32_t h = 0; h < l->hosts; h++) {
        k->host[h] = (struct loop_kept_host){ .over_s = l->over_s[h],
                                              .woken_s = l->woken_s[h],
                                              .noisy_s = l->noisy_s[h],
                                              .sick_s = l->sick_s[h],
                                              .drained_s = l->drained_s[h],
                                              .idle_s = l->idle_s[h],
                                              .awaits_s = l->awaits_s[h],
                                              .boots = l->boots[h] };
        memcpy(k->host[h].usual, l->usual[h], sizeof k->host[h].usual);
    }
}

static void kept_put(struct loops *l, uint32_t g,
                     const struct loop_kept_guest *from)
{
    l->past[g] = (struct loop_past){ from->known ? from->mean : NAN, from->var,
                                     from->with_all };
    l->was_on[g] = from->host;
    l->moved_s[g] = from->moved_s;
    l->starving[g] = from->starving;
    l->starved_s[g] = from->starved_s;
    l->grew[g] =
        (struct loop_growth){ from->grew_s, from->grew_was, from->grew_mib };
    l->parted[g] = (struct loop_parting){ from->parted_s, from->parted_was,
                                          from->parted_by };
    l->apart_s[g] = from->apart_s;
    l->owes_s[g] = from->owes_s;
    l->day[g] = from->day;
    l->day_s[g] = from->day_s;
    memcpy(l->left[g], from->left, sizeof from->left);
    memcpy(l->left_s[g], from->left_s, sizeof from->left_s);
}

void loops_resume(struct loops *l, const struct loop_kept *k)
{
    if (!k->looked)
        return;
    l->looked = true;
    l->all = (struct loop_past){ k->all_mean, k->all_var, 0 };
    l->first_s = k->first_s;
    l->last_s = k->last_s;
    l->power_s = k->power_s;
    l->thought_s = k->thought_s;
    l->no_room = k->no_room;
    l->short_s = k->short_s;
    l->season = k->season;
    l->budget.minute = k->minute;
    memcpy(l->budget.moves, k->moves, sizeof k->moves);
    memcpy(l->budget.gib, k->gib, sizeof k->gib);
    for (uint32_t g = 0; g < l->guests; g++)
        kept_put(l, g, &k->guest[g]);
    for (uint32_t h = 0; h < l->hosts; h++) {
        l->over_s[h] = k->host[h].over_s;
        l->woken_s[h] = k->host[h].woken_s;
        l->noisy_s[h] = k->host[h].noisy_s;
        l->sick_s[h] = k->host[h].sick_s;
        l->drained_s[h] = k->host[h].drained_s;
        l->idle_s[h] = k->host[h].idle_s;
        l->awaits_s[h] = k->host[h].awaits_s;
        l->boots[h] = k->host[h].boots;
        memcpy(l->usual[h], k->host[h].usual, sizeof l->usual[h]);
    }
}

static void kept_learn_guest(struct loop_kept_guest *g,
                             const struct loop_kept_guest *from)
{
    if (!g->known && from->known) {
        g->known = true;
        g->mean = from->mean;
        g->var = from->var;
        g->with_all = from->with_all;
    }
    if (g->starving < 0)
        g->starving = from->starving;
    if (from->day_s > g->day_s) { /* a day that is over is as none */
        g->day = from->day;
        g->day_s = from->day_s;
    }
}

void loop_kept_learn(struct loop_kept *k, const struct loop_kept *from)
{
    if (!k->looked && from->looked) {
        k->looked = true;
        k->all_mean = from->all_mean;
        k->all_var = from->all_var;
        k->first_s = from->first_s;
        k->last_s = from->last_s;
        k->season = from->season;
    }
    for (int i = 0; i < LOOP_HOURS; i++)
        if (k->season.week[i] < 0)
            k->season.week[i] = from->season.week[i];
    for (uint32_t g = 0; g < k->guests; g++)
        kept_learn_guest(&k->guest[g], &from->guest[g]);
    for (uint32_t h = 0; h < k->hosts; h++)
        for (int s = 0; s < LOOP_SIGNS; s++)
            if (k->host[h].usual[s] < 0)
                k->host[h].usual[s] = from->host[h].usual[s];
}

/* The budget's minutes are turned with the clock; none is lost. */
static void kept_shift_budget(struct loop_kept *k, double by_s)
{
    int64_t by = (int64_t)ceil(by_s / 60);
    uint32_t moves[LOOP_MINUTES];
    double gib[LOOP_MINUTES];

    memcpy(moves, k->moves, sizeof moves);
    memcpy(gib, k->gib, sizeof gib);
    for (int64_t i = 0; i < LOOP_MINUTES; i++) {
        int64_t to = (i + by) % LOOP_MINUTES;

        to += to < 0 ? LOOP_MINUTES : 0;
        k->moves[to] = moves[i];
        k->gib[to] = gib[i];
    }
    k->minute += by;
}

void loop_kept_shift(struct loop_kept *k, double by_s)
{
    kept_shift_budget(k, by_s);
    k->first_s += by_s; /* infinities stay what they are */
    k->last_s += by_s;
    k->power_s += by_s;
    k->thought_s += by_s;
    k->short_s += by_s;
    for (uint32_t g = 0; g < k->guests; g++) {
        k->guest[g].moved_s += by_s;
        k->guest[g].starved_s += by_s;
        k->guest[g].grew_s += by_s;
        k->guest[g].parted_s += by_s;
        k->guest[g].apart_s += by_s;
        k->guest[g].owes_s += by_s;
        k->guest[g].day_s += by_s;
        for (int i = 0; i < LOOP_LEFT; i++)
            k->guest[g].left_s[i] += by_s;
    }
    for (uint32_t h = 0; h < k->hosts; h++) {
        k->host[h].over_s += by_s;
        k->host[h].woken_s += by_s;
        k->host[h].noisy_s += by_s;
        k->host[h].sick_s += by_s;
        k->host[h].drained_s += by_s;
        k->host[h].idle_s += by_s;
        k->host[h].awaits_s += by_s;
        k->host[h].boots.from_s += by_s;
    }
}

void loop_kept_interrupt(struct loop_kept *k)
{
    k->power_s = k->short_s = INFINITY;
    k->thought_s = -INFINITY;
    for (uint32_t g = 0; g < k->guests; g++)
        k->guest[g].starved_s = k->guest[g].apart_s = k->guest[g].owes_s =
            INFINITY;
    for (uint32_t h = 0; h < k->hosts; h++)
        k->host[h].over_s = k->host[h].noisy_s = k->host[h].sick_s =
            k->host[h].idle_s = INFINITY;
}
