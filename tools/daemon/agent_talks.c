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
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum {
    READ_S = 10,
    MINUTE_S = 60,
    RETRY_S = 60,     /* after nft or Open vSwitch failed */
    LATE_S = 120,     /* without a reading: the timeout of nft's set */
    TASK_MS = 15000,  /* that they may take, unless it is told otherwise */
    NO_PROGRAM = 127, /* the shell's exit code */
    TOO_MANY = 99,    /* that of FLOWS_COMMAND */
};

/* Each of its datapaths has flows; most hosts have one. A guest can make any
 * number of them, and ovs-appctl has memory for all that it prints: it is asked
 * first how many there are, and not for them if they are too many. */
#define FLOWS_COMMAND                                                         \
    "d=$(ovs-appctl -T 4 dpctl/dump-dps) || exit; for i in $d; do "           \
    "n=$(ovs-appctl -T 4 dpctl/show \"$i\") || exit; "                        \
    "n=${n#*flows: }; n=${n%%[!0-9]*}; "                                      \
    "[ \"${n:-0}\" -le 30000 ] || exit 99; "                                  \
    "ovs-appctl -T 4 dpctl/dump-flows --names \"$i\" || exit; done"

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
    bool made;      /* the table is there, with the guests of now */
    bool read;      /* nft has answered, since it was asked last */
    bool flows_due; /* Open vSwitch is to be asked */
    double retry_s; /* nothing is asked of either before */
    struct talk_vifs vifs;
    struct talk_flows flows;
    struct talk talk;
    struct nft_pair *pair; /* room for TALK_READ */
    struct talk_loud loud;
    double minute_s; /* since when this minute lasts; < 0: none does */
    double read_s;   /* when the table was made, or read last */
    bool told_file;
    char told[300]; /* the trouble that was told last */
};

