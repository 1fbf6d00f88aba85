/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes the line of xl.cfg that hides features from a guest, in xl's syntax
 * or in that of xend, which xl reads as well: xl.cfg(5), cpuid.
 */
#include "scheduler/level.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The register of each word: the order is that of Xen's cpufeatureset.h. A
 * word without a row is an MSR, or one that came later. */
static const struct {
    unsigned word;
    const char *leaf; /* as xend writes leaf and subleaf */
    char reg;
} registers[] = {
    { 0, "0x1", 'd' },         { 1, "0x1", 'c' },
    { 2, "0x80000001", 'd' },  { 3, "0x80000001", 'c' },
    { 4, "0xd,1", 'a' },       { 5, "0x7,0", 'b' },
    { 6, "0x7,0", 'c' },       { 7, "0x80000007", 'd' },
    { 8, "0x80000008", 'b' },  { 9, "0x7,0", 'd' },
    { 10, "0x7,1", 'a' },      { 11, "0x80000021", 'a' },
    { 12, "0x7,1", 'b' },      { 13, "0x7,2", 'd' },
    { 14, "0x7,1", 'c' },      { 15, "0x7,1", 'd' },
    { 18, "0x80000021", 'c' },
};
enum { REGISTERS = sizeof registers / sizeof registers[0], WORD_BITS = 32 };

/* Has each feature a name that xl takes? */
static bool all_named(const struct plan_features *f)
{
    for (unsigned bit = 0; bit < 32 * f->n; bit++)
        if (plan_features_has(f, bit) && !plan_feature_name(bit))
            return false;
    return true;
}

static char *line_of_names(const struct plan_features *f)
{
    enum { NAME_MOST = 48 };
    size_t len = 64 + (size_t)plan_features_count(f) * NAME_MOST;
    char *text = malloc(len);

    return text ? plan_features_mask(f, text, len) : NULL;
}

/* x: as it would be; 0: hidden. The highest bit comes first. */
static void register_bits(uint32_t word, char bits[WORD_BITS + 1])
{
    for (unsigned i = 0; i < WORD_BITS; i++)
        bits[WORD_BITS - 1 - i] = word & 1u << i ? '0' : 'x';
    bits[WORD_BITS] = '\0';
}

static char *line_of_registers(const struct plan_features *f)
{
    enum { ITEM_MOST = 64 };
    size_t len = 64 + (size_t)REGISTERS * ITEM_MOST, at;
    char *text = malloc(len), bits[WORD_BITS + 1];
    bool first = true;

    if (!text)
        return NULL;
    at = (size_t)snprintf(text, len, "cpuid = [ ");
    for (size_t i = 0; i < REGISTERS; i++) {
        uint32_t word = f->word[registers[i].word];

        if (!word)
            continue;
        register_bits(word, bits);
        at += (size_t)snprintf(text + at, len - at, "%s\"%s:e%cx=%s\"",
                               first ? "" : ", ", registers[i].leaf,
                               registers[i].reg, bits);
        first = false;
    }
    snprintf(text + at, len - at, " ]");
    return text;
}

char *plan_level_line(const struct plan_features *hidden,
                      struct plan_features *left)
{
    struct plan_features can = { .n = hidden->n };

    *left = (struct plan_features){ .n = 0 };
    if (all_named(hidden))
        return line_of_names(hidden);
    for (size_t i = 0; i < REGISTERS; i++)
        can.word[registers[i].word] = hidden->word[registers[i].word];
    plan_features_missing(hidden, &can, left);
    return line_of_registers(&can);
}
