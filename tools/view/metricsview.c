/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the hosts and guests of a cluster as metrics. */
#include "tools/view/metricsview.h"

#include <math.h>
#include <string.h>

static const double MIB = 1048576;

static double known(double value)
{
    return value < 0 ? NAN : value;
}

/* --- hosts --------------------------------------------------------------- */

static double host_memory(const struct inventory_host *h)
{
    return (double)h->sum.capacity_mib * MIB;
}

static double host_used(const struct inventory_host *h)
{
    return (double)h->sum.used_mib * MIB;
}

static double host_reserved(const struct inventory_host *h)
{
    return (double)h->reserved_mib * MIB;
}

static double host_reservations(const struct inventory_host *h)
{
    return h->reservations;
}

static double host_cpus(const struct inventory_host *h)
{
    return h->sum.cpus;
}

static double host_cpus_busy(const struct inventory_host *h)
{
    return known(h->sum.cpu_used);
}

static double host_guests(const struct inventory_host *h)
{
    return h->sum.guests;
}

static const struct {
    const char *name, *help;
    double (*get)(const struct inventory_host *h);
} host_metric[] = {
    { "rackhop_host_memory_bytes", "Memory of a host that guests may have.",
      host_memory },
    { "rackhop_host_memory_used_bytes", "Memory that guests of a host have.",
      host_used },
    { "rackhop_host_memory_reserved_bytes",
      "Memory of a host that runs have reserved for guests that come.",
      host_reserved },
    { "rackhop_host_reservations", "Runs that have reserved memory of a host.",
      host_reservations },
    { "rackhop_host_cpus", "Physical threads of a host.", host_cpus },
    { "rackhop_host_cpus_busy",
      "Physical threads of a host that its guests keep busy, mean.",
      host_cpus_busy },
    { "rackhop_host_guests", "Guests on a host.", host_guests },
};

/* The names of states are values of a label, so that a sum over hosts by
 * state is one query. */
static void hosts_states(FILE *f, const struct inventory_host *row, size_t n)
{
    static const char name[] = "rackhop_host_state";

    metric_head(f, name, "gauge",
                "1 for each host, with its state: up, maintenance, offline, "
                "unsound or unreachable.");
    for (size_t i = 0; i < n; i++) {
        struct metric m = metric_begin(f, name);

        metric_label(&m, "host", row[i].name);
        metric_label(&m, "rack", row[i].rack);
        metric_label(&m, "state", row[i].state);
        metric_end(&m, 1);
    }
}

static void hosts_last_moves(FILE *f, const struct inventory_host *row,
                             size_t n)
{
    static const char name[] = "rackhop_host_last_move_timestamp_seconds";

    metric_head(f, name, "gauge",
                "When a host was last part of a move of a run of this host, "
                "in seconds since 1970.");
    for (size_t i = 0; i < n; i++) {
        struct metric m;

        if (!(row[i].last_move_s > 0))
            continue;
        m = metric_begin(f, name);
        metric_label(&m, "host", row[i].name);
        metric_end(&m, floor(row[i].last_move_s));
    }
}

void metricsview_hosts(FILE *f, const struct inventory_host *row, size_t n)
{
    hosts_states(f, row, n);
    for (size_t k = 0; k < sizeof host_metric / sizeof *host_metric; k++) {
        metric_head(f, host_metric[k].name, "gauge", host_metric[k].help);
        for (size_t i = 0; i < n; i++) {
            struct metric m;

            if (!strcmp(row[i].state, "unreachable"))
                continue;
            m = metric_begin(f, host_metric[k].name);
            metric_label(&m, "host", row[i].name);
            metric_label(&m, "rack", row[i].rack);
            metric_end(&m, host_metric[k].get(&row[i]));
        }
    }
    hosts_last_moves(f, row, n);
}

/* --- guests -------------------------------------------------------------- */

static double guest_memory(const struct inventory_guest *g)
{
    return (double)g->facts.mib * MIB;
}

static double guest_vcpus(const struct inventory_guest *g)
{
    return g->facts.vcpus;
}

static double guest_cpus_busy(const struct inventory_guest *g)
{
    return known(g->facts.cpu_used);
}

static double guest_dirty(const struct inventory_guest *g)
{
    return known(g->facts.dirty_mib_s) * MIB;
}

static double guest_writable(const struct inventory_guest *g)
{
    return known(g->facts.writable_mib) * MIB;
}

static double guest_targets(const struct inventory_guest *g)
{
    return g->way->hosts;
}

static double guest_away(const struct inventory_guest *g)
{
    return g->home != NULL;
}

static const struct {
    const char *name, *help;
    double (*get)(const struct inventory_guest *g);
} guest_metric[] = {
    { "rackhop_guest_memory_bytes", "Memory of a guest.", guest_memory },
    { "rackhop_guest_vcpus", "Virtual CPUs of a guest.", guest_vcpus },
    { "rackhop_guest_cpus_busy",
      "Physical threads that a guest keeps busy, mean; NaN: unknown.",
      guest_cpus_busy },
    { "rackhop_guest_dirty_bytes_per_second",
      "Memory that a guest changes in a second; NaN: unknown.", guest_dirty },
    { "rackhop_guest_writable_bytes",
      "The set that a guest's dirty memory saturates at; NaN: unknown.",
      guest_writable },
    { "rackhop_guest_target_hosts",
      "Hosts that a guest could go to just now, counted up to 100.",
      guest_targets },
    { "rackhop_guest_away", "1: a run moved a guest off its home; else 0.",
      guest_away },
};

void metricsview_guests(FILE *f, const struct inventory_guest *row, size_t n)
{
    for (size_t k = 0; k < sizeof guest_metric / sizeof *guest_metric; k++) {
        metric_head(f, guest_metric[k].name, "gauge", guest_metric[k].help);
        for (size_t i = 0; i < n; i++) {
            struct metric m = metric_begin(f, guest_metric[k].name);

            metric_label(&m, "guest", row[i].name);
            metric_label(&m, "uuid", row[i].uuid);
            metric_label(&m, "host", row[i].host);
            metric_end(&m, guest_metric[k].get(&row[i]));
        }
    }
}

void metricsview_end(FILE *f)
{
    fputs("# EOF\n", f);
}
