/* SPDX-License-Identifier: LGPL-2.1-only */
/* Has nft and Open vSwitch tell what guests send each other, and keeps that. */
#include "tools/daemon/agent_talks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/daemon/agent_impl.h"
#include "tools/daemon/talk.h"
#include "tools/daemon/talk_flows.h"
#include "tools/daemon/talk_rules.h"
#include "tools/daemon/talk_side.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum {
    READ_S = 10,
    MINUTE_S = 60,
    RETRY_S = 60,    /* after nft or Open vSwitch failed */
    TASK_MS = 15000, /* that they may take, unless it is told otherwise */
};

enum talks_task {
    TASK_NONE,
    TASK_MAKE,
    TASK_READ,
    TASK_REMOVE,
    TASK_FLOWS, /* the only one of Open vSwitch */
};

struct talks_counter {
    struct agent *a;
    bool on;
    char rules[512], file[512];
    int task_ms;
    struct gather gather;
    struct gather_job *job; /* NULL: nothing runs */
    enum talks_task task;
    struct talk_side nft, ovs;
    bool made;      /* the table is there, with the guests of now */
    bool flows_due; /* Open vSwitch is to be asked */
    struct talk_vifs vifs;
    struct talk_flows flows;
    struct talk talk;
    struct nft_pair *pair; /* room for TALK_READ */
    struct talk_loud loud;
    unsigned minute; /* TALK_NFT | TALK_OVS: who counts in it; 0: none lasts */
    double minute_s; /* since when it lasts */
    bool told_file;
};

struct talks_counter *talks_counter_new(struct agent *a)
{
    struct talks_counter *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->a = a;
    c->on = a->rq.conf->sample_talks;
    c->task_ms = TASK_MS;
    c->pair = c->on ? calloc(TALK_READ, sizeof *c->pair) : NULL;
    snprintf(c->rules, sizeof c->rules, "%s/samples/talks.nft",
             a->rq.statedir);
    snprintf(c->file, sizeof c->file, "%s/" TALKS_FILE, a->rq.statedir);
    if (c->on && !c->pair) {
        free(c);
        return NULL;
    }
    return c;
}

/* --- who counts -------------------------------------------------------------- */

static struct talk_side *talks_side(struct talks_counter *c, unsigned by)
{
    return by == TALK_OVS ? &c->ovs : &c->nft;
}

/* Who is to: on whom there are guests. */
static unsigned talks_needed(const struct talks_counter *c)
{
    return (c->vifs.ovs < c->vifs.n ? TALK_NFT : 0u) |
           (c->vifs.ovs ? TALK_OVS : 0u);
}

static unsigned talks_counting(const struct talks_counter *c)
{
    return talks_needed(c) &
           ((c->made ? TALK_NFT : 0u) | (c->flows.known ? TALK_OVS : 0u));
}

static unsigned talks_failing(const struct talks_counter *c)
{
    return talks_needed(c) &
           ((*c->nft.told ? TALK_NFT : 0u) | (*c->ovs.told ? TALK_OVS : 0u));
}

/* Once, until something else is in the way. */
static void talks_trouble(struct talks_counter *c, unsigned by,
                          const char *why)
{
    struct talk_side *s = talks_side(c, by);
    struct msg said;

    if (!strcmp(s->told, why))
        return;
    snprintf(s->told, sizeof s->told, "%s", why);
    msg_set(&said, "what guests send each other%s is not counted: %s",
            by == TALK_OVS ? " over Open vSwitch"
            : c->vifs.ovs  ? " over bridges"
                           : "",
            why);
    c->a->rq.tell(said.text);
}

/* Until it is asked again. What was not counted is not told as nothing. */
static void talks_stop(struct talks_counter *c, unsigned by, const char *why,
                       double mono_s)
{
    struct talk_side *s = talks_side(c, by);

    talks_trouble(c, by, why);
    if (by == TALK_NFT) {
        c->made = false;
    } else {
        c->flows_due = false;
        talk_flows_dispose(&c->flows);
    }
    s->late = false;
    s->retry_s = mono_s + RETRY_S;
    c->minute &= ~by;
}

