/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of a decision share: what loops are shown of a cluster. */
#ifndef RACKHOP_DECIDE_IMPL_H
#define RACKHOP_DECIDE_IMPL_H

#include "tools/daemon/decide.h"

struct scene {
    struct loop_host *host;
    struct loop_guest *guest;
    double *demand, *used, *steal, *starving;
    struct loop_day *day;
    double *booted;
    uint32_t *at;
    uint8_t *hinted, *moving, *on, *keep, *closed, *out, *coming;
    struct loop_signs *signs;
    const struct loop_talk *talk; /* the sight's */
    uint32_t talks;
    bool *known; /* of each guest: its demand is */
    uint32_t hosts, guests;
    bool watts;    /* of all hosts are known */
    bool switches; /* hosts can be switched off and on */
    bool arm;      /* domains are finished before their memory is there */
    struct plan_cluster *cluster;
    struct plan_asking *asking;
};

/* decide.c */
bool decide_on_side(const struct decide *d, enum loop_kind kind,
                    enum loops_side side);

/* decide_sees.c. What came from hosts is made fit to be shown; a NULL is left
 * out. */
void decide_copy(char *to, size_t size, const char *from);
void decide_sees(struct decide *d, const struct loops *l,
                 enum loops_side side);
/* Notes of each loop what it lacks. */
void decide_blind(struct decide *d, const struct scene *s);

/* decide_tip.c. 0 or -ENOMEM. */
int decide_tip(struct decide *d, const struct loop_wish *w, size_t line);

/* decide_scene.c. 0 or -ENOMEM; scene_dispose() in either case. */
int scene_init(struct scene *s, const struct decide *d);
void scene_dispose(struct scene *s);
/* What a look sees; the arrays stay the scene's. */
struct loop_look scene_look(struct scene *s, double now_s);

#endif
