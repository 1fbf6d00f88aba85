/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU features: sets of them, what one set lacks of another, and their names.
 *
 * A featureset is a list of 32-bit words in Xen's order; a bit is a feature.
 * The names are generated from Xen's public header when rackhop is built, in
 * the spelling that xl.cfg's cpuid= takes, so that a name in a message can be
 * copied into a guest's configuration. Pure.
 */
#ifndef RACKHOP_SCHEDULER_CPU_H
#define RACKHOP_SCHEDULER_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PLAN_FEATURE_WORDS = 32,
    PLAN_FEATURE_BITS = 32 * PLAN_FEATURE_WORDS,
};

struct plan_features {
    uint32_t n; /* words that are known; those past them are 0 */
    uint32_t word[PLAN_FEATURE_WORDS];
};

/* "178bfbff,f6fa3203,..", as Xen prints it. 0 or -EINVAL. */
int plan_features_parse(struct plan_features *f, const char *text);

/* The features of `have` that `offer` lacks; true if there are any. */
bool plan_features_missing(const struct plan_features *have,
                           const struct plan_features *offer,
                           struct plan_features *missing);
/* Has `offer` all of them? Sooner answered than which it lacks. */
bool plan_features_within(const struct plan_features *have,
                          const struct plan_features *offer);
/* The features that both have. */
void plan_features_common(const struct plan_features *a,
                          const struct plan_features *b,
                          struct plan_features *common);

/*
 * The features that code may depend on. Left out are those that say what the
 * platform is (htt, x2apic, hypervisor ..), and words 16 and 17, an MSR that
 * tells of mitigations: libxl-ext/cpu.h leaves the same out of what it reads
 * of a guest.
 */
void plan_features_code(const struct plan_features *f,
                        struct plan_features *code);
bool plan_features_has(const struct plan_features *f, unsigned bit);
uint32_t plan_features_count(const struct plan_features *f);

/* "avx512f"; NULL: this build's Xen has no name for the bit. */
const char *plan_feature_name(unsigned bit);
/* The bit of that name, which has `len` bytes; PLAN_FEATURE_BITS: there is
 * none. */
unsigned plan_feature_find(const char *name, size_t len);

/* The features of a list of names, "avx512f,rtm". 0; or -EINVAL: it has a name
 * that this build's Xen does not have, or none. */
int plan_features_find(struct plan_features *f, const char *names);

/*
 * "sse4_2, popcnt", or "none"; a bit without a name is "bit 9 of word 7". Not
 * more than `most` (0: no limit), then "and 3 more features". What does not
 * fit into the buffer is cut with ", ..".
 */
char *plan_features_names(const struct plan_features *f, unsigned most,
                          char *buf, size_t len);
/* The line of xl.cfg that hides these features from a guest:
 * cpuid = "host,sse4_2=0,popcnt=0". Bits without a name are left out. */
char *plan_features_mask(const struct plan_features *f, char *buf, size_t len);

#endif
