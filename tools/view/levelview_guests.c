/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows what a CPU level means for guests: which are stuck, and where. */
#include "tools/view/levelview.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tools/complain.h"
#include "tools/view/hostnames.h"
#include "tools/view/name.h"
#include "tools/view/table.h"

enum { HOSTS_TEXT = 120, LACKS_TEXT = 160, REASON_TEXT = 400 };

static const char *level_s(uint32_t n)
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
                guests, level_s(guests), name_shown(name, host),
                guests == 1 ? "it is" : "they are");
}

/* "can't go to r1*: avx512 family (11), pku", in a text of that size. */
static void audit_reason(const struct levels *l,
                         const struct plan_level_reason *r, char *buf,
                         size_t len)
{
    char hosts[HOSTS_TEXT], words[LACKS_TEXT], xcr0[80] = "";
    bool *of = calloc((size_t)plan_hosts(l->c) + 1, sizeof *of);
    bool *in = calloc((size_t)l->n + 1, sizeof *in);

    if (!of || !in)
        die_oom();
    for (uint32_t i = 0; i < r->n; i++)
        of[r->host[i]] = true;
    for (uint32_t i = 0; i < l->n; i++)
        in[i] = of[l->host[i]];
    if (hostnames(l->c, l->host, l->n, in, hosts, sizeof hosts) ||
        plan_level_words(&r->lacking, words, sizeof words))
        die_oom();
    if (r->xcr0)
        snprintf(xcr0, sizeof xcr0,
                 "; nor can they hold all its registers (XCR0 %" PRIx64 ")",
                 r->xcr0);
    snprintf(buf, len, "can't go to %s: %s%s", hosts, words, xcr0);
    free(of);
    free(in);
}

/* Guests that are many have reasons that are few. */
static void audit_rows(FILE *f, const struct levels *l,
                       const struct plan_level_audit *a)
{
    char(*why)[REASON_TEXT] = calloc((size_t)a->reason_n + 1, sizeof *why);
    char guest[NAME_SHOWN], host[NAME_SHOWN];

    if (!why)
        die_oom();
    for (uint32_t i = 0; i < a->reason_n; i++)
        audit_reason(l, &a->reason[i], why[i], sizeof why[i]);
    for (uint32_t i = 0; i < a->stuck_n; i++) {
        uint32_t dom = a->stuck[i].domain;

        table_line(f, 4, "%s on %s %s",
                   name_shown(guest, plan_domain_name(l->c, dom)),
                   name_shown(host, plan_host_name(
                                        l->c, plan_domain_host(l->c, dom))),
                   why[a->stuck[i].reason]);
    }
    free(why);
}

void levelview_audit(FILE *f, const struct levels *l,
                     const struct plan_level_audit *a)
{
    audit_rows(f, l, a);
    if (a->unknown)
        fprintf(f,
                "of %u guest%s it is not known what %s shown: %s as if it "
                "were what the host shows\n",
                a->unknown, level_s(a->unknown),
                a->unknown == 1 ? "it was" : "they were",
                a->unknown == 1 ? "it counts" : "they count");
    if (!a->stuck_n) {
        fprintf(f,
                "%u guest%s, and each can go to all hosts of its vendor, "
                "as far as CPUs go\n",
                a->guests, level_s(a->guests));
        return;
    }
    fprintf(f,
            "%u of %u guests can't go everywhere because of CPU features.\n"
            "A guest keeps what it was started with until it is shut down and "
            "created anew,\nwith the line that `rackhop level line` prints. "
            "Which of the features it really\nuses can't be known.\n",
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
