/* SPDX-License-Identifier: LGPL-2.1-only */
/* One look of rackhopd, from the settling of the last to the run of this. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "tools/cluster/collect.h"
#include "tools/cluster/take.h"
#include "tools/daemon/controller_impl.h"
#include "tools/daemon/look_again.h"
#include "tools/daemon/look_record.h"
#include "tools/daemon/told.h"
#include "tools/move/run_lock.h"
#include "tools/paths.h"
#include "tools/remote/remote.h"
#include "tools/run/journal.h"
#include "tools/run/runs.h"
#include "tools/run/start.h"
#include "tools/run/times.h"

static double seconds_of(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the run of an earlier look ------------------------------------------ */

static void look_forget_run(struct controller *c)
{
    char path[512];

    deed_path(path, sizeof path, c->state.run);
    unlink(path); /* the journal has the moves, or they never began */
    *c->state.run = '\0';
}

/* Is that run open? Where it can't be read, it is taken for open. */
static bool look_run_is_open(struct controller *c)
{
    struct run r = { .state = RUN_OPEN };
    struct msg ignored;
    int rc = journal_load(c->store, c->state.run, &r, &ignored);
    bool open = rc ? rc != -ENOENT : r.state == RUN_OPEN;

    if (!rc)
        run_dispose(&r);
    return open;
}

static void look_settle_run(struct controller *c)
{
    struct msg line;

    if (!*c->state.run)
        return;
    if (look_run_is_open(c) && !run_alive(c->state.run)) {
        msg_set(&line, "run %s was cut off, and is continued", c->state.run);
        c->q->tell(line.text);
        deed_run(&c->deed, c->state.run, true);
    }
    if (!look_run_is_open(c))
        look_forget_run(c);
}

/* --- what the gate asks -------------------------------------------------- */

static void look_clock(struct looking *k)
{
    struct loops_state *s = &k->c->state;
    char boot[BOOT_ID] = "";
    bool same;

    boot_id(boot);
    same = *boot && !strcmp(boot, s->boot);
    if (s->wall_s > 0)
        k->gate.jump_s =
            gate_jump(same, s->wall_s, s->boot_s, k->wall_s, k->boot_s);
    if (k->gate.jump_s > 0.5 || k->gate.jump_s < -0.5) {
        s->shift_s += k->gate.jump_s;
        s->quiet_s += s->quiet_s > 0 ? k->gate.jump_s : 0;
        told_shift(s, k->gate.jump_s);
    }
    s->wall_s = k->wall_s;
    s->boot_s = k->boot_s;
    memcpy(s->boot, boot, sizeof s->boot);
}

