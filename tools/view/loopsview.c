/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the loops: the last look, each loop's wishes, and the newest deeds. */
#include "tools/view/loopsview.h"

#include "tools/view/moment.h"
#include "tools/view/name.h"

enum { DEEDS_SHOWN = 10 };

static void loops_head(FILE *f, const struct loops_doc *d, double now_s)
{
    char holder[NAME_SHOWN];

    fprintf(f, "last look ");
    moment_show(f, d->at_s);
    fprintf(f, " by rackhopd of %s, every %.0f s",
            name_shown(holder, d->holder), d->interval_s);
    if (now_s - d->at_s > 3 * d->interval_s + 60)
        fprintf(f, ": that is %.0f min ago, so it does not run",
                (now_s - d->at_s) / 60);
    fprintf(f, "\n%zu hosts", d->hosts);
    if (d->dead)
        fprintf(f, ", %zu of them silent", d->dead);
    fprintf(f, "; %zu guests", d->guests);
    if (d->unknown)
        fprintf(f, ", of %zu the CPU use is not known", d->unknown);
    fputc('\n', f);
    if (*d->blocked)
        fprintf(f, "nothing was decided: %s\n", d->blocked);
}

static void loops_wish(FILE *f, const struct loops_line *w)
{
    fprintf(f, "  %s\n", w->reason);
    if (*w->run)
        fprintf(f, "    by run %s\n", w->run);
    else if (*w->why_not)
        fprintf(f, "    not done: %s\n", w->why_not);
}

static void loops_kind(FILE *f, const struct loops_doc *d, enum loop_kind kind)
{
    bool any = false;

    fprintf(f, "\n%s (%s)", loop_kind_name(kind), d->mode[kind]);
    if (*d->blind[kind])
        fprintf(f, ": %s", d->blind[kind]);
    fputc('\n', f);
    if (*d->sees[kind])
        fprintf(f, "  sees: %s\n", d->sees[kind]);
    for (size_t i = 0; i < d->wishes; i++) {
        if (d->wish[i].kind != kind)
            continue;
        loops_wish(f, &d->wish[i]);
        any = true;
    }
    if (!any && !*d->blocked)
        fprintf(f, "  wants nothing\n");
}

static void loops_deeds(FILE *f, const struct loops_doc *d)
{
    size_t first = d->deeds > DEEDS_SHOWN ? d->deeds - DEEDS_SHOWN : 0;

    if (!d->deeds)
        return;
    fprintf(f, "\nmoved last\n");
    for (size_t i = d->deeds; i-- > first;) {
        fprintf(f, "  ");
        moment_show(f, d->deed[i].at_s);
        fprintf(f, "  %s", loop_kind_name(d->deed[i].kind));
        if (*d->deed[i].run)
            fprintf(f, ", run %s", d->deed[i].run);
        fprintf(f, "\n    %s\n", d->deed[i].reason);
    }
}

static void loops_offs(FILE *f, const struct loops_doc *d)
{
    char host[NAME_SHOWN];

    if (d->offs)
        fprintf(f, "\nswitched off\n");
    for (size_t i = 0; i < d->offs; i++) {
        fprintf(f, "  %s: %s since ", name_shown(host, d->off[i].host),
                d->off[i].state);
        moment_show(f, d->off[i].since_s);
        fprintf(f, "\n    %s\n", d->off[i].reason);
    }
}

void loopsview(FILE *f, const struct loops_doc *d, double now_s)
{
    loops_head(f, d, now_s);
    for (int k = 0; k < LOOP_KINDS; k++)
        loops_kind(f, d, (enum loop_kind)k);
    if (d->more)
        fprintf(f, "\nand %zu wishes more\n", d->more);
    loops_offs(f, d);
    loops_deeds(f, d);
}
