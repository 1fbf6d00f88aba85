/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as what hosts say of themselves: the loops look at it twice, acting
 * for all purposes. Behind an 's' they are what loops remember, behind an 'l'
 * what is shown of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/crc32.h"
#include "tools/base/msg.h"
#include "tools/daemon/decide.h"
#include "tools/doc/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct snapshot *s, const struct sight *sight,
                    struct loops_state *state, double now_s)
{
    static char act[] = "act";
    struct loops_doc doc = { .wish = NULL };
    struct config conf = { .loop_memory = act,
                           .loop_noise = act,
                           .loop_balance = act,
                           .loop_power = act,
                           .loop_affinity = act };
    struct loop_policy p;
    struct decide d = { .conf = &conf,
                        .policy = &p,
                        .cluster = s->cluster,
                        .sight = sight,
                        .state = state,
                        .now_s = now_s,
                        .gap_s = 1000,
                        .doc = &doc };
    struct msg err;
    char *text;

    loop_policy_init(&p);
    if (decide_look(&d))
        abort();
    text = loops_state_format(state, s->cluster, d.kept);
    loops_state_dispose(state);
    if (!text || loops_state_parse(state, text, strlen(text), &err))
        abort();
    free(text);
    decide_dispose(&d);
    loops_doc_dispose(&doc);
}

static void play(struct snapshot *s, const uint8_t *data, size_t size)
{
    struct loops_state state;
    struct sight sight = { .host = NULL };
    struct msg err;

    loops_state_init(&state);
    if (plan_hosts(s->cluster) < 64 && plan_domains(s->cluster) < 256 &&
        !sight_parse(&sight, s->cluster, data, size, &err)) {
        for (int i = 0; i < 2; i++)
            look_at(s, &sight, &state, 1e9 + 400 * i);
        sight_dispose(&sight);
    }
    loops_state_dispose(&state);
}

static void remembered(const uint8_t *data, size_t size)
{
    struct loops_state s;
    struct msg err;
    char *text = malloc(size + 10);

    if (!text)
        abort();
    snprintf(text, 10, "%08x\n", crc32_add(0, data, size));
    memcpy(text + 9, data, size);
    if (!loops_state_parse(&s, text, size + 9, &err)) {
        free(loops_state_again(&s));
        loops_state_dispose(&s);
    }
    free(text);
}

static void shown(const uint8_t *data, size_t size)
{
    struct loops_doc d;
    struct msg err;

    if (!loops_doc_parse(&d, (const char *)data, size, &err)) {
        free(loops_doc_format(&d));
        loops_doc_dispose(&d);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snapshot s;
    struct msg err;

    if (size && *data == 's') {
        remembered(data + 1, size - 1);
    } else if (size && *data == 'l') {
        shown(data + 1, size - 1);
    } else if (!snapshot_parse_facts(&s, "fuzz", data, size, NULL, NULL, NULL,
                                     &err)) {
        play(&s, data, size);
        snapshot_dispose(&s);
    }
    return 0;
}
