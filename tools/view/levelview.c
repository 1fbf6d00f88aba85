/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the CPU levels of hosts: what guests get, what is hidden from them,
 * and which named levels the hosts carry. */
#include "tools/view/levelview.h"

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

static const char *level_s(uint32_t n)
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
    struct plan_level_promise promise;

    plan_level_promise(p, level, &promise);
    *lacks = (struct plan_features){ .n = PLAN_FEATURE_WORDS };
    for (uint32_t i = 0; i < p->n; i++) {
        struct plan_features one;

        carries[i] = plan_level_keeps(p, i, &promise, &one);
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
            type_text(p->type), p->n, level_s(p->n),
            p->vendor ? name_shown(vendor, p->vendor) : "an unknown vendor", n,
            level_s(n), p->n == 1 ? "it shows" : "all of them show");
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
                    level_s(silent), silent == 1 ? "does" : "do", type_text(t),
                    silent == 1 ? "" : "s");
    }
    if (l->pools[0] > 1)
        fputs("no guest can move between CPUs of two vendors\n", f);
}
