/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the guests that are away from home: a table, or a JSON object. */
#include "tools/view/homeview.h"

#include <stdio.h>

#include "tools/complain.h"

/* The host that the guest is on; NULL: no host that answered has it. */
static const char *home_at(const struct home *h, const struct plan_cluster *c)
{
    uint32_t dom = plan_find_domain(c, h->uuid);

    return dom == PLAN_NONE ? NULL
                            : plan_host_name(c, plan_domain_host(c, dom));
}

/* Whether it is one to show. One that no host has may be away. */
static bool home_shows(const struct home *h, const struct plan_cluster *c)
{
    const char *at = home_at(h, c);

    return !at || home_is_away(h, at);
}

static void homeview_json(const struct homes *l, const struct plan_cluster *c)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "format", "rackhop-homes/1");
    json_key(o, "away");
    json_arr(o);
    for (size_t i = 0; i < l->n; i++)
        if (home_shows(&l->home[i], c))
            home_write(o, &l->home[i], home_at(&l->home[i], c));
    json_arr_end(o);
    json_obj_end(o);
    json_out_free(o);
}

static void homeview_text(const struct homes *l, const struct plan_cluster *c,
                          struct table_look look)
{
    static const struct table_column cols[] = {
        { "guest", TABLE_NAME }, { "home", TABLE_NAME },
        { "is on", TABLE_NAME }, { "since", 0 },
        { "last run", 0 },       { NULL, 0 },
    };
    struct table *t = table_new(cols, look);
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct home *h = &l->home[i];
        const char *at = home_at(h, c);

        if (!home_shows(h, c))
            continue;
        n++;
        table_row(t);
        table_cell(t, h->name);
        table_cell(t, h->host);
        table_cell(t, at ? at : "?");
        table_cell(t, h->since);
        table_cell(t, h->run);
    }
    if (!n)
        puts("no guest is known to be away from home");
    table_print(t, stdout);
    table_free(t);
}

void homeview_show(const struct homes *l, const struct plan_cluster *c,
                   struct table_look look, bool json)
{
    if (json)
        homeview_json(l, c);
    else
        homeview_text(l, c, look);
}
