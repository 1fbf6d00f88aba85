/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides a look of rackhopd again, from its record, and compares. */
#include "tools/daemon/look_again.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"
#include "tools/daemon/decide.h"
#include "tools/daemon/look_file.h"
#include "tools/doc/snapshot.h"

/* What was set then of what a decision asks. The words are those of b. */
static void again_config(struct config *conf, struct lookback *b)
{
    static char off[] = "off", command[] = "true";
    char **const to[LOOP_KINDS] = { [LOOP_HEALTH] = &conf->loop_health,
                                    [LOOP_MEMORY] = &conf->loop_memory,
                                    [LOOP_NOISE] = &conf->loop_noise,
                                    [LOOP_BALANCE] = &conf->loop_balance,
                                    [LOOP_POWER] = &conf->loop_power,
                                    [LOOP_AFFINITY] = &conf->loop_affinity };

    *conf = (struct config){ .power_boot_s = (long)b->boot_s,
                             .memory_floor = b->memory_floor,
                             .arm = b->arm,
                             .power_off = b->switches ? command : NULL,
                             .power_on = b->switches ? command : NULL };
    for (int k = 0; k < LOOP_KINDS; k++) /* an older rackhop had not all */
        *to[k] = *b->doc.mode[k] ? b->doc.mode[k] : off;
}

static int again_offs(struct off_list *l, const struct lookback *b)
{
    *l = (struct off_list){ calloc(b->offs + 1, sizeof *l->host), b->offs };
    for (size_t i = 0; l->host && i < b->offs; i++)
        l->host[i].p = b->off[i]; /* borrowed */
    return l->host ? 0 : -ENOMEM;
}

/* Both have been through the same text, so that they can be compared. */
static int again_text(struct loops_doc *to, struct loops_doc *doc,
                      struct msg *err)
{
    char *text = loops_doc_format(doc);
    int rc = text ? loops_doc_parse(to, text, strlen(text), err) : -ENOMEM;

    free(text);
    return rc;
}

static int again_decide(struct look_again *a, struct snapshot *s,
                        const struct sight *sight,
                        const struct loops_state *state,
                        const struct loop_policy *policy, struct msg *err)
{
    struct lookback *b = &a->then;
    struct loops_doc doc = { .at_s = b->at_s };
    struct loop_policy p = policy ? *policy : b->policy;
    struct off_list off;
    struct config conf;
    struct decide d = { .conf = &conf,
                        .policy = &p,
                        .cluster = s->cluster,
                        .sight = sight,
                        .state = state,
                        .off = &off,
                        .self = *b->self ? b->self : NULL,
                        .now_s = b->at_s,
                        .gap_s = b->gap_s,
                        .doc = &doc };
    int rc = again_offs(&off, b);

    again_config(&conf, b);
    /* as rackhopd reads a policy */
    if (policy && b->doc.interval_s >= 1)
        p.look_s = fmin(p.look_s, DECIDE_LOOKS * b->doc.interval_s);
    if (!rc)
        rc = decide_look(&d);
    if (!rc)
        rc = again_text(&a->now, &doc, err);
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    free(off.host);
    return rc;
}

static int again_from(struct look_again *a, const struct loop_policy *policy,
                      struct msg *err)
{
    struct lookback *b = &a->then;
    struct loops_state state;
    struct sight sight = { .host = NULL };
    struct snapshot snap;
    int rc = loops_state_parse(&state, b->state, strlen(b->state), err);

    if (rc)
        return rc;
    rc = snapshot_parse_facts(&snap, "the record of a look", b->snapshot,
                              b->len, &b->set, NULL, NULL, err);
    if (!rc) {
        rc = sight_parse(&sight, snap.cluster, b->snapshot, b->len, err);
        if (!rc)
            rc = again_decide(a, &snap, &sight, &state, policy, err);
        sight_dispose(&sight);
        snapshot_dispose(&snap);
    }
    loops_state_dispose(&state);
    return rc == -ENOMEM ? rc : rc ? -EINVAL : 0;
}

int look_again(struct look_again *a, const char *path,
               const struct loop_policy *policy, struct msg *err)
{
    size_t len = 0;
    char *bytes = file_read(path, LOOKBACK_MIB << 20, &len), *text = NULL;
    struct msg why;
    int rc;

    *a = (struct look_again){ .then = { .state = NULL } };
    if (!bytes) {
        msg_set(err, "%s can't be read: %s", path, strerror(errno));
        return errno == ENOMEM ? -ENOMEM : -EINVAL;
    }
    rc = look_file_unpack(bytes, len, &text, &len, &why);
    free(bytes);
    if (!rc)
        rc = lookback_parse(&a->then, text, len, &why);
    free(text);
    if (!rc)
        rc = again_from(a, policy, &why);
    if (!rc)
        rc = lookback_compare(&a->diff, &a->then, &a->now);
    if (rc) {
        msg_set(err, "%s: %s", path,
                rc == -ENOMEM ? "out of memory" : why.text);
        look_again_dispose(a);
    }
    return rc;
}

void look_again_dispose(struct look_again *a)
{
    lookback_dispose(&a->then);
    loops_doc_dispose(&a->now);
    lookback_diff_dispose(&a->diff);
    *a = (struct look_again){ .then = { .state = NULL } };
}