struct talks_counter *talks_counter_new(struct agent *a)
{
    struct talks_counter *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->a = a;
    c->on = a->rq.conf->sample_talks;
    c->minute_s = -1;
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

/* Once, until something else is in the way. */
static void talks_trouble(struct talks_counter *c, const char *why)
{
    struct msg said;

    if (!strcmp(c->told, why))
        return;
    snprintf(c->told, sizeof c->told, "%s", why);
    msg_set(&said, "what guests send each other is not counted: %s", why);
    c->a->rq.tell(said.text);
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
    if (!job->rc || (job->rc == -EIO && job->code == NO_PROGRAM)) {
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

static void talks_make(struct talks_counter *c, struct loop *l)
{
    char *quoted, *command = NULL;
    size_t len;
    char *text = talk_rules(&c->vifs, &c->loud, &len);
    int rc = text ? file_replace(c->rules, text, len) : -ENOMEM;

    free(text);
    if (rc) {
        talks_trouble(c, strerror(-rc));
        return;
    }
    quoted = ssh_quote(c->rules);
    if (quoted && asprintf(&command, "exec nft -f %s", quoted) < 0)
        command = NULL;
    free(quoted);
    talks_start(c, l, TASK_MAKE, command);
    c->vifs.changed = false;
}

static bool talks_need_nft(const struct talks_counter *c)
{
    return !c->vifs.n || c->vifs.ovs < c->vifs.n;
}

/* A minute begins when all that count have begun to. */
static void talks_begin(struct talks_counter *c, double mono_s)
{
    if (c->minute_s < 0 && (c->made || !talks_need_nft(c)) &&
        (c->flows.known || !c->vifs.ovs))
        c->minute_s = mono_s;
}

/* Until it is asked again. What was not counted is not told as nothing. */
static void talks_stop(struct talks_counter *c, const char *why, double mono_s)
{
    talks_trouble(c, why);
    c->made = false;
    c->flows_due = false;
    talk_flows_dispose(&c->flows);
    c->retry_s = mono_s + RETRY_S;
    c->minute_s = -1;
}

static void talks_failed(struct talks_counter *c, const struct gather_job *job,
                         double mono_s)
{
    bool ovs = c->task == TASK_FLOWS;
    char why[sizeof c->told];

    snprintf(why, sizeof why, "%s",
             job->rc == -EIO && job->code == NO_PROGRAM
                 ? ovs ? "ovs-appctl is not installed: install the package "
                         "openvswitch-common"
                       : "nft is not installed: install the package nftables"
             : job->rc == -ETIMEDOUT
                 ? ovs ? "ovs-appctl does not end" : "nft does not end"
             : ovs && (job->rc == -EFBIG || job->code == TOO_MANY)
                 ? "Open vSwitch has too many flows"
             : *job->said ? job->said
                          : strerror(-job->rc));
    talks_stop(c, why, mono_s);
}

static void talks_made(struct talks_counter *c, const struct gather_job *job,
                       double mono_s)
{
    if (job->rc) {
        talks_failed(c, job, mono_s);
        return;
    }
    c->made = true;
    c->read_s = mono_s;
    (void)talk_read(&c->talk, NULL, 0); /* all counters begin again */
    talks_begin(c, mono_s);
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
                       .nft = talks_need_nft(c),
                       .ovs = c->vifs.ovs > 0 };
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

/* When all that count were read: one that is late makes a minute longer, and no
 * less of it. */
static void talks_minute(struct talks_counter *c, double mono_s)
{
    if (c->minute_s < 0 || mono_s - c->minute_s < MINUTE_S || c->flows_due ||
        (talks_need_nft(c) && !c->read))
        return;
    if (*c->told)
        c->a->rq.tell("what guests send each other is counted again");
    *c->told = '\0';
    talk_minute(&c->talk, mono_s - c->minute_s);
    c->minute_s = mono_s;
    talks_write(c);
}

/* --- what it tells ------------------------------------------------------------- */

/* On a busy host nft may be late. The kernel counts on meanwhile. */
static bool talks_late(const struct talks_counter *c,
                       const struct gather_job *job, double mono_s)
{
    return job->rc == -ETIMEDOUT && mono_s - c->read_s < LATE_S;
}

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

    if (talks_late(c, job, mono_s))
        return;
    if (job->rc) {
        talks_failed(c, job, mono_s);
    } else if (n < 0) {
        talks_stop(c, "nft's answer can't be read", mono_s);
    } else {
        c->read = true;
        c->read_s = mono_s;
        (void)talk_read(&c->talk, c->pair, (size_t)n);
        talks_louds(c, (size_t)n, mono_s);
        talks_minute(c, mono_s);
    }
}

static void talks_flows_end(struct talks_counter *c,
                            const struct gather_job *job, double mono_s)
{
    struct ovs_flow *flow;
    size_t n;
    int rc = job->rc;

    if (!rc)
        rc = ovs_flows(&flow, &n, job->out, job->len);
    if (job->rc) {
        talks_failed(c, job, mono_s);
    } else if (rc) {
        talks_stop(c, "Open vSwitch's flows can't be read", mono_s);
    } else {
        n = talk_flows_look(&c->flows, flow, n, &c->vifs, &c->loud, c->pair,
                            TALK_READ);
        (void)talk_add(&c->talk, c->pair, n);
        talks_louds(c, n, mono_s);
        talks_begin(c, mono_s);
        talks_minute(c, mono_s);
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
    talks_end(c);
}

/* --- seconds --------------------------------------------------------------- */

static void talks_look(struct talks_counter *c)
{
    const struct agent_request *rq = &c->a->rq;

    (void)talk_vifs_look(&c->vifs, rq->root, &rq->looker);
    if (!c->vifs.ovs)
        talk_flows_dispose(&c->flows);
    c->flows_due = c->vifs.ovs > 0;
}

/* One command at a time: Open vSwitch has its turn when nft's has ended. */
static void talks_ask(struct talks_counter *c, struct loop *l, bool due)
{
    if (due) {
        c->read = false;
        if (c->made)
            talks_start(c, l, TASK_READ, strdup("exec nft -j " TALK_LIST));
        talks_look(c);
        if (!c->job && talks_need_nft(c))
            talks_make(c, l);
    }
    if (c->job || !c->flows_due)
        return;
    c->flows_due = false;
    talks_start(c, l, TASK_FLOWS, strdup(FLOWS_COMMAND));
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
    if (!c->job && mono_s >= c->retry_s)
        talks_ask(c, l, second % READ_S == 0);
}
