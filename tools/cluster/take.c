/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes a snapshot of the cluster, and the settings that plan for it. */
#include "tools/cluster/take.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cluster/collect.h"
#include "tools/base/clock.h"
#include "tools/base/text.h"

enum { PROBLEMS_SHOWN = 100 };

void take_settings(struct plan_settings *s, const struct config *c)
{
    plan_settings_init(s);
    s->alpha = c->alpha;
    s->beta = c->beta;
    s->w_uplink = c->weight_uplink;
    s->w_balance = c->weight_memory;
    s->w_cpu = c->weight_cpu;
    s->w_traffic = c->weight_traffic;
    s->w_fast = c->weight_dirtying;
    s->w_future = c->weight_future;
    s->worth = c->worth;
    s->threshold = c->threshold / 100;
    s->stream_mbps = c->stream_mbps;
    s->downtime_ms = (unsigned)c->downtime_ms;
    s->overhead_ms = (unsigned)c->overhead_ms;
    s->setup_ms = (unsigned)c->setup_ms;
    s->overcommit = c->overcommit;
    s->cpu_limit = c->cpu_limit;
    s->memory_limit = c->memory_limit;
    s->require_path = c->require_path;
    s->same_tsc = !strcmp(c->other_tsc, "refuse");
    s->change_devices = !strcmp(c->pci_moves, "on");
    s->streams = (unsigned)c->streams;
    s->host_streams = (unsigned)c->host_streams;
    s->link_streams = (unsigned)c->link_streams;
    s->codec = strcmp(c->codec, "off") != 0;
}

/* --- told on the way --------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void take_tell(struct take *t,
                                                            const char *fmt,
                                                            ...)
{
    char text[1280];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    t->note(t->arg, text);
}

static void take_tell_progress(void *arg, size_t answered, size_t ended,
                               size_t all)
{
    struct take *t = arg;

    if (t->progress)
        t->progress(t->arg, answered, ended, all);
}

static void take_tell_dead(void *arg, const char *host, bool answered,
                           const char *why)
{
    take_tell(arg, "%s %s: %s", host,
              answered ? "is left out" : "does not answer", why);
}

static void take_tell_note(void *arg, const char *text)
{
    take_tell(arg, "%s", text);
}

static void take_tell_problem(void *arg, const char *text)
{
    struct take *t = arg;

    if (t->problems++ < PROBLEMS_SHOWN)
        t->note(t->arg, text);
}

/* What is odd, but not in the way. */
static void take_tell_odd(struct take *t, const struct plan_cluster *c)
{
    uint32_t n = plan_notes(c);

    for (uint32_t i = 0; i < n; i++) {
        const struct plan_note note = plan_note(c, i);
        char text[1280];

        if (t->remark)
            t->remark(t->arg, &note);
        else if (i < PROBLEMS_SHOWN)
            t->note(t->arg, text_printable(text, sizeof text, note.text,
                                           strlen(note.text)));
    }
    if (!t->remark && n > PROBLEMS_SHOWN)
        take_tell(t, "and %u more that are odd", n - PROBLEMS_SHOWN);
}

/* --- taken ----------------------------------------------------------------------- */

static int take_collect(struct take *t, char **text_r, size_t *len_r,
                        struct msg *err)
{
    struct collect k = { .conf = t->conf,
                         .no_map = t->no_map,
                         .compact = t->compact,
                         .timeout_ms = t->timeout_ms,
                         .sample_ms = t->sample_ms,
                         .no_load = t->no_load,
                         .homes = t->homes,
                         .off = t->off,
                         .ask_off = t->ask_off,
                         .progress = take_tell_progress,
                         .failed = take_tell_dead,
                         .note = t->over ? NULL : take_tell_note,
                         .arg = t };
    int rc = collect_run(&k, err);

    t->asked = k.asked;
    t->dead = k.dead;
    if (rc)
        return rc == -ENOMEM || rc == -EDESTADDRREQ ? rc : -EHOSTUNREACH;
    *text_r = k.text;
    *len_r = k.len;
    if (t->dead && t->sum_up)
        take_tell(t, "%zu of %zu hosts are missing from the snapshot", t->dead,
                  t->asked);
    return 0;
}

int take_text(struct take *t, char **text_r, size_t *len_r, struct msg *err)
{
    struct off_list off = { .n = 0 };
    bool read = !t->off;
    int rc;

    if (read && off_read_here(&off, take_tell_note, t, err))
        take_tell(t, "%s", err->text); /* they do not answer, then */
    if (read)
        t->off = &off; /* cppcheck-suppress autoVariables; until below */
    rc = take_collect(t, text_r, len_r, err);
    if (read)
        t->off = NULL;
    off_dispose(&off);
    return rc;
}

static int take_parse(struct take *t, struct snapshot *s,
                      const struct taken *k, struct msg *err)
{
    struct snapshot_problems problems = { take_tell_problem, t };

    return snapshot_parse_facts(s, "the hosts' facts", k->text, k->len, t->set,
                                t->over, &problems, err);
}

static int take_ask(struct take *t, struct snapshot *s, struct msg *err)
{
    struct taken k = { .asked_ms = clock_ms() };
    int rc = take_text(t, &k.text, &k.len, err);

    if (rc)
        return rc;
    k.dead = t->dead;
    rc = take_parse(t, s, &k, err);
    if (t->keep)
        *t->keep = k;
    else
        free(k.text);
    return rc;
}

int take_snapshot(struct take *t, struct snapshot *s, struct msg *err)
{
    struct snapshot_problems problems = { take_tell_problem, t };
    int rc;

    if (t->file) {
        rc = snapshot_load(s, t->file, t->set, &problems, err);
    } else if (t->was) {
        t->dead = t->was->dead;
        rc = take_parse(t, s, t->was, err);
    } else {
        rc = take_ask(t, s, err);
    }
    if (t->problems > PROBLEMS_SHOWN)
        take_tell(t, "and %u more", t->problems - PROBLEMS_SHOWN);
    if (!rc)
        take_tell_odd(t, s->cluster);
    return rc;
}
