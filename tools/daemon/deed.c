/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes plans of the loops, has them carried out as runs, and advises. */
#include "tools/daemon/deed.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/file.h"
#include "tools/base/sha256.h"
#include "tools/cluster/take.h"
#include "tools/paths.h"
#include "tools/remote/child.h"
#include "tools/remote/ssh.h"
#include "tools/run/start.h"

/* Linux limits one argument of a program to 128 KiB, and all of the hook's command
 * is one, in which a quote of a name takes four bytes. */
enum {
    ADVISE_MS = 60000,
    HOOK_LOOK_MS = 50,
    ADVICE_MOST = 64 << 10,
    MORE_LINE = 32
};

void deed_path(char *buf, size_t len, const char *run)
{
    snprintf(buf, len, "%s/loops/%s.json", path_state(), run);
}

int deed_write(const char *path, struct plan_cluster *c,
               const struct decide_moves *m, const char *sha256,
               struct msg *err)
{
    char *text = loops_plan_format(c, m->step, (uint32_t)m->n, sha256);
    int rc = text ? file_replace(path, text, strlen(text)) : -ENOMEM;

    free(text);
    if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    return rc;
}

int deed_digest(struct plan_cluster *c, const struct decide_moves *m,
                char digest[65])
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    int rc = f ? 0 : -ENOMEM;

    for (size_t i = 0; i < m->n && f; i++)
        fprintf(f, "%s %s\n", plan_domain_uuid(c, m->step[i].domain),
                plan_host_name(c, m->step[i].to));
    if (f && fclose(f))
        rc = -ENOMEM;
    if (!rc)
        sha256_hex(text, len, digest);
    free(text);
    return rc;
}

int deed_digest_hosts(struct plan_cluster *c, const struct decide_hosts *h,
                      char digest[65])
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    int rc = f ? 0 : -ENOMEM;

    for (size_t i = 0; i < h->n && f; i++)
        fprintf(f, "%s\n", plan_host_name(c, h->host[i]));
    if (f && fclose(f))
        rc = -ENOMEM;
    if (!rc)
        sha256_hex(text, len, digest);
    free(text);
    return rc;
}

/* --- a run --------------------------------------------------------------- */

static void deed_note(void *arg, const char *text)
{
    ((const struct deed *)arg)->tell(text);
}

static int deed_planned(void *arg, const struct snapshot *s,
                        const struct plan *p)
{
    return 0;
}

static void deed_given(void *arg, const struct plan_doc *doc)
{
}

static void deed_nothing(void *arg, const char *why, enum exit_code code)
{
    if (code)
        deed_note(arg, why);
}

static enum exit_code deed_ask(void *arg)
{
    return RC_OK; /* the mode of the loop has answered */
}

static void deed_begin(void *arg, const struct run *r, bool resumed)
{
    const struct deed *d = arg;

    if (d->mark)
        *d->mark = DEED_OPEN;
}

static void deed_event(void *arg, struct exec *e, enum exec_event ev,
                       uint32_t move, const char *text)
{
    const struct deed *d = arg;
    const struct run *r = e->run;
    const struct run_move *m = move == RUN_NO_MOVE ? NULL : &r->move[move];
    struct msg line;

    d->beat(d->arg);
    if (ev == EXEC_ROUND)
        return;
    msg_set(&line, "run %s", r->name);
    if (m)
        msg_add(&line, ": %s from %s to %s %s", m->name, m->from, m->to,
                ev == EXEC_START  ? "begins"
                : ev == EXEC_DONE ? "is done"
                : ev == EXEC_FAIL ? "failed"
                                  : "");
    if (text && *text)
        msg_add(&line, ": %s", text);
    if (ev == EXEC_START && m && m->reason)
        msg_add(&line, ": %s", m->reason);
    d->tell(line.text);
}

static void deed_tick(void *arg, struct exec *e)
{
    const struct deed *d = arg;

    d->beat(d->arg);
}

static void deed_ended(void *arg, const struct run *r, enum exit_code code,
                       bool marked)
{
    const struct deed *d = arg;
    struct msg line;

    if (d->mark)
        *d->mark = r->marked ? DEED_OURS : DEED_THEIRS;
    msg_set(&line, "run %s has ended with code %d", r->name, (int)code);
    deed_note(arg, line.text);
}

