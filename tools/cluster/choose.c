/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Chooses the best target host of one guest, and writes the sentence that
 * explains why.
 */
#include "tools/cluster/choose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cluster/collect.h"
#include "tools/cluster/find.h"
#include "tools/remote/remote.h"
#include "tools/base/figure.h"
#include "tools/base/text.h"
#include "tools/base/msg.h"

void choose_why(struct plan_cluster *c, const struct plan_candidate *k,
                uint32_t n, const struct plan_candidate *best, char *to,
                size_t len)
{
    const struct plan_candidate *next = NULL;
    char why[CHOOSE_WHY], wire[40] = "", gib[FIGURE], time[FIGURE],
                          pause[FIGURE];
    uint32_t refused = 0;
    int at;

    for (uint32_t i = 0; i < n; i++) {
        refused += k[i].refused != 0;
        if (!next && !k[i].refused && &k[i] != best)
            next = &k[i];
    }
    if (best->wire_gib > 0)
        snprintf(wire, sizeof wire, " (%s on the wire)",
                 figure_gib(gib, best->wire_gib));
    at = snprintf(
        why, sizeof why,
        "%s costs least: %d hop%s%s, about %s%s in %s, stopped for "
        "%s",
        plan_host_name(c, best->host), best->hops, best->hops == 1 ? "" : "s",
        best->path_unknown ? " (assumed: the rack map shows no path)" : "",
        figure_gib(gib, best->gib), wire, figure_time(time, best->seconds),
        figure_pause(pause, best->downtime_ms));
    if (next && at < (int)sizeof why)
        at += snprintf(why + at, sizeof why - (size_t)at,
                       "; next would be %s (%d hops, %.3f against %.3f)",
                       plan_host_name(c, next->host), next->hops, next->total,
                       best->total);
    if (refused && at < (int)sizeof why)
        snprintf(why + at, sizeof why - (size_t)at,
                 "; %u of %u hosts %s refused", refused, n,
                 refused == 1 ? "is" : "are");
    text_printable(to, len, why, strlen(why));
}

int choose_host(struct snapshot *s, const char *domain, struct choice *to,
                struct msg *err)
{
    struct plan_cluster *c = s->cluster;
    uint32_t dom, n = 0;
    struct plan_candidate *k = NULL;
    struct plan *plan = NULL;
    int rc;

    *to = (struct choice){ .host = "" };
    rc = find_guest(c, domain, &dom, err);
    if (rc == -ENOENT)
        msg_set(err, "no host of the configuration has a guest %s", domain);
    if (rc)
        return rc;
    rc = plan_migrate(c, dom, PLAN_NONE, &plan);
    if (!rc)
        rc = plan_score(c, dom, &k, &n);
    if (rc) {
        msg_set(err, "out of memory");
        goto out;
    }
    rc = -EPERM;
    if (!plan->move_n)
        msg_set(err, "%s", plan->text ? plan->text : "no host");
    else if (plan->move_n > 1)
        msg_set(err,
                "no host takes %s as things are; `rackhop plan migrate %s` "
                "shows which guests would have to move as well",
                domain, domain);
    for (uint32_t i = 0; plan->move_n == 1 && i < n; i++) {
        if (k[i].host != plan->move[0].to)
            continue;
        snprintf(to->host, sizeof to->host, "%s",
                 plan_host_name(c, k[i].host));
        to->rate_mbps = k[i].rate_mbps;
        to->gib = k[i].gib;
        to->seconds = k[i].seconds;
        to->downtime_ms = k[i].downtime_ms;
        to->hops = k[i].hops;
        choose_why(c, k, n, &k[i], to->why, sizeof to->why);
        rc = 0;
    }
out:
    free(k);
    plan_free(plan);
    return rc;
}

struct first {
    char text[300];
};

static void keep_first(void *arg, const char *text)
{
    struct first *f = arg;

    if (!*f->text)
        snprintf(f->text, sizeof f->text, "%s", text);
}

int choose_host_live(const struct config *conf,
                     const struct plan_settings *set, const char *domain,
                     struct choice *to, struct msg *err)
{
    struct collect k = { .conf = conf,
                         .timeout_ms = (unsigned)conf->ssh_timeout_s * 1000 };
    struct first first = { .text = "" };
    struct snapshot_problems problems = { keep_first, &first };
    const char *address;
    struct snapshot s;
    int rc = collect_run(&k, err);

    if (rc)
        return rc;
    rc = snapshot_parse_facts(&s, "the hosts' facts", k.text, k.len, set, NULL,
                              &problems, err);
    free(k.text);
    if (rc) {
        if (*first.text)
            msg_set(err, "%s", first.text);
        return rc;
    }
    rc = choose_host(&s, domain, to, err);
    snapshot_dispose(&s);
    address = rc ? NULL : remote_address(conf, to->host);
    if (address)
        snprintf(to->address, sizeof to->address, "%s", address);
    return rc;
}
