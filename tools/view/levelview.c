/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the CPU levels of hosts: what guests get, what is hidden from them,
 * and which named levels the hosts carry. */
#include "tools/view/levelview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/complain.h"
#include "tools/view/hostnames.h"
#include "tools/view/name.h"

enum { HOSTS_TEXT = 120, PART_TEXT = 120, LACKS_TEXT = 160 };

static const char *type_text(enum plan_level_type type)
{
    switch (type) {
    case PLAN_LEVEL_HVM: return "HVM and PVH guests";
    case PLAN_LEVEL_PV: return "PV guests";
    case PLAN_LEVEL_TYPES: break;
    }
    return "";
}

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

/* --- what is hidden ------------------------------------------------------ */

static void show_losses(FILE *f, const struct plan_cluster *c,
                        const struct plan_level_pool *p,
                        const struct plan_features *hidden, const char *what)
{
    struct plan_level_loss *loss;
    char part[PART_TEXT], hosts[HOSTS_TEXT];
    int n = plan_level_losses(p, hidden, &loss), width = 0;

    if (n < 0)
        die_oom();
    for (int i = 0; i < n; i++) {
        int w = (int)strlen(
            plan_level_part_text(&loss[i].part, part, sizeof part));

        width = w > width ? w : width;
    }
    if (n)
        fprintf(f, "  %s:\n", what);
    for (int i = 0; i < n; i++) {
        if (hostnames(c, p->host, p->n, loss[i].shows, hosts, sizeof hosts))
            die_oom();
        fprintf(f, "    %-*s  only on %s\n", width,
                plan_level_part_text(&loss[i].part, part, sizeof part), hosts);
    }
    plan_level_losses_free(loss, n);
}

/* --- named levels -------------------------------------------------------- */

/* What the hosts that don't carry a level lack, all in all. */
static void named_ask(const struct plan_level_pool *p, unsigned level,
                      bool *carries, struct plan_features *lacks)
{
    *lacks = (struct plan_features){ .n = PLAN_FEATURE_WORDS };
    for (uint32_t i = 0; i < p->n; i++) {
        struct plan_features one;

        carries[i] = plan_level_carries(p, i, level, &one);
        for (uint32_t w = 0; w < one.n; w++)
            lacks->word[w] |= one.word[w];
    }
}

static bool named_any(const bool *carries, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (carries[i])
            return true;
    return false;
}

static void show_named(FILE *f, const struct plan_cluster *c,
                       const struct plan_level_pool *p)
{
    bool *carries = calloc((size_t)p->n + 1, sizeof *carries);
    char hosts[HOSTS_TEXT], words[LACKS_TEXT];

    if (!carries)
        die_oom();
    fprintf(f, "  levels:\n");
    for (unsigned i = 0; i < plan_levels(); i++) {
        struct plan_features lacks;

        named_ask(p, i, carries, &lacks);
        if (hostnames(c, p->host, p->n, carries, hosts, sizeof hosts) ||
            plan_level_words(&lacks, words, sizeof words))
            die_oom();
        fprintf(f, "    %-9s  %s: %s", plan_level_name(i), plan_level_text(i),
                hosts);
        if (plan_features_count(&lacks))
            fprintf(f, "; %s lack %s",
                    named_any(carries, p->n) ? "others" : "they", words);
        fputc('\n', f);
    }
    free(carries);
}

/* --- a pool -------------------------------------------------------------- */

static bool same_level(const struct plan_level_pool *a,
                       const struct plan_level_pool *b)
{
    return b && a->n == b->n && !memcmp(&a->level, &b->level, sizeof a->level);
}

