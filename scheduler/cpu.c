/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * CPU features as sets and by name; the one table of their names.
 */
#include "scheduler/cpu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* By bit; made by cpu_names.awk from <xen/arch-x86/cpufeatureset.h>. */
static const char *const feature_names[] = {
#include "cpu_names.inc"
};
enum { FEATURE_NAMES = sizeof feature_names / sizeof feature_names[0] };

const char *plan_feature_name(unsigned bit)
{
    return bit < FEATURE_NAMES ? feature_names[bit] : NULL;
}

unsigned plan_feature_find(const char *name, size_t len)
{
    for (unsigned bit = 0; bit < FEATURE_NAMES; bit++)
        if (feature_names[bit] && strlen(feature_names[bit]) == len &&
            !memcmp(feature_names[bit], name, len))
            return bit;
    return PLAN_FEATURE_BITS;
}

int plan_features_find(struct plan_features *f, const char *names)
{
    *f = (struct plan_features){ .n = 0 };
    for (;;) {
        size_t len = strcspn(names, ",");
        unsigned bit = plan_feature_find(names, len);

        if (bit >= PLAN_FEATURE_BITS)
            return -EINVAL;
        f->word[bit / 32] |= 1u << bit % 32;
        if (bit / 32 >= f->n)
            f->n = bit / 32 + 1;
        if (!names[len])
            return 0;
        names += len + 1;
    }
}

/* --- sets ---------------------------------------------------------------- */

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

int plan_features_parse(struct plan_features *f, const char *text)
{
    *f = (struct plan_features){ .n = 0 };
    for (;;) {
        unsigned digits = 0;
        uint32_t word = 0;

        for (; hex_digit(*text) >= 0 && digits < 8; text++, digits++)
            word = word << 4 | (uint32_t)hex_digit(*text);
        if (!digits || f->n == PLAN_FEATURE_WORDS)
            return -EINVAL;
        f->word[f->n++] = word;
        if (!*text)
            return 0;
        if (*text++ != ',')
            return -EINVAL;
    }
}

bool plan_features_missing(const struct plan_features *have,
                           const struct plan_features *offer,
                           struct plan_features *missing)
{
    uint32_t any = 0;

    *missing = (struct plan_features){
        .n = have->n > offer->n ? have->n : offer->n,
    };
    for (uint32_t i = 0; i < missing->n; i++)
        any |= missing->word[i] = have->word[i] & ~offer->word[i];
    return any;
}

bool plan_features_within(const struct plan_features *have,
                          const struct plan_features *offer)
{
    for (uint32_t i = 0; i < have->n; i++)
        if (have->word[i] & ~offer->word[i])
            return false;
    return true;
}

void plan_features_common(const struct plan_features *a,
                          const struct plan_features *b,
                          struct plan_features *common)
{
    *common = (struct plan_features){ .n = a->n < b->n ? a->n : b->n };
    for (uint32_t i = 0; i < common->n; i++)
        common->word[i] = a->word[i] & b->word[i];
}

bool plan_features_has(const struct plan_features *f, unsigned bit)
{
    return f->word[bit / 32] & 1u << bit % 32;
}

uint32_t plan_features_count(const struct plan_features *f)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < f->n; i++)
        for (uint32_t word = f->word[i]; word; word &= word - 1)
            n++;
    return n;
}

void plan_features_code(const struct plan_features *f,
                        struct plan_features *code)
{
    enum { MSR_WORD = 16, MSR_WORDS = 2 };
    static const unsigned platform[] = {
        0 * 32 + 9,  /* apic */
        0 * 32 + 28, /* htt */
        1 * 32 + 21, /* x2apic: emulated */
        1 * 32 + 27, /* osxsave */
        1 * 32 + 31, /* hypervisor */
        3 * 32 + 1,  /* cmp_legacy */
        3 * 32 + 3,  /* extapic */
        6 * 32 + 4,  /* ospke */
    };

    *code = *f;
    for (size_t i = 0; i < sizeof platform / sizeof platform[0]; i++)
        code->word[platform[i] / 32] &= ~(1u << platform[i] % 32);
    for (unsigned i = 0; i < MSR_WORDS; i++)
        code->word[MSR_WORD + i] = 0;
}

/* --- text ---------------------------------------------------------------- */

static void feature_label(unsigned bit, char *buf, size_t len)
{
    const char *name = plan_feature_name(bit);

    if (name)
        snprintf(buf, len, "%s", name);
    else
        snprintf(buf, len, "bit %u of word %u", bit % 32, bit / 32);
}

/* Appends at *at if all of it fits; else the text ends with "..". */
static bool features_text_append(char *buf, size_t len, size_t *at,
                                 const char *text)
{
    static const char cut[] = ", ..";
    size_t n = strlen(text);

    if (n < len - *at) {
        memcpy(buf + *at, text, n + 1);
        *at += n;
        return true;
    }
    if (*at + sizeof cut > len)
        *at = len > sizeof cut ? len - sizeof cut : 0;
    snprintf(buf + *at, len - *at, "%s", cut);
    return false;
}

char *plan_features_names(const struct plan_features *f, unsigned most,
                          char *buf, size_t len)
{
    size_t at = 0;
    unsigned n = 0;
    char label[40], text[48];

    snprintf(buf, len, "none");
    for (unsigned bit = 0; bit < PLAN_FEATURE_BITS; bit++) {
        if (!plan_features_has(f, bit) || (++n > most && most))
            continue;
        feature_label(bit, label, sizeof label);
        snprintf(text, sizeof text, "%s%s", n > 1 ? ", " : "", label);
        if (!features_text_append(buf, len, &at, text))
            return buf;
    }
    if (most && n > most) {
        snprintf(text, sizeof text, " and %u more feature%s", n - most,
                 n - most == 1 ? "" : "s");
        features_text_append(buf, len, &at, text);
    }
    return buf;
}

char *plan_features_mask(const struct plan_features *f, char *buf, size_t len)
{
    size_t at = (size_t)snprintf(buf, len, "cpuid = \"host");

    for (unsigned bit = 0; bit < PLAN_FEATURE_BITS && at < len; bit++)
        if (plan_features_has(f, bit) && plan_feature_name(bit))
            at += (size_t)snprintf(buf + at, len - at, ",%s=0",
                                   plan_feature_name(bit));
    if (at < len)
        snprintf(buf + at, len - at, "\"");
    return buf;
}