static enum exit_code deed_start(const struct deed *d, struct run_request *q)
{
    static const volatile sig_atomic_t never;
    struct run_events ev = { .note = deed_note,
                             .planned = deed_planned,
                             .given = deed_given,
                             .nothing = deed_nothing,
                             .ask = deed_ask,
                             .begin = deed_begin,
                             .event = deed_event,
                             .tick = deed_tick,
                             .ended = deed_ended,
                             .arg = (void *)(uintptr_t)d };

    q->conf = d->conf;
    q->conf_path = d->conf_path;
    q->interrupts = &never;
    q->hangup = d->stops;
    q->wait_mask = d->wait_mask;
    return run_start(q, &ev);
}

enum exit_code deed_run(const struct deed *d, const char *run, bool resume)
{
    char path[512];
    struct run_request q = { .resume = resume };

    take_settings(&q.set, d->conf);
    deed_path(path, sizeof path, run);
    if (resume) {
        q.run = run;
    } else {
        q.plan = path;
        q.name = run;
    }
    return deed_start(d, &q);
}

enum exit_code deed_drain(const struct deed *d, const char *run,
                          char *const *host, int n, const char *const *reason,
                          enum deed_mark *mark_r)
{
    struct deed drain = *d;
    struct run_request q = { .goal = &goal_drain,
                             .operand = host,
                             .operand_n = n,
                             .name = run,
                             .reason = reason };

    take_settings(&q.set, d->conf);
    q.set.best_effort = true;
    drain.mark = mark_r;
    if (mark_r)
        *mark_r = DEED_NOT_BEGUN;
    return deed_start(&drain, &q);
}

/* --- advice -------------------------------------------------------------- */

/* The lease has to be kept meanwhile. */
static void deed_wait(const struct deed *d, struct child *c)
{
    uint64_t until = clock_us() + (uint64_t)ADVISE_MS * 1000;

    while (child_running(c) && clock_us() < until) {
        poll(NULL, 0, HOOK_LOOK_MS);
        d->beat(d->arg);
    }
    child_end(c, 0);
}

static void deed_hook(const struct deed *d, const char *plan, size_t moves,
                      const char *advice)
{
    char *hook = NULL, *command = NULL, *qh = NULL;
    char *qp = ssh_quote(plan), *qa = ssh_quote(advice);
    struct child c = CHILD_NONE;
    struct msg line;

    if (d->conf->hooks_dir &&
        asprintf(&hook, "%s/advise", d->conf->hooks_dir) >= 0 &&
        !access(hook, X_OK))
        qh = ssh_quote(hook);
    if (qh && qp && qa &&
        asprintf(&command,
                 "RACKHOP_PLAN=%s RACKHOP_PLANNED=%zu RACKHOP_ADVICE=%s "
                 "exec %s",
                 qp, moves, qa, qh) >= 0 &&
        !child_start(&c, command, CHILD_GROUP)) {
        deed_wait(d, &c);
        if (child_code(&c)) {
            msg_set(&line, "%s failed with code %d", hook, child_code(&c));
            d->tell(line.text);
        }
    }
    free(command);
    free(qh);
    free(qa);
    free(qp);
    free(hook);
}

void deed_advise(const struct deed *d, const char *path, size_t moves)
{
    struct msg line;

    msg_set(&line, "%zu moves are advised: `rackhop apply %s` makes them",
            moves, path);
    d->tell(line.text);
    deed_hook(d, path, moves, line.text);
}

void deed_cut(char *text, size_t most)
{
    size_t len = strlen(text), more = 1;
    char *end;

    if (len <= most || most < MORE_LINE)
        return;
    end = memrchr(text, '\n', most - MORE_LINE);
    if (!end)
        end = text;
    for (const char *p = end + 1; *p; p++)
        more += *p == '\n';
    snprintf(end, MORE_LINE, "%sand %zu more", end > text ? "\n" : "", more);
}

void deed_advise_tips(const struct deed *d, const struct loops_doc *doc,
                      const struct decide_tip *t, size_t n)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    bool any = false;

    if (!f)
        return;
    for (size_t i = 0; i < n; i++) {
        const struct loops_line *l = &doc->wish[t[i].line];
        struct msg line;

        if (t[i].told)
            continue;
        msg_set(&line, "%s: %s is advised: %s", loop_kind_name(l->kind),
                t[i].what.text, l->reason);
        d->tell(line.text);
        fprintf(f, "%s%s", any ? "\n" : "", line.text);
        any = true;
    }
    if (!fclose(f) && any) {
        deed_cut(text, ADVICE_MOST);
        deed_hook(d, "", 0, text);
    }
    free(text);
}
