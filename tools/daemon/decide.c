/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks the loops at one look, and sorts their wishes by what may be done. */
#include "tools/daemon/decide.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/base/text.h"
#include "tools/daemon/decide_impl.h"

enum loop_mode loop_mode_of(const struct config *conf, enum loop_kind kind)
{
    static const char *const names[] = { "off", "observe", "advise", "act" };
    const char *const set[LOOP_KINDS] = {
        [LOOP_HEALTH] = conf->loop_health,
        [LOOP_MEMORY] = conf->loop_memory,
        [LOOP_NOISE] = conf->loop_noise,
        [LOOP_BALANCE] = conf->loop_balance,
        [LOOP_POWER] = conf->loop_power,
        [LOOP_AFFINITY] = conf->loop_affinity
    };

    for (int i = 0; i < 4; i++)
        if (set[kind] && !strcmp(set[kind], names[i]))
            return (enum loop_mode)i;
    return MODE_OBSERVE;
}

const char *loop_mode_name(enum loop_mode mode)
{
    switch (mode) {
    case MODE_OFF: return "off";
    case MODE_OBSERVE: return "observe";
    case MODE_ADVISE: return "advise";
    case MODE_ACT: return "act";
    }
    return "?";
}

bool decide_on_side(const struct decide *d, enum loop_kind kind,
                    enum loops_side side)
{
    enum loop_mode mode = loop_mode_of(d->conf, kind);

    return mode != MODE_OFF && (mode == MODE_ACT) == (side == LOOPS_ACTING);
}

/* The settings of one side: the loops of the other are off in it. */
static void decide_policy(const struct decide *d, enum loops_side side,
                          bool watts, struct loop_policy *p)
{
    *p = *d->policy;
    p->health *= decide_on_side(d, LOOP_HEALTH, side);
    p->starve *= decide_on_side(d, LOOP_MEMORY, side);
    p->noise *= decide_on_side(d, LOOP_NOISE, side);
    p->balance *= decide_on_side(d, LOOP_BALANCE, side);
    p->power *= watts && decide_on_side(d, LOOP_POWER, side);
    p->affinity *= decide_on_side(d, LOOP_AFFINITY, side);
}

/* --- lines --------------------------------------------------------------- */

static const char *decide_host(const struct decide *d, uint32_t h)
{
    return h == LOOP_NONE ? NULL : plan_host_name(d->cluster, h);
}

/* The number of the line; SIZE_MAX: it has none, and is not carried out. */
static size_t decide_line(struct decide *d, const struct loop_wish *w)
{
    struct loops_line *l = loops_doc_wish(d->doc);
    const char *from = decide_host(d, w->from), *to = decide_host(d, w->to);
    char peer[sizeof l->name] = "";

    if (!l)
        return SIZE_MAX;
    l->kind = w->kind;
    if (w->guest != LOOP_NONE) {
        decide_copy(l->uuid, sizeof l->uuid,
                    plan_domain_uuid(d->cluster, w->guest));
        decide_copy(l->name, sizeof l->name,
                    plan_domain_name(d->cluster, w->guest));
    }
    if (w->kind == LOOP_AFFINITY)
        decide_copy(peer, sizeof peer, plan_domain_name(d->cluster, w->peer));
    decide_copy(l->from, sizeof l->from, from);
    decide_copy(l->to, sizeof l->to, to);
    l->benefit_wh = w->benefit_wh;
    l->price_wh = w->price_wh;
    l->granted = !w->refusal;
    if (w->refusal)
        snprintf(l->why_not, sizeof l->why_not, "%s",
                 loop_refusal_text(w->refusal));
    loop_reason(w, &(struct loop_names){ l->name, l->from, l->to, peer },
                l->reason, sizeof l->reason);
    return d->doc->wishes - 1;
}

/* --- bundles ------------------------------------------------------------- */

static int decide_add(struct decide_moves *m, uint32_t guest, uint32_t to,
                      size_t line)
{
    size_t room = m->room;

    if (array_grow(&m->step, &room, m->n + 1, sizeof *m->step) ||
        array_grow(&m->line, &m->room, m->n + 1, sizeof *m->line))
        return -ENOMEM;
    m->step[m->n] = (struct loops_step){ guest, to, NULL };
    m->line[m->n++] = line;
    return 0;
}

