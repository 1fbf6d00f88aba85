/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows lists of hosts, guests and runs: a table, and the sums below it. */
#include "tools/view/inventoryview.h"

#include <math.h>
#include <string.h>

#include "tools/base/figure.h"

/* --- hosts --------------------------------------------------------------- */

/* What is used of what there is, in one unit: 281/382 GiB. */
static void host_memory(struct table *t, const struct plan_host_sum *s)
{
    if (s->capacity_mib < 10240)
        table_cellf(t, "%lld/%lld MiB", (long long)s->used_mib,
                    (long long)s->capacity_mib);
    else
        table_cellf(t, "%.0f/%.0f GiB", (double)s->used_mib / 1024,
                    (double)s->capacity_mib / 1024);
}

static void host_sum(struct table *t, const struct plan_host_sum *s)
{
    if (s->xen_major)
        table_cellf(t, "%u.%u", s->xen_major, s->xen_minor);
    else
        table_cell(t, "-");
    if (s->capacity_mib < 0) {
        for (int i = 0; i < 3; i++)
            table_cell(t, "-");
        table_cell(t, NULL);
        return;
    }
    table_cellf(t, "%u", s->guests);
    host_memory(t, s);
    table_cellf(t, "%.1f/%u", s->cpu_used, s->cpus);
    if (s->devices || s->devices_used)
        table_cellf(t, "%u/%u", s->devices_used, s->devices);
    else
        table_cell(t, NULL);
}

static void host_ago(struct table *t, double then_s, double now_s)
{
    char ago[FIGURE];

    if (then_s > 0)
        table_cellf(t, "%s ago", figure_about(ago, fmax(0, now_s - then_s)));
    else
        table_cell(t, NULL);
}

static void host_reserved(struct table *t, const struct inventory_host *h)
{
    char mib[FIGURE];

    if (h->reservations)
        table_cell(t, figure_mib(mib, (double)h->reserved_mib));
    else
        table_cell(t, NULL);
    if (h->reservations > 1)
        table_cellf(t, "%s and %u more", h->run, h->reservations - 1);
    else
        table_cell(t, h->run);
}

static enum theme host_theme(const char *state)
{
    return !strcmp(state, "up")            ? THEME_PLAIN
           : !strcmp(state, "maintenance") ? THEME_WARN
                                           : THEME_BAD;
}

/* "3 hosts, 1 not up; 40 guests: 1.2 TiB of 3.0 TiB memory, 9.1 of 96 CPUs" */
static void hosts_summary(FILE *f, const struct inventory_host *row, size_t n)
{
    double used = 0, all = 0, threads = 0, cpus = 0;
    char a[FIGURE], b[FIGURE];
    size_t other = 0, guests = 0;

    for (size_t i = 0; i < n; i++) {
        other += strcmp(row[i].state, "up") != 0;
        if (row[i].sum.capacity_mib < 0)
            continue;
        guests += row[i].sum.guests;
        used += (double)row[i].sum.used_mib;
        all += (double)row[i].sum.capacity_mib;
        threads += row[i].sum.cpu_used;
        cpus += row[i].sum.cpus;
    }
    fprintf(f, "\n%zu host%s", n, figure_plural(n));
    if (other)
        fprintf(f, ", %zu not up", other);
    fprintf(f, "; %zu guest%s: %s of %s memory, %.1f of %.0f CPUs\n", guests,
            figure_plural(guests), figure_mib(a, used), figure_mib(b, all),
            threads, cpus);
}

void inventoryview_hosts(FILE *f, const struct inventory_host *row, size_t n,
                         double now_s, struct table_look look)
{
    static const struct table_column cols[] = {
        { "host", TABLE_NAME },
        { "rack", TABLE_NAME | TABLE_MAYBE | TABLE_LESS },
        { "state", 0 },
        { "Xen", TABLE_LESS },
        { "guests", TABLE_NUMBER },
        { "memory", TABLE_NUMBER },
        { "CPUs", TABLE_NUMBER },
        { "devices", TABLE_NUMBER | TABLE_MAYBE },
        { "last move", TABLE_MAYBE },
        { "reserved", TABLE_NUMBER | TABLE_MAYBE },
        { "by run", TABLE_MAYBE | TABLE_WIDE },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);

    for (size_t i = 0; i < n; i++) {
        table_row(t);
        table_cell(t, row[i].name);
        table_cell(t, row[i].rack);
        table_cell(t, row[i].state);
        table_mark(t, host_theme(row[i].state));
        host_sum(t, &row[i].sum);
        host_ago(t, row[i].last_move_s, now_s);
        host_reserved(t, &row[i]);
    }
    table_print(t, f);
    table_free(t);
    if (n)
        hosts_summary(f, row, n);
    else
        fputs("there are no hosts\n", f);
}

/* --- guests -------------------------------------------------------------- */

/* "apart db, web; together shop" */
static void guest_groups(struct table *t, const struct plan_cluster *c,
                         uint32_t dom)
{
    static const char *const kinds[] = { "apart", "apart in racks",
                                         "together" };
    char text[512] = "";
    size_t n = 0;

    for (enum plan_group_kind k = 0; k <= PLAN_GROUP_TOGETHER; k++) {
        const char *name;

        for (uint32_t i = 0; (name = plan_guest_group(c, dom, k, i)); i++) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s",
                                  i   ? ", "
                                  : n ? "; "
                                      : "",
                                  i ? "" : kinds[k], i ? "" : " ");
            if (n < sizeof text)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s", name);
            if (n >= sizeof text)
                n = sizeof text - 1;
        }
    }
    table_cell(t, text);
}

