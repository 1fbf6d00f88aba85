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

/* decide_tip.c. 0 or -ENOMEM. */
int decide_tip(struct decide *d, const struct loop_wish *w, size_t line);

/* decide_scene.c. 0 or -ENOMEM; scene_dispose() in either case. */
int scene_init(struct scene *s, const struct decide *d);
void scene_dispose(struct scene *s);
/* What a look sees; the arrays stay the scene's. */
struct loop_look scene_look(struct scene *s, double now_s);

#endif
