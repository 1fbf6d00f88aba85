/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says what features are in words that people know: by families. */
#include "scheduler/level.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/level_impl.h"

static const struct {
    const char *name;
    const char *features; /* a list as in level_impl.h */
} families[] = {
    { "avx512", "avx512*" },
    { "avx", "avx avx2 fma f16c" },
    { "newer avx", "avx-* avx10*" },
    { "amx", "amx-*" },
    { "sse", "sse3 ssse3 sse4_1 sse4_2" },
    { "bit manipulation", "bmi1 bmi2 abm popcnt adx movbe" },
    { "encryption", "aes pclmulqdq vaes vpclmulqdq sha gfni" },
    { "random numbers", "rdrand rdseed" },
    { "saved state", "xsave* xgetbv1" },
    { "transactional memory", "hle rtm tsx*" },
    { "bound checks", "mpx" },
    { "protection keys", "pku pks" },
    { "control-flow protection", "cet-*" },
    { "kernel protection", "smep smap umip nx" },
    { "fast paging", "pcid invpcid page1gb fsgsbase" },
    { "fast strings", "erms fsrm fzrm fsrs fsrcs" },
    { "cache lines", "clflush clflushopt clwb cldemote wbnoinvd clzero" },
    { "direct stores", "movdiri movdir64b enqcmd" },
    { "early AMD", "3dnow* fma4 xop tbm lwp sse4a misalignsse mmxext" },
    { "clock", "invtsc rdtscp tsc_adjust tsc-deadline" },
    { "mitigations",
      "ibrsb stibp ssbd ibrs* ibpb* amd-stibp amd-ssbd virt-ssbd stibp-always "
      "ssb-no l1d-flush arch-caps core-caps md-clear psfd btc-no intel-psfd "
      "ipred-ctrl rrsba-ctrl bhi-ctrl mcdt-no verw-clear auto-ibrs sbpb srso* "
      "srbds-ctrl rtm-always-abort lfence-dispatch nscb no-lmsl tsa*" },
};
enum { FAMILIES = sizeof families / sizeof families[0] };

static unsigned family_of(unsigned bit)
{
    unsigned i = 0;

    while (i < FAMILIES && !level_list_has(families[i].features, bit))
        i++;
    return i;
}

/* --- parts --------------------------------------------------------------- */

static void part_add(struct plan_level_part *part, unsigned bit)
{
    part->features.n = PLAN_FEATURE_WORDS;
    part->features.word[bit / 32] |= 1u << bit % 32;
}

/* Families in the table's order; then what is of none, each by itself. */
int plan_level_parts(const struct plan_features *f, struct plan_level_part **r)
{
    uint32_t most = plan_features_count(f);
    struct plan_level_part *part =
        calloc((size_t)FAMILIES + most + 1, sizeof *part);
    int n = FAMILIES, kept = 0;

    *r = part;
    if (!part)
        return -ENOMEM;
    for (unsigned bit = 0; bit < 32 * f->n; bit++) {
        unsigned family;

        if (!plan_features_has(f, bit))
            continue;
        family = family_of(bit);
        part_add(&part[family < FAMILIES ? family : (unsigned)n++], bit);
    }
    for (int i = 0; i < n; i++) {
        if (!part[i].features.n)
            continue;
        part[i].family = i < FAMILIES ? families[i].name : NULL;
        part[kept++] = part[i];
    }
    return kept;
}

/* A family with one feature is called by that. */
static bool part_is_family(const struct plan_level_part *part, uint32_t *n)
{
    *n = plan_features_count(&part->features);
    return part->family && *n > 1;
}

char *plan_level_part_text(const struct plan_level_part *part, char *buf,
                           size_t len)
{
    uint32_t n;

    if (!part_is_family(part, &n))
        return plan_features_names(&part->features, 0, buf, len);
    snprintf(buf, len, "%s family: %u features", part->family, n);
    return buf;
}

static void part_word(const struct plan_level_part *part, char *buf,
                      size_t len)
{
    uint32_t n;

    if (part_is_family(part, &n))
        snprintf(buf, len, "%s family (%u)", part->family, n);
    else
        plan_features_names(&part->features, 0, buf, len);
}

int plan_level_words(const struct plan_features *f, char *buf, size_t len)
{
    static const char cut[] = ", ..";
    struct plan_level_part *part;
    int n = plan_level_parts(f, &part);
    size_t at = 0;

    if (n < 0)
        return n;
    snprintf(buf, len, "nothing");
    for (int i = 0; i < n; i++) {
        char word[80];

        part_word(&part[i], word, sizeof word);
        if (at + strlen(word) + 2 + sizeof cut > len) {
            snprintf(buf + at, len - at, "%s", cut);
            break;
        }
        at +=
            (size_t)snprintf(buf + at, len - at, "%s%s", i ? ", " : "", word);
    }
    free(part);
    return 0;
}

/* --- losses -------------------------------------------------------------- */

/* Do the same hosts show both? */
static bool shown_alike(const struct plan_level_pool *p, unsigned a,
                        unsigned b)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (plan_features_has(&p->sets[i].shown, a) !=
            plan_features_has(&p->sets[i].shown, b))
            return false;
    return true;
}

static unsigned first_of(const struct plan_features *f)
{
    unsigned bit = 0;

    while (bit < 32 * f->n && !plan_features_has(f, bit))
        bit++;
    return bit;
}

static int loss_new(struct plan_level_loss *l, const struct plan_level_pool *p,
                    const char *family, unsigned bit)
{
    *l = (struct plan_level_loss){ .part = { .family = family } };
    l->shows = calloc((size_t)p->n + 1, sizeof *l->shows);
    if (!l->shows)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->n; i++)
        l->n += l->shows[i] = plan_features_has(&p->sets[i].shown, bit);
    return 0;
}

/* Cuts a part of the hidden features by the hosts that show them. */
static int losses_of_part(const struct plan_level_pool *p,
                          const struct plan_level_part *part,
                          struct plan_level_loss *loss, int *n)
{
    const struct plan_features *f = &part->features;
    int from = *n, rc;

    for (unsigned bit = first_of(f); bit < 32 * f->n; bit++) {
        int i = from;

        if (!plan_features_has(f, bit))
            continue;
        while (i < *n &&
               !shown_alike(p, first_of(&loss[i].part.features), bit))
            i++;
        if (i == *n) {
            rc = loss_new(&loss[i], p, part->family, bit);
            if (rc)
                return rc;
            (*n)++;
        }
        part_add(&loss[i].part, bit);
    }
    return 0;
}

int plan_level_losses(const struct plan_level_pool *pool,
                      const struct plan_features *hidden,
                      struct plan_level_loss **r)
{
    struct plan_level_loss *loss =
        calloc((size_t)plan_features_count(hidden) + 1, sizeof *loss);
    struct plan_level_part *part = NULL;
    int parts = loss ? plan_level_parts(hidden, &part) : -ENOMEM, n = 0, rc;

    *r = loss;
    rc = parts < 0 ? parts : 0;
    for (int i = 0; i < parts && !rc; i++)
        rc = losses_of_part(pool, &part[i], loss, &n);
    free(part);
    if (!rc)
        return n;
    plan_level_losses_free(loss, n);
    *r = NULL;
    return rc;
}

void plan_level_losses_free(struct plan_level_loss *loss, int n)
{
    for (int i = 0; loss && i < n; i++)
        free(loss[i].shows);
    free(loss);
}