/* -1: it can't be told. */
static int64_t look_disk_free(void)
{
    struct statvfs v;

    if (statvfs(path_state(), &v))
        return -1;
    return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

static void look_records_dir(char *dir, size_t len)
{
    snprintf(dir, len, "%s/" LOOKS_DIR, path_state());
}

/* Old records of looks are the first that a full disk does without: rackhopd must
 * not stand still because of what it remembers. */
static void look_disk(struct looking *k)
{
    const int64_t least = (int64_t)GATE_DISK_MIB << 20;
    int64_t room = look_disk_free();
    char dir[512];

    look_records_dir(dir, sizeof dir);
    if (room >= 0 && room < least &&
        looks_drop(dir, k->wall_s + k->doc.interval_s, least - room) > 0)
        room = look_disk_free();
    k->gate.disk_free = room < 0 ? 0 : room;
}

static void look_note(void *arg, const char *text)
{
    const struct looking *k = arg;

    if (k->c->q->once) /* the daemon's journal would have it every minute */
        k->c->q->tell(text);
}

static int look_runs(struct looking *k, struct msg *err)
{
    struct runs_row *row = NULL;
    size_t n = 0;
    int rc = runs_read(k->c->store, &row, &n, look_note, k, err);

    for (size_t i = 0; i < n && !rc; i++) {
        char *to = row[i].roll ? k->roll : k->run;

        if (!row[i].ended)
            snprintf(to, sizeof k->run, "%s", row[i].name);
    }
    free(row);
    k->gate.run = *k->run ? k->run : NULL;
    k->gate.roll = *k->roll ? k->roll : NULL;
    return rc;
}

/* --- the hosts ----------------------------------------------------------- */

static void look_progress(void *arg, size_t answered, size_t ended, size_t all)
{
    controller_beat(((struct looking *)arg)->c);
}

static void look_problem(void *arg, const char *text)
{
}

static int look_read(struct looking *k, const char *text, size_t len,
                     struct msg *err)
{
    const struct snapshot_problems problems = { look_problem, k };
    struct plan_settings set;
    int rc;

    take_settings(&set, k->c->q->conf);
    times_use(k->c->store, &set);
    rc = snapshot_parse_facts(&k->snap, "the hosts' facts", text, len, &set,
                              NULL, &problems, err);
    controller_beat(k->c);
    if (rc)
        return rc;
    k->snapped = true;
    for (size_t i = 0; i < k->snap.reserved_n; i++)
        k->gate.arriving += !k->snap.reserved[i].dead;
    k->gate.arriving += k->snap.arrival_n;
    k->doc.hosts = plan_hosts(k->snap.cluster) + k->gate.dead;
    k->doc.guests = plan_domains(k->snap.cluster);
    return sight_parse(&k->sight, k->snap.cluster, text, len, err);
}

static int look_ask(struct looking *k, struct msg *err)
{
    const struct config *conf = k->c->q->conf;
    struct take t = { .conf = conf,
                      .timeout_ms = 1000 * GATE_ANSWER_S,
                      .sample_ms = collect_level_ms(conf->hosts.n),
                      .compact = true, /* it is kept with each look */
                      .progress = look_progress,
                      .note = look_note,
                      .arg = k };
    int rc = off_read(k->c->store, &k->off, look_note, k, err);

    t.off = &k->off;
    t.ask_off = switches_ask(k);
    if (!rc)
        rc = take_text(&t, &k->text, &k->len, err);

    k->gate.hosts = t.asked;
    k->gate.dead = k->doc.dead = t.dead;
    k->gate.silent = conf->loops_silent / 100;
    if (rc == -EHOSTUNREACH) { /* that is an answer, too */
        k->gate.dead = k->doc.dead = k->doc.hosts = t.asked;
        return 0;
    }
    if (!rc)
        rc = look_read(k, k->text, k->len, err);
    k->gate.took_s = seconds_of(CLOCK_BOOTTIME) - k->boot_s;
    return rc;
}

/* --- what comes of it ---------------------------------------------------- */

static int look_decided(struct looking *k, struct decide *d, struct msg *err)
{
    struct controller *c = k->c;
    int rc = deeds_prepare(k, d, err);

    controller_beat(c);
    if (!rc) {
        deeds_advise(k, d);
        rc = controller_save(
            c, loops_state_format(&c->state, k->snap.cluster, d->kept), err);
    }
    if (rc) {
        if (*c->state.run)
            look_forget_run(c);
        return rc;
    }
    controller_show(c, &k->doc);
    look_record(&k->doc, k->snap.cluster, &k->sight);
    controller_beat(c);
    return deeds_begin(k, d, err);
}

/* What it was decided from, before anything comes of it. That it can't be kept
 * is told once, and keeps nobody from deciding. */
static void look_keep_all(struct looking *k, const struct decide *d)
{
    struct controller *c = k->c;
    struct msg line;
    char dir[512];
    int rc;

    look_records_dir(dir, sizeof dir);
    rc = look_keep(dir, d, k->text, k->len,
                   k->gate.disk_free - ((int64_t)2 * GATE_DISK_MIB << 20));
    if (rc && rc != c->kept_rc) {
        msg_set(&line, "looks can't be kept for a replay: %s", strerror(-rc));
        c->q->tell(line.text);
    }
    c->kept_rc = rc;
}

/* Who switches hosts off must not be on one of them. By its name alone this host
 * may not be known again. */
static const char *look_self(const struct looking *k)
{
    const struct config *conf = k->c->q->conf;
    char boot[BOOT_ID] = "";

    for (size_t i = 0; i < conf->hosts.n; i++)
        if (remote_is_self(conf->hosts.row[i].name))
            return conf->hosts.row[i].name;
    if (boot_id(boot) || !*boot)
        return NULL;
    for (uint32_t h = 0; h < plan_hosts(k->snap.cluster); h++)
        if (!strcmp(k->sight.host[h].boot, boot))
            return plan_host_name(k->snap.cluster, h);
    return NULL;
}

static int look_decide(struct looking *k, struct msg *err)
{
    struct controller *c = k->c;
    struct decide d = {
        .conf = c->q->conf,
        .policy = &c->policy,
        .cluster = k->snap.cluster,
        .sight = &k->sight,
        .state = &c->state,
        .off = &k->off,
        .self = look_self(k),
        .now_s = k->wall_s,
        .gap_s = 3 * (double)c->q->conf->loops_interval_s + GATE_STALE_S,
        .doc = &k->doc,
    };
    int rc;

    controller_beat(c);
    rc = decide_look(&d);
    controller_beat(c);
    if (rc) {
        msg_set(err, "out of memory");
    } else {
        look_keep_all(k, &d);
        rc = look_decided(k, &d, err);
    }
    decide_dispose(&d);
    return rc;
}

/* Nothing is decided; what is remembered stays. */
static int look_blocked(struct looking *k, struct msg *err)
{
    struct controller *c = k->c;
    int rc = controller_save(c, loops_state_again(&c->state), err);

    if (rc)
        return rc;
    controller_show(c, &k->doc);
    look_record(&k->doc, NULL, NULL);
    return 0;
}

static void look_begin(struct looking *k)
{
    const struct config *conf = k->c->q->conf;

    k->wall_s = seconds_of(CLOCK_REALTIME);
    k->boot_s = seconds_of(CLOCK_BOOTTIME);
    k->doc.at_s = k->wall_s;
    k->doc.interval_s = (double)conf->loops_interval_s;
    memcpy(k->doc.holder, k->c->lease.host, sizeof k->doc.holder);
    for (int i = 0; i < LOOP_KINDS; i++)
        snprintf(k->doc.mode[i], LOOPS_MODE, "%s",
                 loop_mode_name(loop_mode_of(conf, (enum loop_kind)i)));
}

/* As they are now that earlier looks are settled. */
static int look_offs(struct looking *k, struct msg *err)
{
    int rc = 0;

    for (size_t i = 0; i < k->off.n && !rc; i++)
        if (k->off.host[i].rev) /* 0: it is off no more */
            rc = loops_doc_off(&k->doc, &k->off.host[i].p);
    if (rc)
        msg_set(err, "out of memory");
    return rc;
}

static int look_all(struct looking *k, struct msg *err)
{
    struct controller *c = k->c;
    int rc;

    look_clock(k);
    look_disk(k);
    k->gate.quiet_s = c->state.quiet_s - k->wall_s;
    rc = look_runs(k, err);
    if (!rc)
        rc = look_ask(k, err);
    if (!rc)
        rc = switches_settle(k, err);
    if (!rc)
        rc = look_offs(k, err);
    if (rc)
        return rc;
    controller_old_deeds(c, &k->doc);
    if (gate_judge(&k->gate, k->doc.blocked, sizeof k->doc.blocked)) {
        controller_tell_once(c, k->doc.blocked);
        return look_blocked(k, err);
    }
    controller_tell_once(c, "");
    return look_decide(k, err);
}

int controller_look(struct controller *c, struct msg *err)
{
    struct looking k = { .c = c };
    int rc = controller_load(c, seconds_of(CLOCK_REALTIME), err);

    if (rc)
        return rc;
    look_settle_run(c);
    look_begin(&k);
    rc = look_all(&k, err);
    if (k.snapped)
        snapshot_dispose(&k.snap);
    sight_dispose(&k.sight);
    loops_doc_dispose(&k.doc);
    off_dispose(&k.off);
    free(k.text);
    return rc;
}