/* Do all moves so far fit the rules, one after the other? To a host that is off:
 * once it is on. */
static bool decide_fits(struct decide *d, const struct scene *s,
                        const struct decide_moves *m, char *why, size_t len)
{
    struct plan_step *step = calloc(m->n + 1, sizeof *step);
    enum plan_rule rule = PLAN_RULES;
    char text[256] = "out of memory";
    uint32_t bad = 0;
    bool fits;

    for (size_t i = 0; step && i < m->n; i++)
        step[i] = (struct plan_step){ m->step[i].domain, m->step[i].to };
    fits = step &&
           !plan_check(d->cluster, s->on, step, (uint32_t)m->n, &bad, &rule,
                       text, sizeof text) &&
           bad == m->n;
    if (!fits)
        snprintf(why, len, "%s", text);
    free(step);
    return fits;
}

static int decide_add_host(struct decide_hosts *to, uint32_t host, size_t line)
{
    size_t room = to->room;

    if (array_grow(&to->host, &room, to->n + 1, sizeof *to->host) ||
        array_grow(&to->line, &to->room, to->n + 1, sizeof *to->line))
        return -ENOMEM;
    to->host[to->n] = host;
    to->line[to->n++] = line;
    return 0;
}

static void decide_why_not(struct decide *d, size_t line, const char *why)
{
    if (line != SIZE_MAX)
        snprintf(d->doc->wish[line].why_not, sizeof d->doc->wish[line].why_not,
                 "%s", why);
}

/* A host that is to be emptied. */
static int decide_drain(struct decide *d, struct loops *l,
                        const struct loop_wish *w, size_t line)
{
    enum loop_mode mode = loop_mode_of(d->conf, w->kind);
    int rc = 0;

    if (line == SIZE_MAX) {
        loops_not_drained(l, w->from);
        return 0;
    }
    rc = decide_add_host(&d->named, w->from, line);
    if (mode == MODE_OBSERVE)
        decide_why_not(d, line, "it is only observed");
    else if (!rc)
        rc = decide_add_host(mode == MODE_ACT ? &d->empty : &d->advise_empty,
                             w->from, line);
    if (mode != MODE_ACT || rc)
        loops_not_drained(l, w->from);
    return rc;
}

/* A host that is to be switched off or on. */
static int decide_switch(struct decide *d, struct loops *l,
                         const struct loop_wish *w, size_t line)
{
    enum loop_mode mode = loop_mode_of(d->conf, w->kind);

    if (mode == MODE_ACT && line != SIZE_MAX)
        return decide_add_host(w->switches == LOOP_OFF ? &d->off_hosts
                                                       : &d->on_hosts,
                               w->from, line);
    decide_why_not(d, line, "it is only observed");
    loops_not_woken(l, w->from);
    return mode == MODE_ADVISE ? decide_tip(d, w, line) : 0;
}

/* Hosts that moves of a bundle need on. Their guests come at a later look. That
 * another bundle wakes one of them does not mean that it does. */
static int decide_wakes(struct decide *d, const struct scene *s,
                        const struct loop_wish *w, const size_t *line,
                        uint32_t n, char *why, size_t len)
{
    bool act = loop_mode_of(d->conf, w->kind) == MODE_ACT;
    int rc = 0;

    for (uint32_t i = 0; i < n && !rc; i++) {
        if (s->on[w[i].to])
            continue;
        snprintf(why, len, "its host is switched on first");
        if (w[i].wakes && act)
            rc = decide_add_host(&d->on_hosts, w[i].to, line[i]);
    }
    return rc;
}

/* A host that fails is emptied by a run of its own, and the other moves of this
 * look would be made by facts that are older by then. */
static void decide_empty_first(struct decide *d, struct loops *l)
{
    for (size_t i = 0; i < d->act.n; i++) {
        loops_not_moved(l, d->act.step[i].domain);
        decide_why_not(d, d->act.line[i],
                       "a host that fails is emptied first");
    }
    d->act.n = 0;
}

/* Why wishes that the arbiter grants are not carried out; NULL: they are. */
static const char *decide_mode_text(enum loop_mode mode, bool moves)
{
    if (mode == MODE_OBSERVE)
        return "it is only observed";
    return moves || mode == MODE_ACT ? NULL : "it is only advised";
}

