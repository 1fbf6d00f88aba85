/* SPDX-License-Identifier: LGPL-2.1-only */
/* Collects what a reader of a report has to know first: what is not well. */
#include "tools/doc/report_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

/* Of the hosts that a guest could not go to, so many are named. */
enum { REASONS_SHOWN = 4 };

int report_trouble(struct report *r, const char *what, const char *name,
                   const char *text)
{
    struct report_trouble *t;
    int rc = array_grow(&r->trouble, &r->trouble_room, r->trouble_n + 1,
                        sizeof *r->trouble);

    if (rc)
        return rc;
    t = &r->trouble[r->trouble_n++];
    *t = (struct report_trouble){
        .what = what,
        .name = name ? strdup(name) : NULL,
        .text = strdup(text),
    };
    return t->text && (!name || t->name) ? 0 : -ENOMEM;
}

/* --- of a plan ---------------------------------------------------------------- */

static int trouble_stranded(struct report *r, const struct json *s)
{
    const struct json *reasons = json_get(s, "reasons");
    char text[2048] = "";
    size_t n = 0;
    uint32_t i = 0;

    JSON_FOREACH(v, reasons) {
        const char *host = json_get_str(v, "host", "every host");

        if (i++ == REASONS_SHOWN || n >= sizeof text)
            break;
        n += (size_t)snprintf(
            text + n, sizeof text - n, "%s%s (%s): %s", n ? "; " : "", host,
            json_get_str(v, "rule", "?"), json_get_str(v, "text", ""));
    }
    if (reasons && reasons->len > REASONS_SHOWN && n < sizeof text)
        snprintf(text + n, sizeof text - n, "; and %u hosts more",
                 reasons->len - REASONS_SHOWN);
    return report_trouble(r, "stays", json_get_str(s, "name", "?"), text);
}

static int trouble_over(struct report *r, const struct json *o)
{
    char text[200];

    snprintf(text, sizeof text,
             "ends above a soft limit: %.1f%% of its memory and %.1f%% of "
             "its CPUs are in use then",
             100 * json_get_num(o, "memory", 0),
             100 * json_get_num(o, "cpu", 0));
    return report_trouble(r, "limit", json_get_str(o, "host", "?"), text);
}

static int trouble_note(struct report *r, const struct json *o)
{
    const char *name = json_get_str(o, "name", NULL);

    return report_trouble(r, "note",
                          name ? name : json_get_str(o, "host", NULL),
                          json_get_str(o, "text", ""));
}

static int trouble_remark(struct report *r, const struct json *v)
{
    return v->type == JSON_STR ? report_trouble(r, "note", NULL, v->str) : 0;
}

int report_trouble_of_plan(struct report *r, const struct json *plan)
{
    static const struct {
        const char *key;
        int (*row)(struct report *r, const struct json *v);
    } lists[] = {
        { "stranded", trouble_stranded },
        { "over_limits", trouble_over },
        { "remarks", trouble_remark },
        { "notes", trouble_note },
    };
    const struct json *none = json_get(plan, "infeasible");
    int rc = 0;

    if (none && none->type == JSON_OBJ)
        rc = report_trouble(r, "no plan", json_get_str(none, "rule", NULL),
                            json_get_str(none, "text", ""));
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++)
        JSON_FOREACH(v, json_get(plan, lists[i].key))
            if (!rc)
                rc = lists[i].row(r, v);
    return rc;
}

/* --- of moves ------------------------------------------------------------------- */

/* The last move of each guest that is done. */
struct mended {
    struct names guests;
    uint32_t *last; /* by guest; 0: none, else its index and 1 */
};

static int mended_find(struct mended *d, const struct report *r)
{
    int rc = names_init(&d->guests, r->move_n);

    if (rc)
        return rc;
    for (uint32_t i = 0; i < r->move_n; i++)
        names_add(&d->guests, r->move[i].uuid);
    names_close(&d->guests);
    d->last = calloc((size_t)d->guests.n + 1, sizeof *d->last);
    if (!d->last)
        return -ENOMEM;
    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_DONE)
            d->last[names_find(&d->guests, r->move[i].uuid)] = i + 1;
    return 0;
}

static int trouble_move(struct report *r, uint32_t move,
                        const struct mended *d)
{
    const struct report_move *m = &r->move[move];
    bool mended = d->last[names_find(&d->guests, m->uuid)] > move + 1;
    char text[700];

    snprintf(text, sizeof text, "%s to %s: %s%s", m->from, m->to,
             *m->why ? m->why : report_state(r, m),
             mended ? "; a later move of it is done" : "");
    return report_trouble(r, report_state(r, m), m->name, text);
}

int report_trouble_of_moves(struct report *r)
{
    static const enum move_state order[] = { MOVE_DOUBT, MOVE_FAILED,
                                             MOVE_SKIPPED, MOVE_PLANNED };
    struct mended d = { .last = NULL };
    int rc = mended_find(&d, r);

    for (unsigned k = 0; k < sizeof order / sizeof *order; k++)
        for (uint32_t i = 0; i < r->move_n && !rc; i++)
            if (r->move[i].state == order[k] &&
                (order[k] != MOVE_PLANNED || r->ended))
                rc = trouble_move(r, i, &d);
    names_dispose(&d.guests);
    free(d.last);
    return rc;
}