/* --- tasks ------------------------------------------------------------------- */

static void talks_start(struct talks_counter *c, struct loop *l,
                        enum talks_task task, char *command)
{
    c->job = calloc(1, sizeof *c->job);
    if (!c->job || !command) {
        free(c->job);
        free(command);
        c->job = NULL;
        return;
    }
    c->job->command = command;
    c->job->most = task == TASK_FLOWS ? OVS_BYTES : NFT_BYTES;
    c->task = task;
    c->gather = (struct gather){
        .job = c->job, .n = 1, .at_once = 1, .timeout_ms = c->task_ms
    };
    gather_start(&c->gather, l);
}

static void talks_end(struct talks_counter *c)
{
    if (c->job)
        gather_dispose(c->job, 1);
    free(c->job);
    c->job = NULL;
    c->task = TASK_NONE;
}

/* Is it there, or was it, when the last agent was killed? */
static bool talks_has_table(const struct talks_counter *c)
{
    return !access(c->rules, F_OK);
}

static char *talks_remove_command(void)
{
    return strdup("exec nft '" TALK_REMOVE "'");
}

/* What nft has no table of is gone as well: a reboot, or no nft any more. */
static void talks_removed(struct talks_counter *c,
                          const struct gather_job *job)
{
    if (!job->rc || (talk_side_absent(job))) {
        unlink(c->rules);
        unlink(c->file);
    }
    c->made = false;
}

void talks_counter_patience(struct talks_counter *c, int ms)
{
    c->task_ms = ms;
}

void talks_counter_free(struct talks_counter *c)
{
    struct gather_job job = { .command = NULL };
    struct gather g = { .job = &job, .n = 1, .at_once = 1 };

    if (!c)
        return;
    g.timeout_ms = c->task_ms;
    talks_end(c);
    if (talks_has_table(c) && (job.command = talks_remove_command())) {
        gather_run(&g);
        talks_removed(c, &job);
        gather_dispose(&job, 1);
    }
    talk_vifs_dispose(&c->vifs);
    talk_flows_dispose(&c->flows);
    talk_dispose(&c->talk);
    free(c->pair);
    free(c);
}

/* --- the table --------------------------------------------------------------- */

static void talks_make(struct talks_counter *c, struct loop *l, double mono_s)
{
    char *quoted, *command = NULL;
    size_t len;
    char *text = talk_rules(&c->vifs, &c->loud, &len);
    int rc = text ? file_replace(c->rules, text, len) : -ENOMEM;

    free(text);
    if (rc) {
        talks_stop(c, TALK_NFT, strerror(-rc), mono_s);
        return;
    }
    quoted = ssh_quote(c->rules);
    if (quoted && asprintf(&command, "exec nft -f %s", quoted) < 0)
        command = NULL;
    free(quoted);
    talks_start(c, l, TASK_MAKE, command);
    c->vifs.changed = false;
}

static void talks_failed(struct talks_counter *c, const struct gather_job *job,
                         double mono_s)
{
    unsigned by = c->task == TASK_FLOWS ? TALK_OVS : TALK_NFT;
    char why[sizeof c->nft.told];

    talk_side_why(why, sizeof why, by, job);
    talks_stop(c, by, why, mono_s);
}

static void talks_made(struct talks_counter *c, const struct gather_job *job,
                       double mono_s)
{
    if (talk_side_late(&c->nft, false, job, mono_s))
        return;
    if (job->rc) {
        talks_failed(c, job, mono_s);
        return;
    }
    c->made = true;
    talk_side_answered(&c->nft, mono_s);
    (void)talk_read(&c->talk, NULL, 0); /* all counters begin again */
}

/* --- minutes --------------------------------------------------------------- */