static int decide_resize(struct decide *d, const struct loop_wish *w,
                         size_t line)
{
    if (array_grow(&d->resize, &d->resize_room, d->resizes + 1,
                   sizeof *d->resize))
        return -ENOMEM;
    d->resize[d->resizes++] =
        (struct decide_resize){ w->guest, w->mib, w->undoes, line };
    return 0;
}

/* Of a bundle that is advised: what no plan can carry. */
static int decide_bundle_tips(struct decide *d, const struct loop_wish *w,
                              const size_t *line, uint32_t n, bool moves)
{
    int rc = 0;

    for (uint32_t i = 0; i < n && !rc; i++)
        if (w[i].wakes || !moves)
            rc = decide_tip(d, &w[i], line[i]);
    return rc;
}

/* What a bundle wants is added to what is to be done. */
static int decide_take(struct decide *d, struct decide_moves *to,
                       const struct loop_wish *w, const size_t *line,
                       uint32_t n, bool moves, char *why, size_t len)
{
    int rc = 0;

    for (uint32_t i = 0; i < n && !*why && !rc; i++) {
        if (line[i] == SIZE_MAX)
            snprintf(why, len, "there are too many wishes");
        else if (moves && w[i].from == w[i].to)
            decide_why_not(d, line[i], "once it is there");
        else if (!moves)
            rc = decide_resize(d, &w[i], line[i]);
        else
            rc = decide_add(to, w[i].guest, w[i].to, line[i]);
    }
    return rc;
}

/*
 * The wishes from `first` to before `last` are one bundle and granted: all or
 * none of it is done. Of a bundle with moves, memory is changed later, when the
 * guest is where there is some. No host is switched on, or advised to be, for
 * moves that the rules refuse once it is on.
 */
static int decide_bundle(struct decide *d, struct loops *l,
                         const struct scene *s, const struct loop_wish *w,
                         const size_t *line, uint32_t n)
{
    enum loop_mode mode = loop_mode_of(d->conf, w->kind);
    struct decide_moves *to = mode == MODE_ACT ? &d->act : &d->advise;
    size_t before = to->n, resizes = d->resizes;
    char why[300] = "";
    bool moves = false, refused;
    const char *text;
    int rc;

    for (uint32_t i = 0; i < n; i++)
        moves |= w[i].from != w[i].to;
    text = decide_mode_text(mode, moves);
    if (text)
        snprintf(why, sizeof why, "%s", text);
    rc = decide_take(d, to, w, line, n, moves, why, sizeof why);
    if (!*why && !rc && moves)
        decide_fits(d, s, to, why, sizeof why);
    refused = *why && !text;
    if (!*why && !rc && moves)
        rc = decide_wakes(d, s, w, line, n, why, sizeof why);
    if (*why || rc) {
        to->n = before;
        d->resizes = resizes;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (*why || mode != MODE_ACT)
            loops_not_moved(l, w[i].guest);
        if (w[i].wakes && (refused || mode != MODE_ACT))
            loops_not_woken(l, w[i].to);
        if (*why)
            decide_why_not(d, line[i], why);
    }
    if (mode == MODE_ADVISE && !refused && !rc)
        rc = decide_bundle_tips(d, w, line, n, moves);
    return rc;
}

/*
 * What has no line is not carried out. With more wishes than there are lines it
 * is those which the arbiter refuses that have none, else the same ones could
 * keep all others waiting at each look.
 */
static void decide_lines(struct decide *d, const struct loop_wish *w,
                         uint32_t n, size_t *line)
{
    size_t room = LOOPS_WISHES - d->doc->wishes, granted = 0, refused;

    for (uint32_t i = 0; i < n; i++)
        granted += !w[i].refusal;
    refused = room > granted ? room - granted : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (w[i].refusal && !refused) {
            line[i] = SIZE_MAX;
            d->doc->more++;
            continue;
        }
        refused -= !!w[i].refusal;
        line[i] = decide_line(d, &w[i]);
    }
}

