/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a replay as text: what it cost, what it moved, and what it refused. */
#include "tools/view/replayview.h"

#include <inttypes.h>

#include "tools/view/name.h"

static const char *replay_name(char *buf, char *const *names, uint32_t i)
{
    return i == LOOP_NONE ? NULL : name_shown(buf, names[i]);
}

void replayview_wish(FILE *f, const struct replay_trace *t, double now_s,
                     const struct loop_wish *w)
{
    char guest[NAME_SHOWN], from[NAME_SHOWN], to[NAME_SHOWN], peer[NAME_SHOWN];
    struct loop_names names = {
        replay_name(guest, t->guest_name, w->guest),
        replay_name(from, t->host_name, w->from),
        replay_name(to, t->host_name, w->to),
        replay_name(peer, t->guest_name,
                    w->kind == LOOP_AFFINITY ? w->peer : LOOP_NONE)
    };
    long s = (long)now_s;
    char reason[800];

    if (w->refusal)
        return;
    loop_reason(w, &names, reason, sizeof reason);
    fprintf(f, "%3ld:%02ld:%02ld  %s: %s\n", s / 3600, s / 60 % 60, s % 60,
            loop_kind_name(w->kind), reason);
}

static void replay_costs(FILE *f, const struct replay_result *r)
{
    fprintf(f, "  energy             %10.2f kWh", r->kwh);
    if (r->bound_kwh > 0)
        fprintf(f, ", %.1f%% above what no placement can do without (%.2f)",
                100 * (r->kwh / r->bound_kwh - 1), r->bound_kwh);
    fprintf(f, "\n  hosts on           %10.2f hours\n", r->host_hours);
    fprintf(f, "  over their CPU     %10.2f hours\n", r->over_hours);
    fprintf(f, "  SLATAH             %10.4f %%, %.4f %% of all hosts' time\n",
            100 * r->slatah, 100 * r->slatah_all);
    fprintf(f, "  PDM                %10.4f %%, %.4f %% of all guests' CPU\n",
            100 * r->pdm, 100 * r->pdm_all);
    fprintf(f, "  SLATAH x PDM       %10.6f %%\n", 100 * r->slav);
}

static void replay_moves(FILE *f, const struct replay_result *r)
{
    fprintf(f, "  moves              %10" PRIu64 ", %.2f GiB\n", r->moves,
            r->gib);
    for (int k = 0; k < LOOP_KINDS; k++)
        if (r->granted[k])
            fprintf(f, "    for %-7s      %10" PRIu64 "\n",
                    loop_kind_name((enum loop_kind)k), r->granted[k]);
    fprintf(f, "  most in an hour    %10u\n", r->most_moves_hour);
    fprintf(f, "  there and back     %10" PRIu64 "\n", r->there_and_back);
    for (int i = LOOP_GRANTED + 1; i < LOOP_REFUSALS; i++)
        if (r->refused[i])
            fprintf(f, "  not granted        %10" PRIu64 " times: %s\n",
                    r->refused[i], loop_refusal_text((enum loop_refusal)i));
    if (r->memory_broken)
        fprintf(f, "  no memory          %10" PRIu64 " moves\n",
                r->memory_broken);
}

void replayview_result(FILE *f, const struct replay_trace *t,
                       const char *policy, const struct replay_result *r,
                       double seconds)
{
    char trace[NAME_SHOWN], with[NAME_SHOWN];

    fprintf(
        f,
        "%s: %u hosts, %u guests, %u steps of %g s; policy %s; replayed in "
        "%.2f s\n",
        name_shown(trace, t->name), t->hosts, t->guests, t->steps, t->step_s,
        name_shown(with, policy), seconds);
    replay_costs(f, r);
    replay_moves(f, r);
}