static void talks_guests(struct talks_counter *c, struct talks *t)
{
    for (size_t i = 0; i < c->vifs.n && t->macs < TALKS_MACS; i++) {
        const struct talk_vif *v = &c->vifs.vif[i];
        struct sampler_guest *g = sampler_find(&c->a->sampler, v->domid);
        const struct keep *k = g ? g->keep : NULL;
        struct talks_mac *to = &t->mac[t->macs];

        /* vif7.0-emu comes behind vif7.0, and has the same address */
        if (!v->known || !k ||
            (t->macs && to[-1].mac == v->mac && !strcmp(to[-1].uuid, k->uuid)))
            continue;
        memcpy(to->uuid, k->uuid, sizeof to->uuid);
        to->mac = v->mac;
        t->macs++;
    }
}

static void talks_kept(struct talks_counter *c, int rc)
{
    struct msg said;

    if (rc && !c->told_file) {
        msg_set(&said,
                "what guests send each other is counted, and can't be "
                "kept in %s: %s",
                c->file, strerror(-rc));
        c->a->rq.tell(said.text);
    }
    c->told_file = rc != 0;
}

static void talks_write(struct talks_counter *c)
{
    struct talks t = { .at_s = (double)time(NULL),
                       .nft = c->minute & TALK_NFT,
                       .ovs = c->minute & TALK_OVS };
    char *text = NULL;
    size_t len;
    int rc = -ENOMEM;

    t.mac = calloc(TALKS_MACS, sizeof *t.mac);
    t.pair = calloc(TALKS_PAIRS, sizeof *t.pair);
    if (t.mac && t.pair) {
        talks_guests(c, &t);
        talk_top(&c->talk, &t);
        text = talks_format(&t, &len);
    }
    if (text)
        rc = file_replace(c->file, text, len);
    talks_kept(c, rc);
    free(text);
    talks_dispose(&t);
}

static void talks_recovered(struct talks_counter *c)
{
    unsigned failed = talks_failing(c);

    if (c->minute & TALK_NFT)
        *c->nft.told = '\0';
    if (c->minute & TALK_OVS)
        *c->ovs.told = '\0';
    if (failed && !talks_failing(c))
        c->a->rq.tell("what guests send each other is counted again");
}

/* A minute begins when all that are to count have begun to, but for one that
 * fails: that one is in the next. */
static void talks_begin(struct talks_counter *c, double mono_s)
{
    unsigned by = talks_counting(c);

    if (c->minute || (talks_needed(c) & ~by & ~talks_failing(c)))
        return;
    c->minute = by;
    c->minute_s = mono_s;
    talk_begin(&c->talk);
}

/* When all that count in it were read: one that is late makes a minute longer,
 * and no less of it. */
static void talks_minute(struct talks_counter *c, double mono_s)
{
    unsigned unread =
        (c->nft.read ? 0u : TALK_NFT) | (c->ovs.read ? 0u : TALK_OVS);

    if (!c->minute || mono_s - c->minute_s < MINUTE_S || (c->minute & unread))
        return;
    talks_recovered(c);
    talk_minute(&c->talk, mono_s - c->minute_s, talks_needed(c) & ~c->minute);
    talks_write(c);
    c->minute |= talks_counting(c);
    c->minute_s = mono_s;
}

/* --- what it tells ------------------------------------------------------------- */

/* The table is made anew where it is to leave out others. */
static void talks_louds(struct talks_counter *c, size_t n, double mono_s)
{
    c->vifs.changed |=
        talk_loud_look(&c->loud, &c->vifs, c->pair, n, mono_s, c->a->rq.tell);
}

static void talks_read_end(struct talks_counter *c,
                           const struct gather_job *job, double mono_s)
{
    int n = job->rc ? 0 : nft_pairs(c->pair, TALK_READ, job->out, job->len);

    if (talk_side_late(&c->nft, true, job, mono_s))
        return;
    if (job->rc) {
        talks_failed(c, job, mono_s);
    } else if (n < 0) {
        talks_stop(c, TALK_NFT, "nft's answer can't be read", mono_s);
    } else {
        c->nft.read = true;
        talk_side_answered(&c->nft, mono_s);
        (void)talk_read(&c->talk, c->pair, (size_t)n);
        talks_louds(c, (size_t)n, mono_s);
    }
}

