/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says what the loops see of a cluster, and what one does not see. */
#include <stdio.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/daemon/decide_impl.h"

void decide_copy(char *to, size_t size, const char *from)
{
    if (from)
        text_printable(to, size, from, strlen(from));
}

void decide_sees(struct decide *d, const struct loops *l, enum loops_side side)
{
    for (int k = 0; k < LOOP_KINDS; k++) {
        struct loop_seen s = loops_seen(l, (enum loop_kind)k);
        char guest[256] = "", peer[256] = "", host[65] = "";

        if (!decide_on_side(d, (enum loop_kind)k, side) || *d->doc->blind[k] ||
            !s.any)
            continue;
        if (plan_domains(d->cluster)) {
            decide_copy(guest, sizeof guest,
                        plan_domain_name(d->cluster, s.guest));
            decide_copy(peer, sizeof peer,
                        plan_domain_name(d->cluster, s.peer));
        }
        decide_copy(host, sizeof host, plan_host_name(d->cluster, s.host));
        loop_seen_text((enum loop_kind)k, &s,
                       &(struct loop_names){ guest, host, NULL, peer },
                       d->doc->sees[k], sizeof d->doc->sees[k]);
    }
}

void decide_blind(struct decide *d, const struct scene *s)
{
    bool steal = false, starving = false, signs = false;

    for (uint32_t g = 0; g < s->guests; g++) {
        d->doc->unknown += !s->known[g];
        steal |= s->steal[g] >= 0;
        starving |= s->starving[g] >= 0;
    }
    for (uint32_t h = 0; h < s->hosts; h++)
        for (int i = 0; i < LOOP_SIGNS; i++)
            signs |= s->signs[h].now[i] >= 0;
    if (!signs)
        snprintf(d->doc->blind[LOOP_HEALTH], sizeof d->doc->blind[0],
                 "no host says how it is: rackhop agent samples that");
    if (!s->watts)
        snprintf(d->doc->blind[LOOP_POWER], sizeof d->doc->blind[0],
                 "not all hosts say what power they need (idle_w, peak_w)");
    if (!steal)
        snprintf(d->doc->blind[LOOP_NOISE], sizeof d->doc->blind[0],
                 "no host says how long guests wait for processors");
    if (!starving)
        snprintf(d->doc->blind[LOOP_MEMORY], sizeof d->doc->blind[0],
                 "no host says what guests read from swap");
    if (!s->talks)
        snprintf(d->doc->blind[LOOP_AFFINITY], sizeof d->doc->blind[0],
                 "no hosts say that two guests talk with each other "
                 "(sample_talks)");
    if (s->guests && d->doc->unknown == s->guests)
        snprintf(d->doc->blind[LOOP_BALANCE], sizeof d->doc->blind[0],
                 "no host says what CPU guests use");
}
