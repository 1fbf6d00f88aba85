/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The named levels: what each promises, and what is above it.
 *
 * x86-64-v2 to v4 are those of the x86-64 psABI (its table "Micro-Architecture
 * Levels"), in xl's names: OSXSAVE is the kernel's, so xsave stands for it.
 * EPYC is what the first EPYC has (Zen 1); what later ones brought is above.
 */
#include "scheduler/level.h"

#include <string.h>

#include "scheduler/level_impl.h"

#define V2 "cx16 lahf-lm popcnt sse3 sse4_1 sse4_2 ssse3"
#define V3 "avx avx2 bmi1 bmi2 f16c fma abm movbe"
#define V4 "avx512f avx512bw avx512cd avx512dq avx512vl"
/* instructions of no psABI level that came after those of v2, of v3, of v4 */
#define AFTER_V2 "fma4 xop tbm lwp avx-* vaes vpclmulqdq"
#define AFTER_V3 "avx512* avx10* amx-*"
#define AFTER_V4 "avx512-fp16 avx10* amx-*"

enum { LEVEL_COMMON, LEVEL_OLDEST, LEVEL_V2, LEVEL_V3, LEVEL_V4, LEVEL_EPYC };

static const struct {
    const char *name, *text;
    const char *promises; /* features, by name */
    const char *above;    /* likewise */
} levels[] = {
    [LEVEL_COMMON] = { "common", "what all hosts show", "", "" },
    [LEVEL_OLDEST] = { "oldest", "what the host with the fewest shows", "",
                       "" },
    [LEVEL_V2] = { "x86-64-v2", "instructions up to SSE4.2", V2,
                   V3 " " AFTER_V2 " " AFTER_V3 },
    [LEVEL_V3] = { "x86-64-v3", "instructions up to AVX2", V2 " xsave " V3,
                   AFTER_V3 },
    [LEVEL_V4] = { "x86-64-v4", "instructions up to AVX-512",
                   V2 " xsave " V3 " " V4, AFTER_V4 },
    [LEVEL_EPYC] = { "EPYC", "what the first EPYC (Zen 1) shows",
                     V2
                     " xsave " V3
                     " aes pclmulqdq rdrand rdseed adx sha sse4a misalignsse "
                     "3dnowprefetch mmxext clflushopt xsaveopt xsavec xgetbv1",
                     AFTER_V3
                     " avx-* vaes vpclmulqdq gfni clwb rdpid wbnoinvd umip "
                     "pku "
                     "pcid invpcid fsrm fzrm fsrs fsrcs movdiri movdir64b "
                     "serialize cet-*" },
};
enum { LEVELS = sizeof levels / sizeof levels[0] };

/* --- lists of names ------------------------------------------------------ */

static bool name_matches(const char *word, size_t len, const char *name)
{
    if (len && word[len - 1] == '*')
        return !strncmp(name, word, len - 1);
    return strlen(name) == len && !memcmp(name, word, len);
}

bool level_list_has(const char *list, unsigned bit)
{
    const char *name = plan_feature_name(bit);

    for (size_t n; name && *list; list += n) {
        list += strspn(list, " ");
        n = strcspn(list, " ");
        if (n && name_matches(list, n, name))
            return true;
    }
    return false;
}

void level_list_features(const char *list, struct plan_features *f)
{
    *f = (struct plan_features){ .n = PLAN_FEATURE_WORDS };
    for (unsigned bit = 0; bit < PLAN_FEATURE_BITS; bit++)
        if (level_list_has(list, bit))
            f->word[bit / 32] |= 1u << bit % 32;
}

/* --- the table ----------------------------------------------------------- */

unsigned plan_levels(void)
{
    return LEVELS;
}

const char *plan_level_name(unsigned level)
{
    return level < LEVELS ? levels[level].name : NULL;
}

const char *plan_level_text(unsigned level)
{
    return level < LEVELS ? levels[level].text : NULL;
}

unsigned plan_level_find(const char *name)
{
    unsigned i = 0;

    while (i < LEVELS && strcmp(name, levels[i].name))
        i++;
    return i;
}

uint32_t plan_level_oldest(const struct plan_level_pool *pool)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < pool->n; i++)
        if (plan_features_count(&pool->sets[i].shown) <
            plan_features_count(&pool->sets[best].shown))
            best = i;
    return best;
}

void plan_level_promise(const struct plan_level_pool *pool, unsigned level,
                        struct plan_level_promise *promise)
{
    promise->carried = level == LEVEL_OLDEST;
    if (promise->carried)
        promise->features = pool->sets[plan_level_oldest(pool)].shown;
    else
        level_list_features(levels[level].promises, &promise->features);
}

bool plan_level_keeps(const struct plan_level_pool *pool, uint32_t i,
                      const struct plan_level_promise *promise,
                      struct plan_features *lacks)
{
    const struct plan_level_sets *s = &pool->sets[i];

    return !plan_features_missing(
        &promise->features, promise->carried ? &s->carried : &s->shown, lacks);
}

void plan_level_cut(const struct plan_level_pool *pool, unsigned level,
                    struct plan_level *l)
{
    struct plan_features above, below;

    *l = pool->level;
    level_list_features(levels[level].above, &above);
    plan_features_missing(&pool->level.common, &above, &l->common);
    l->common.n = pool->level.common.n;
    plan_features_missing(&pool->level.any, &above, &below);
    /* what some host shows, and is hidden already or above */
    for (uint32_t i = 0; i < l->hidden.n; i++)
        l->hidden.word[i] |= pool->level.any.word[i] & ~below.word[i];
}

unsigned plan_level_best(const struct plan_level_pool *pool)
{
    unsigned best = LEVEL_COMMON;
    struct plan_level_promise promise;
    struct plan_features lacks;

    for (unsigned level = LEVEL_V2; level <= LEVEL_V4; level++) {
        uint32_t i = 0;

        plan_level_promise(pool, level, &promise);
        while (i < pool->n && plan_level_keeps(pool, i, &promise, &lacks))
            i++;
        if (i == pool->n)
            best = level;
    }
    return best;
}
