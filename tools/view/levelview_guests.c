/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows what a CPU level means for guests: which are stuck, and where. */
#include "tools/view/levelview.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tools/complain.h"
#include "tools/view/hostnames.h"
#include "tools/view/name.h"

enum { HOSTS_TEXT = 120, LACKS_TEXT = 160 };

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

void levelview_joins(FILE *f, const char *host, uint32_t guests)
{
    char name[NAME_SHOWN];

    if (guests)
        fprintf(f,
                "%u guest%s of the others can't go to %s until %s started "
                "anew under the level\n",
                guests, plural(guests), name_shown(name, host),
                guests == 1 ? "it is" : "they are");
}

static bool *hosts_in(const struct levels *l, const struct plan_level_stuck *s)
{
    bool *in = calloc((size_t)l->n + 1, sizeof *in);

    if (!in)
        die_oom();
    for (uint32_t i = 0; i < l->n; i++)
        for (uint32_t k = 0; k < s->n && !in[i]; k++)
            in[i] = l->host[i] == s->host[k];
    return in;
}

static void audit_row(FILE *f, const struct levels *l,
                      const struct plan_level_stuck *s)
{
    char guest[NAME_SHOWN], host[NAME_SHOWN], hosts[HOSTS_TEXT];
    char words[LACKS_TEXT];
    bool *in = hosts_in(l, s);

    if (hostnames(l->c, l->host, l->n, in, hosts, sizeof hosts) ||
        plan_level_words(&s->lacking, words, sizeof words))
        die_oom();
    free(in);
    fprintf(f, "%s on %s can't go to %s: %s",
            name_shown(guest, plan_domain_name(l->c, s->domain)),
            name_shown(
                host, plan_host_name(l->c, plan_domain_host(l->c, s->domain))),
            hosts, words);
    if (s->xcr0)
        fprintf(f, "; nor can they hold all its registers (XCR0 %" PRIx64 ")",
                s->xcr0);
    fputc('\n', f);
}

void levelview_audit(FILE *f, const struct levels *l,
                     const struct plan_level_audit *a)
{
    for (uint32_t i = 0; i < a->stuck_n; i++)
        audit_row(f, l, &a->stuck[i]);
    if (a->unknown)
        fprintf(f,
                "of %u guest%s it is not known what %s shown: %s as if it "
                "were what the host shows\n",
                a->unknown, plural(a->unknown),
                a->unknown == 1 ? "it was" : "they were",
                a->unknown == 1 ? "it counts" : "they count");
    if (!a->stuck_n) {
        fprintf(f,
                "%u guest%s, and each can go to all hosts of its vendor, "
                "as far as CPUs go\n",
                a->guests, plural(a->guests));
        return;
    }
    fprintf(f,
            "%u of %u guests can't go everywhere because of CPU features. A "
            "guest keeps what it\nwas started with until it is shut down and "
            "created anew, with the line that\n`rackhop level line` prints. "
            "Which of the features it really uses can't be known.\n",
            a->stuck_n, a->guests);
}

void levelview_gone(FILE *f, const char *host, const char *since,
                    const struct plan_features *gone)
{
    char name[NAME_SHOWN], words[LACKS_TEXT];

    if (plan_level_words(gone, words, sizeof words))
        die_oom();
    fprintf(
        f,
        "%s has lost CPU features since %s: %s. Its microcode, firmware or "
        "Xen was changed;\nguests that were started with these features "
        "can't go there\n",
        name_shown(name, host), since, words);
}

void levelview_set(FILE *f, const char *level, const char *vendor,
                   const char *since)
{
    fprintf(f, "the level %s is set for hosts%s%s since %s\n", level,
            *vendor ? " of " : "", vendor, since);
}
