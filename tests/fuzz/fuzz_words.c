/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as each of the words between two rackhops. */
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/cpuset.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A slice must lie within the line that it was cut out of. */
static void within(const struct word_slice *s, const char *text)
{
    const char *end = text + strlen(text);

    if (s->at < text || s->at > end || s->len > (size_t)(end - s->at))
        abort();
}

static void greeting(const char *text)
{
    struct word_slice a, b;
    char features[WORD_FEATURES];
    enum word_cpuid set;
    unsigned version = 0;
    struct word_codec codec = { 0 };
    const char *rest;

    word_mark_parse(text, &rest);
    word_mark_in(text, WORD_NONE);
    if (!word_info_parse(rest, &a, &b)) {
        within(&a, text);
        within(&b, text);
    }
    if (!word_vm_parse(rest, &a, &b)) {
        within(&a, text);
        within(&b, text);
    }
    if (!word_pool_parse(rest, &a, &b)) {
        within(&a, text);
        within(&b, text);
    }
    if (!word_cpuid_parse(rest, &set, features) &&
        strlen(features) >= WORD_FEATURES)
        abort();
    if (!word_wire_parse(text, &version) &&
        (!version || word_wire_agree(version) > version))
        abort();
    if (!word_codec_parse(text, &codec) && !codec.version)
        abort();
}

/* One of 0.1.0 may begin with what a new one may not. */
static bool id_ok(char *id)
{
    if (*id == '.' || *id == '-')
        *id = 'x';
    return word_id_ok(id);
}

/* What was let through comes out as it went in. */
static void move(const char *text)
{
    char line[WORD_LINE];
    struct word_move m;

    if (word_move_parse(text, &m))
        return;
    if (strncmp(line, text, word_move_format(&m, line) - 1) ||
        !uuid_ok(m.uuid) || !m.epoch || !id_ok(m.id))
        abort();
}

static void arm(const char *text)
{
    char line[WORD_LINE];
    struct word_arm a, again;
    unsigned version = 0;

    if (!word_arms_parse(text, &version) && !version)
        abort();
    if (word_arm_parse(text, &a) || !word_arm_format(&a, line))
        return;
    line[strlen(line) - 1] = '\0';
    if (a.n > WORD_PARAMS || word_arm_parse(line, &again) ||
        memcmp(&a, &again, sizeof a))
        abort();
}

static void lanes(const char *text)
{
    struct word_lanes l = { .version = 0 }, again;
    unsigned seconds = 0;
    char line[WORD_LINE];

    if (!word_lanes_take_parse(text, &seconds) && seconds > WORD_PATIENCE)
        abort();
    word_no_lanes_format(text, line);
    if (word_lanes_parse(text, &l))
        return;
    line[word_lanes_format(&l, line) - 1] = '\0';
    if (word_lanes_parse(line, &again) || strcmp(again.address, l.address) ||
        again.port != l.port || memcmp(again.key, l.key, sizeof l.key) ||
        memcmp(again.id, l.id, sizeof l.id) || again.pki != l.pki ||
        again.only != l.only)
        abort();
}

static void pin(const char *text)
{
    char line[WORD_LINE];
    struct word_pin p, again;
    struct xlx_cpuset set;

    xlx_cpuset_parse(text, &set);
    if (word_pin_parse(text, &p))
        return;
    /* the longest line that an older target host reads, and its NUL */
    if (p.last < p.first || word_pin_format(&p, line) > 255)
        abort();
    line[strlen(line) - 1] = '\0';
    if (word_pin_parse(line, &again) || memcmp(&p, &again, sizeof p))
        abort();
}

static void report(const char *text)
{
    char line[WORD_LINE];
    struct word_report r, again;
    size_t n;

    word_report_parse(text, &r);
    n = word_report_format(&r, line);
    if (!n)
        return;
    if (n >= WORD_LINE || line[n - 1] != '\n' || strlen(line) != n ||
        strchr(line, '\n') != line + n - 1)
        abort();
    line[n - 1] = '\0';
    word_report_parse(line, &again);
    if (again.type != r.type || again.acked != r.acked ||
        memcmp(&again.times, &r.times, sizeof r.times))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct word_learned l;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    greeting(text);
    move(text);
    arm(text);
    lanes(text);
    pin(text);
    report(text);
    if (!word_learned_parse(text, &l) && !(l.dirty_mib_s >= 0))
        abort();
    word_settled_parse(text, "7c0e1d2a-1111-2222-3333-444455556666", 1);
    word_guest_parse(text, "7c0e1d2a-1111-2222-3333-444455556666");
    free(text);
    return 0;
}