static int decide_wishes(struct decide *d, struct loops *l,
                         const struct scene *s, const struct loop_wish *w,
                         uint32_t n)
{
    size_t *line = calloc((size_t)n + 1, sizeof *line);
    int rc = line ? 0 : -ENOMEM;

    if (!rc)
        decide_lines(d, w, n, line);
    for (uint32_t i = 0, end; i < n && !rc; i = end) {
        for (end = i + 1; end < n && w[end].bundle == w[i].bundle;)
            end++;
        if (w[i].refusal)
            continue;
        rc = w[i].drains ? decide_drain(d, l, &w[i], line[i])
             : w[i].switches
                 ? decide_switch(d, l, &w[i], line[i])
                 : decide_bundle(d, l, s, &w[i], &line[i], end - i);
    }
    if (d->empty.n)
        decide_empty_first(d, l);
    free(line);
    return rc;
}

/* --- sides --------------------------------------------------------------- */

static int decide_room(struct loop_kept *k, const struct scene *s)
{
    *k = (struct loop_kept){
        .guest = calloc((size_t)s->guests + 1, sizeof *k->guest),
        .host = calloc((size_t)s->hosts + 1, sizeof *k->host),
        .guests = s->guests,
        .hosts = s->hosts,
    };
    if (!k->guest || !k->host)
        return -ENOMEM;
    loop_kept_init(k);
    return 0;
}

/* Both sides have seen the same; what one has not, the other may. */
static int decide_remember(struct decide *d, const struct scene *s)
{
    struct loop_kept *k = d->kept;

    for (int i = 0; i < LOOPS_SIDES; i++) {
        int rc = decide_room(&k[i], s);

        if (rc)
            return rc;
        loops_state_get(d->state, (enum loops_side)i, d->cluster, &k[i]);
        if (k[i].looked && d->now_s - k[i].last_s > d->gap_s)
            loop_kept_interrupt(&k[i]);
    }
    loop_kept_learn(&k[LOOPS_ACTING], &k[LOOPS_WATCHING]);
    loop_kept_learn(&k[LOOPS_WATCHING], &k[LOOPS_ACTING]);
    return 0;
}

/* A side without a loop looks as well: when it gets one, that knows what is usual,
 * and what was done when it had one last. */
static int decide_side(struct decide *d, struct scene *s, enum loops_side side)
{
    struct loop_kept *k = &d->kept[side];
    struct loop_look look = scene_look(s, d->now_s);
    const struct loop_wish *w;
    struct loop_policy p;
    struct loops *l;
    uint32_t n;
    int rc;

    decide_policy(d, side, s->watts, &p);
    l = loops_new(&p, s->host, s->hosts, s->guest, s->guests);
    if (!l)
        return -ENOMEM;
    loops_resume(l, k);
    rc = loops_look(l, &look, &w, &n);
    if (!rc) {
        decide_sees(d, l, side);
        rc = decide_wishes(d, l, s, w, n);
    }
    if (!rc)
        loops_keep(l, k);
    loops_free(l);
    return rc;
}

/* Reasons live in the lines, which do not move any more. */
static void decide_reasons(struct decide *d, struct decide_moves *m)
{
    for (size_t i = 0; i < m->n; i++)
        m->step[i].reason = d->doc->wish[m->line[i]].reason;
}

int decide_look(struct decide *d)
{
    struct scene s;
    int rc = scene_init(&s, d);

    if (!rc) {
        decide_blind(d, &s);
        rc = decide_remember(d, &s);
    }
    for (int side = 0; side < LOOPS_SIDES && !rc; side++)
        rc = decide_side(d, &s, (enum loops_side)side);
    decide_reasons(d, &d->act);
    decide_reasons(d, &d->advise);
    scene_dispose(&s);
    return rc;
}

void decide_dispose(struct decide *d)
{
    for (int i = 0; i < LOOPS_SIDES; i++) {
        free(d->kept[i].guest);
        free(d->kept[i].host);
        d->kept[i] = (struct loop_kept){ .guest = NULL };
    }
    struct decide_hosts *const h[] = { &d->empty, &d->advise_empty, &d->named,
                                       &d->off_hosts, &d->on_hosts };

    for (size_t i = 0; i < sizeof h / sizeof *h; i++) {
        free(h[i]->host);
        free(h[i]->line);
        *h[i] = (struct decide_hosts){ .n = 0 };
    }
    free(d->resize);
    d->resize = NULL;
    d->resizes = d->resize_room = 0;
    free(d->tip);
    d->tip = NULL;
    d->tips = d->tip_room = 0;
    free(d->act.step);
    free(d->act.line);
    free(d->advise.step);
    free(d->advise.line);
    d->act = d->advise = (struct decide_moves){ .n = 0 };
}