static void show_pool(FILE *f, const struct plan_cluster *c,
                      const struct plan_level_pool *p,
                      const struct levels *less, const char *joins)
{
    uint32_t n = plan_features_count(&p->level.common);
    char vendor[NAME_SHOWN], what[120];
    struct plan_features lost;

    fprintf(f, "%s on %u host%s of %s: %u feature%s that %s\n",
            type_text(p->type), p->n, plural(p->n),
            p->vendor ? name_shown(vendor, p->vendor) : "an unknown vendor", n,
            plural(n), p->n == 1 ? "it shows" : "all of them show");
    if (less) {
        levels_lost(less, p, &lost);
        snprintf(what, sizeof what, "lost when %.39s joins", joins);
        show_losses(f, c, p, &lost, what);
        if (!plan_features_count(&lost))
            fprintf(f, "  nothing is lost when %.39s joins\n", joins);
        return;
    }
    show_losses(f, c, p, &p->level.hidden,
                "hidden, so that a guest can go to "
                "each");
    show_named(f, c, p);
}

/* PV guests are shown less, but often the same is hidden: it is not said
 * twice. */
void levelview_show(FILE *f, const struct levels *l, const struct levels *less,
                    const char *joins)
{
    char name[NAME_SHOWN];
    uint32_t silent;

    if (joins)
        joins = name_shown(name, joins);
    for (int t = 0; t < PLAN_LEVEL_TYPES; t++) {
        for (int i = 0; i < l->pools[t]; i++) {
            const struct plan_level_pool *p = &l->pool[t][i];

            if (t && same_level(p, levels_find(l, 0, p->vendor)))
                fprintf(f, "%s: the same\n", type_text(p->type));
            else
                show_pool(f, l->c, p, less, joins);
        }
        silent = levels_silent(l, t);
        if (silent)
            fprintf(f, "%u host%s %s not say what %s show%s\n", silent,
                    plural(silent), silent == 1 ? "does" : "do", type_text(t),
                    silent == 1 ? "" : "s");
    }
    if (l->pools[0] > 1)
        fputs("no guest can move between CPUs of two vendors\n", f);
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

/* --- guests -------------------------------------------------------------- */

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
        fprintf(f, "; not all of its registers (XCR0 %" PRIx64 ")", s->xcr0);
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

/* --- lines --------------------------------------------------------------- */

/* What has no name in xl, and no register that is known. */
static void line_left(FILE *f, const struct plan_features *left)
{
    char names[300];

    if (plan_features_count(left))
        fprintf(f, "# this can't be hidden: %s\n",
                plan_features_names(left, 0, names, sizeof names));
}

static char *line_of(const struct plan_features *hidden,
                     struct plan_features *left)
{
    char *line = plan_level_line(hidden, left);

    if (!line)
        die_oom();
    return line;
}

void levelview_line_sets(FILE *f, const struct plan_features *hvm,
                         const struct plan_features *pv)
{
    struct plan_features left, left_pv;
    char *line = line_of(hvm, &left), *line_pv = line_of(pv, &left_pv);
    bool differ = strcmp(line, line_pv) != 0;

    fprintf(f, "%s%s\n", differ ? "# HVM and PVH guests\n" : "", line);
    line_left(f, &left);
    if (differ) {
        fprintf(f, "# PV guests\n%s\n", line_pv);
        line_left(f, &left_pv);
    }
    free(line);
    free(line_pv);
}

void levelview_line(FILE *f, const struct levels *l, unsigned level)
{
    for (int i = 0; i < l->pools[0]; i++) {
        const struct plan_level_pool *hvm = &l->pool[0][i];
        const struct plan_level_pool *pv =
            levels_find(l, PLAN_LEVEL_PV, hvm->vendor);
        struct plan_level cut, cut_pv;
        char vendor[NAME_SHOWN];

        if (l->pools[0] > 1)
            fprintf(f, "# hosts of %s\n",
                    hvm->vendor ? name_shown(vendor, hvm->vendor)
                                : "an unknown vendor");
        plan_level_cut(hvm, level, &cut);
        plan_level_cut(pv ? pv : hvm, level, &cut_pv);
        levelview_line_sets(f, &cut.hidden, &cut_pv.hidden);
    }
}
