/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rule on devices: the host has one free of each class, for each that the
 * guest has.
 */
#include "scheduler/rule_impl.h"

#include <stdio.h>

/* How many of the class are left there, were the guest there. */
static int32_t left_of(const struct rule_case *q, uint32_t cls)
{
    int32_t left = q->s->device_left[devices_at(q->c, q->host, cls)];

    if (q->s->at[q->dom] == q->host)
        return left;
    return left - (int32_t)devices_of_class(q->c, q->v, cls);
}

/* The first class of which there are not enough; NONE: there is none. */
static uint32_t lacking(const struct rule_case *q)
{
    for (uint32_t k = 0; k < q->v->device.n; k++) {
        uint32_t cls = q->c->pool[q->v->device.at + k];

        if (left_of(q, cls) < 0)
            return cls;
    }
    return NONE;
}

bool rule_device(const struct rule_case *q)
{
    return q->v->device.n && lacking(q) != NONE;
}

/* Whether it has some of that name that are of the other kind. */
static bool has_other_kind(const struct rule_case *q, uint32_t cls)
{
    uint32_t other = devices_other_kind(q->c, cls);

    return other != NONE &&
           q->c->device_cap[devices_at(q->c, q->host, other)] > 0;
}

void rule_device_why(const struct rule_case *q, char *text, size_t len)
{
    uint32_t cls = lacking(q), need;
    int32_t have, left;
    const char *name;

    if (cls == NONE)
        return;
    name = intern_get(&q->c->device_class, cls);
    need = devices_of_class(q->c, q->v, cls);
    have = q->c->device_cap[devices_at(q->c, q->host, cls)];
    left = q->s->device_left[devices_at(q->c, q->host, cls)];
    if (have <= 0 && has_other_kind(q, cls))
        snprintf(text, len,
                 "its class of that name is one of %s: it has no device of "
                 "the class %s",
                 devices_are_cards(q->c, cls) ? "VFs" : "whole cards", name);
    else if (have <= 0)
        snprintf(text, len, "it has no device of the class %s", name);
    else
        snprintf(text, len,
                 "%d of its %d device%s of the class %s %s free, %u %s "
                 "needed",
                 (int)(left > 0 ? left : 0), (int)have, have == 1 ? "" : "s",
                 name, left == 1 ? "is" : "are", need,
                 need == 1 ? "is" : "are");
}