static void guest_way(struct table *t, const struct plan_cluster *c,
                      const struct plan_way *w)
{
    if (w->why && w->host != PLAN_NONE)
        table_cellf(t, "nowhere (%s); %s: %s", plan_rule_name(w->rule),
                    plan_host_name(c, w->host), w->why);
    else if (w->why)
        table_cellf(t, "nowhere (%s): %s", plan_rule_name(w->rule), w->why);
    else
        table_cellf(t, "%u%s host%s", w->hosts,
                    w->hosts == PLAN_WAYS_MOST ? " or more" : "",
                    figure_plural(w->hosts));
    table_mark(t, w->why ? THEME_WARN : THEME_PLAIN);
}

static void guest_row(struct table *t, const struct plan_cluster *c,
                      const struct inventory_guest *g)
{
    char a[FIGURE];

    table_row(t);
    table_cell(t, g->name);
    table_cell(t, g->host);
    table_cell(t, g->home);
    table_cell(t, inventory_type_name(g->facts.type));
    table_cell(t, figure_mib(a, (double)g->facts.mib));
    table_cell(t, figure_mib_s(a, g->facts.dirty_mib_s));
    table_cell(t, figure_mib(a, g->facts.writable_mib));
    table_cellf(t, "%u", g->facts.vcpus);
    if (g->facts.cpu_used >= 0)
        table_cellf(t, "%.2f", g->facts.cpu_used);
    else
        table_cell(t, "-");
    guest_groups(t, c, g->dom);
    guest_way(t, c, g->way);
}

static void guests_summary(FILE *f, const struct inventory_guest *row,
                           size_t n)
{
    size_t fixed = 0, away = 0;
    double mib = 0;
    char a[FIGURE];

    for (size_t i = 0; i < n; i++) {
        fixed += !row[i].way->hosts;
        away += row[i].home != NULL;
        mib += (double)row[i].facts.mib;
    }
    fprintf(f, "\n%zu guest%s of %s in all; ", n, figure_plural(n),
            figure_mib(a, mib));
    if (fixed)
        fprintf(f, "%zu can go nowhere", fixed);
    else
        fputs("all can move", f);
    if (away)
        fprintf(f, ", %zu away from home", away);
    fputc('\n', f);
}

void inventoryview_guests(FILE *f, const struct plan_cluster *c,
                          const struct inventory_guest *row, size_t n,
                          struct table_look look)
{
    static const struct table_column cols[] = {
        { "guest", TABLE_NAME },
        { "host", TABLE_NAME },
        { "home", TABLE_NAME | TABLE_MAYBE },
        { "type", TABLE_WIDE },
        { "memory", TABLE_NUMBER },
        { "dirties", TABLE_NUMBER },
        { "at most", TABLE_NUMBER | TABLE_WIDE },
        { "vCPUs", TABLE_NUMBER | TABLE_WIDE },
        { "in use", TABLE_NUMBER | TABLE_WIDE },
        { "groups", TABLE_TEXT | TABLE_MAYBE },
        { "can go to", TABLE_TEXT },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);

    for (size_t i = 0; i < n; i++)
        guest_row(t, c, &row[i]);
    table_print(t, f);
    table_free(t);
    if (n)
        guests_summary(f, row, n);
    else
        fputs("there are no guests\n", f);
}

/* --- runs ---------------------------------------------------------------- */

/* "12 of 14 moves; 2 failed, 1 in doubt" */
static void run_counts(struct table *t, const struct runs_row *r)
{
    char more[96] = "";
    int n = 0;

    if (r->failed)
        n = snprintf(more, sizeof more, "; %u failed", r->failed);
    if (r->doubt)
        n += snprintf(more + n, sizeof more - (size_t)n, "%s%u in doubt",
                      n ? ", " : "; ", r->doubt);
    table_cellf(t, "%u of %u %s%s%s", r->done, r->all,
                r->roll ? "host" : "move", figure_plural(r->all), more);
}

static enum theme run_theme(const struct runs_row *r)
{
    if (r->alive || (r->ended && r->code == RC_OK))
        return THEME_GOOD;
    return r->doubt || (r->ended && r->code != RC_PARTLY) ? THEME_BAD
                                                          : THEME_WARN;
}

void inventoryview_runs(FILE *f, const struct runs_row *row, size_t n,
                        struct table_look look)
{
    static const struct table_column cols[] = {
        { "run", 0 },
        { "goal", 0 },
        { "started", TABLE_WIDE },
        { "by", TABLE_NAME | TABLE_WIDE },
        { "state", 0 },
        { "done", 0 },
        { "took", TABLE_NUMBER },
        { NULL, 0 },
    };
    struct table *t = table_new(cols, look);
    char took[FIGURE];

    for (size_t i = 0; i < n; i++) {
        table_row(t);
        table_cell(t, row[i].name);
        table_cell(t, row[i].goal);
        table_cell(t, row[i].started);
        table_cell(t, row[i].executor);
        table_cell(t, runs_state(&row[i]));
        table_mark(t, run_theme(&row[i]));
        run_counts(t, &row[i]);
        table_cell(t, figure_time(took, row[i].took_s));
    }
    table_print(t, f);
    table_free(t);
    if (!n)
        fputs("no plan was carried out from this host\n", f);
}
