/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows one move to people or to a program, event by event. */
#include "tools/view/moveview.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/figure.h"
#include "tools/base/text.h"
#include "tools/cluster/learned.h"
#include "tools/complain.h"
#include "tools/doc/move_event.h"
#include "tools/paths.h"

static bool view_is_json(const struct moveview *v)
{
    return v->progress.style == PROGRESS_JSON;
}

static void view_already(void *arg, enum ho_state state, const char *text)
{
    struct moveview *v = arg;
    struct json_out *o;

    if (!view_is_json(v)) {
        complain("%s", text);
        return;
    }
    o = json_out_new(stdout, false);
    if (!o)
        die_oom();
    move_end_already(o, state, text);
    json_out_free(o);
}

static void view_complain(void *arg, const char *text)
{
    complain("%s", text);
}

/* To people who watch the move, and to the executor of a run. */
static void view_note(void *arg, const char *text)
{
    struct json_out *o;

    complain("%s", text);
    if (!view_is_json(arg))
        return;
    o = json_out_new(stdout, false);
    if (!o)
        die_oom();
    move_note_write(o, text);
    json_out_free(o);
}

static void view_chosen(void *arg, const struct choice *c)
{
    struct moveview *v = arg;

    if (!view_is_json(v))
        printf("%s\n", c->why);
    fflush(stdout);
}

static void view_found(void *arg, const struct move_parties *p)
{
    struct moveview *v = arg;

    v->progress.name = p->dom->name;
    v->progress.memory_kib = p->dom->memory_kib;
    v->progress.host = p->host;
}

static bool view_unchecked(void *arg, const struct move_parties *p,
                           const char *what)
{
    struct moveview *v = arg;
    char answer[16];

    complain("these could not be checked at %s: %s", p->host, what);
    if (!v->ask)
        return true; /* as xl, which checks nothing at all */
    printf("Move %s anyway? [y/N] ", p->dom->name);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) &&
           (*answer == 'y' || *answer == 'Y');
}

static void view_would_move(void *arg, const struct move_parties *p)
{
    const struct xlx_domain *dom = p->dom;
    const struct target_host *t = p->target;
    struct learned l = learned_load(path_state(), dom->uuid);
    char a[FIGURE], b[FIGURE];

    printf("%s (%s, %s) can move to %s", dom->name, xlx_type_name(dom->type),
           figure_mib(a, (double)dom->memory_kib / 1024), p->host);
    if (t->kind == TARGET_RACKHOP || t->kind == TARGET_XL)
        printf(" (%s, Xen %u.%u, %s free)",
               t->kind == TARGET_RACKHOP ? "rackhop" : "xl", t->xen_major,
               t->xen_minor, figure_mib(a, (double)t->free_mib));
    if (t->kind == TARGET_RACKHOP)
        printf(" over %s", p->way);
    if (p->devices)
        printf("; a device is free there for each of its own");
    if (l.dirty_mib_s >= 0)
        printf("; it dirtied %s of %s when last measured",
               figure_mib_s(a, l.dirty_mib_s), figure_mib(b, l.writable_mib));
    if (l.wire_first > 0)
        printf("; its memory took %.0f%% of its size on the wire",
               100 * l.wire_first);
    printf("; nothing was moved\n");
}

static void view_progress(void *arg, const struct xlx_event *ev)
{
    struct moveview *v = arg;

    progress_event(&v->progress, ev);
}

static void view_ended(void *arg, const struct xlx_send *s, const char *err)
{
    struct moveview *v = arg;

    progress_end(&v->progress, s, err);
}

static void view_complaint(void *arg, const char *host, const char *text)
{
    char shown[2048];

    fprintf(stderr, "%s: %s\n", host,
            text_printable(shown, sizeof shown, text, strlen(text)));
}

struct move_events moveview_events(struct moveview *v)
{
    return (struct move_events){
        .arg = v,
        .already = view_already,
        .settled = view_complain,
        .chosen = view_chosen,
        .found = view_found,
        .warning = view_note,
        .unchecked = view_unchecked,
        .would_move = view_would_move,
        .progress = view_progress,
        .ended = view_ended,
        .complaint = view_complaint,
        .autostart = view_note,
        .after_hook = view_note,
        .failed = view_complain,
    };
}
