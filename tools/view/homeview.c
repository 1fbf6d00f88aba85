/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the guests that are away from home: a table, or a JSON object. */
#include "tools/view/homeview.h"

#include <stdio.h>

#include "tools/complain.h"
#include "tools/view/name.h"

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

struct home_columns {
    int name, home, at;
};

static void home_row(const struct home_columns *w, const char *name,
                     const char *home, const char *at, const char *since,
                     const char *run)
{
    char a[NAME_SHOWN], b[NAME_SHOWN], d[NAME_SHOWN];

    printf("%-*s  %-*s  %-*s  %-20s  %s\n", w->name, name_shown(a, name),
           w->home, name_shown(b, home), w->at, name_shown(d, at), since, run);
}

static void homeview_text(const struct homes *l, const struct plan_cluster *c)
{
    struct home_columns w = { name_wider(0, "guest"), name_wider(0, "home"),
                              name_wider(0, "is on") };
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        const char *at = home_at(&l->home[i], c);

        if (!home_shows(&l->home[i], c))
            continue;
        n++;
        w.name = name_wider(w.name, l->home[i].name);
        w.home = name_wider(w.home, l->home[i].host);
        w.at = name_wider(w.at, at ? at : "?");
    }
    if (!n) {
        puts("no guest is known to be away from home");
        return;
    }
    home_row(&w, "guest", "home", "is on", "since", "last run");
    for (size_t i = 0; i < l->n; i++) {
        const struct home *h = &l->home[i];
        const char *at = home_at(h, c);

        if (home_shows(h, c))
            home_row(&w, h->name, h->host, at ? at : "?", h->since, h->run);
    }
}

void homeview_show(const struct homes *l, const struct plan_cluster *c,
                   bool json)
{
    if (json)
        homeview_json(l, c);
    else
        homeview_text(l, c);
}