static void talks_flows_end(struct talks_counter *c,
                            const struct gather_job *job, double mono_s)
{
    struct ovs_flow *flow;
    size_t n;
    int rc = job->rc;

    if (talk_side_late(&c->ovs, c->flows.known, job, mono_s))
        return;
    if (!rc)
        rc = ovs_flows(&flow, &n, job->out, job->len);
    if (job->rc) {
        talks_failed(c, job, mono_s);
    } else if (rc) {
        talks_stop(c, TALK_OVS, "Open vSwitch's flows can't be read", mono_s);
    } else {
        c->ovs.read = true;
        talk_side_answered(&c->ovs, mono_s);
        n = talk_flows_look(&c->flows, flow, n, &c->vifs, &c->loud, c->pair,
                            TALK_READ);
        (void)talk_add(&c->talk, c->pair, n);
        talks_louds(c, n, mono_s);
    }
}

static void talks_done(struct talks_counter *c, double mono_s)
{
    switch (c->task) {
    case TASK_MAKE: talks_made(c, c->job, mono_s); break;
    case TASK_READ: talks_read_end(c, c->job, mono_s); break;
    case TASK_REMOVE: talks_removed(c, c->job); break;
    case TASK_FLOWS: talks_flows_end(c, c->job, mono_s); break;
    case TASK_NONE: break;
    }
    talks_begin(c, mono_s);
    talks_minute(c, mono_s);
    talks_end(c);
}

/* --- seconds --------------------------------------------------------------- */

/* One that counts nobody any more has no trouble, and nobody waits for it. */
static void talks_look(struct talks_counter *c)
{
    const struct agent_request *rq = &c->a->rq;

    (void)talk_vifs_look(&c->vifs, rq->root, &rq->looker);
    c->minute &= talks_needed(c);
    if (!(talks_needed(c) & TALK_NFT))
        *c->nft.told = '\0';
    if (talks_needed(c) & TALK_OVS)
        return;
    *c->ovs.told = '\0';
    talk_flows_dispose(&c->flows);
}

static void talks_ask_all(struct talks_counter *c, struct loop *l,
                          double mono_s)
{
    c->nft.read = c->ovs.read = false;
    if (talks_counting(c) & TALK_NFT)
        talks_start(c, l, TASK_READ, strdup("exec nft -j " TALK_LIST));
    talks_look(c);
    if ((talks_needed(c) & TALK_NFT) && !c->made && mono_s >= c->nft.retry_s)
        talks_make(c, l, mono_s);
    c->flows_due = (talks_needed(c) & TALK_OVS) && mono_s >= c->ovs.retry_s;
}

/* One command at a time: Open vSwitch has its turn when nft's has ended. */
static void talks_ask(struct talks_counter *c, struct loop *l, bool due,
                      double mono_s)
{
    if (due)
        talks_ask_all(c, l, mono_s);
    if (c->job || !c->flows_due)
        return;
    c->flows_due = false;
    talks_start(c, l, TASK_FLOWS, strdup(TALK_FLOWS));
}

bool talks_counter_idle(const struct talks_counter *c)
{
    return !c->job || gather_done(&c->gather);
}

void talks_counter_second(struct talks_counter *c, struct loop *l,
                          unsigned second, double mono_s)
{
    if (c->job && gather_done(&c->gather))
        talks_done(c, mono_s);
    if (!c->on) {
        if (!c->job && second == 0 && talks_has_table(c))
            talks_start(c, l, TASK_REMOVE, talks_remove_command());
        return;
    }
    if (c->vifs.changed)
        c->made = false;
    if (!c->job)
        talks_ask(c, l, second % READ_S == 0, mono_s);
}
