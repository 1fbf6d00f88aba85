/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Looks at all hosts: fresh facts, with what the run knows laid over them.
 *
 * The executor looks while no move of the run is under way, or when one is so
 * late that the others are planned around it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cluster/take.h"
#include "tools/config.h"
#include "tools/run/exec_impl.h"
#include "tools/run/home.h"
#include "tools/run/overlay.h"

enum { FRESH_MS = 10000 };

static void look_note(void *arg, const char *text)
{
    exec_say(arg, EXEC_NOTE, PLAN_NONE, "%s", text);
}

static void note_key(const struct plan_note *n, char *key, size_t len)
{
    snprintf(key, len, "%s/%s", n->host ? n->host : "",
             n->uuid ? n->uuid : "");
}

/* Was it told when the run was planned? */
static bool look_was_planned(const struct exec *e, const char *key)
{
    for (uint32_t i = 0; e->planned && i < plan_notes(e->planned); i++) {
        const struct plan_note n = plan_note(e->planned, i);
        char other[400];

        note_key(&n, other, sizeof other);
        if (!strcmp(other, key))
            return true;
    }
    return false;
}

/* What this run moves just now is arriving, and that is not odd. */
static bool look_is_moving(const struct exec *e, const char *uuid)
{
    for (uint32_t i = 0; uuid && i < e->run->move_n; i++)
        if (e->run->move[i].state == MOVE_STARTED &&
            !strcmp(e->run->move[i].uuid, uuid))
            return true;
    return false;
}

/* One look follows another: what is odd is told once. */
static void look_remark(void *arg, const struct plan_note *n)
{
    struct exec *e = arg;
    char key[400];

    note_key(n, key, sizeof key);
    if (look_is_moving(e, n->uuid))
        return;
    if (strlist_has(&e->p->noted, key) || look_was_planned(e, key) ||
        strlist_add(&e->p->noted, key))
        return;
    exec_say(e, EXEC_NOTE, PLAN_NONE, "%s", n->text);
}

/* Checks that moves under way are seen: their memory and links would count as
 * free. */
static int look_sees_running(struct exec *e, const struct snapshot *snap)
{
    for (uint32_t i = 0; i < e->run->move_n; i++) {
        const struct run_move *m = &e->run->move[i];

        if (m->state != MOVE_STARTED ||
            (plan_find_domain(snap->cluster, m->uuid) != PLAN_NONE &&
             plan_find_host(snap->cluster, m->from) != PLAN_NONE &&
             plan_find_host(snap->cluster, m->to) != PLAN_NONE))
            continue;
        msg_set(&e->p->err, "%s, which is moving, was not seen on any host",
                m->name);
        return -EAGAIN;
    }
    return 0;
}

/* The first look at what the run was planned from, if that is as new as if it
 * were asked for again: nobody has thought before he said yes, and no hook has
 * had its time. Claims, marks and reservations follow, and who was faster than
 * this run is found by them. */
static const struct taken *look_was_taken(struct exec *e)
{
    const struct taken *t = e->taken;

    e->taken = NULL;
    return t && !e->remote.conf->hooks_dir &&
                   clock_ms() - t->asked_ms < FRESH_MS
               ? t
               : NULL;
}

/* Takes the snapshot as the run has to see it. */
static int look_take(struct exec *e, struct snapshot *snap)
{
    const struct config *conf = e->remote.conf;
    struct plan_settings set = e->set;
    const struct snapshot_overlay over = { overlay_apply, e->run,
                                           e->run->name };
    struct homes homes;
    struct take t = { .conf = conf,
                      .set = &set,
                      .over = &over,
                      .timeout_ms = (unsigned)conf->ssh_timeout_s * 1000,
                      .sample_ms = e->p->goal->sample_ms,
                      .homes = &homes,
                      .no_load = run_made(e->run) > 0,
                      .was = look_was_taken(e),
                      .note = look_note,
                      .remark = look_remark,
                      .arg = e };
    int rc;

    if (set.max_moves > run_made(e->run)) /* else nothing is planned */
        set.max_moves -= run_made(e->run);
    set.max_gib -= run_made_gib(e->run);
    rc = homes_read(e->store, &homes, NULL, NULL, &e->p->err);
    if (rc && (e->p->goal->needs_homes || rc == -ENOMEM))
        return rc;
    if (rc) /* told when the run began, and needed by no move of it */
        homes = (struct homes){ .n = 0 };
    rc = take_snapshot(&t, snap, &e->p->err);
    /* who planned it has settled them already, and what was written since is
     * newer than these facts */
    if (!rc && !t.was &&
        homes_settle(e->store, &homes, snap->cluster, !t.dead,
                     (int64_t)exec_wall_s(), &e->p->err))
        exec_say_error(e);
    homes_dispose(&homes);
    return rc;
}

int exec_look(struct exec *e)
{
    struct exec_private *p = e->p;
    struct snapshot snap;

    if (look_take(e, &snap))
        return -1;
    if (look_sees_running(e, &snap)) {
        snapshot_dispose(&snap);
        return -1;
    }
    exec_dispatch_dispose(e);
    if (p->has_snap)
        snapshot_dispose(&p->snap);
    p->snap = snap;
    p->has_snap = true;
    for (uint32_t i = 0; i < e->run->move_n; i++)
        if (plan_find_host(p->snap.cluster, e->run->move[i].from) != PLAN_NONE)
            e->progress[i].silent = false; /* it answers */
    return 0;
}
