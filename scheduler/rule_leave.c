/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rules on whether a guest may leave, its host may take guests, and a path
 * exists.
 */
#include "scheduler/rule_impl.h"

#include <stdio.h>

/* Is the host that it would leave offline? That sends nothing. */
static bool source_is_offline(const struct rule_case *q)
{
    return q->c->host[q->v->host].state == PLAN_OFFLINE;
}

bool rule_host_state(const struct rule_case *q)
{
    return q->h->state != PLAN_UP || source_is_offline(q);
}

void rule_host_state_why(const struct rule_case *q, char *text, size_t len)
{
    if (q->host != q->v->host && source_is_offline(q))
        snprintf(text, len, "%s, which the guest would leave, is offline",
                 plan_host_name(q->c, q->v->host));
    else if (q->h->behind)
        snprintf(text, len, "it hangs on the drained rack's switches alone");
    else
        snprintf(text, len, "%s",
                 q->h->state == PLAN_OFFLINE   ? "it is offline"
                 : q->h->state == PLAN_UNSOUND ? "its facts contradict "
                                                 "themselves"
                                               : "it is in maintenance");
}

bool rule_pinned(const struct rule_case *q)
{
    return q->v->pinned != NONE;
}

void rule_pinned_why(const struct rule_case *q, char *text, size_t len)
{
    const char *why = intern_get(&q->c->word, q->v->pinned);

    snprintf(text, len, "the guest is pinned to its host%s%s",
             why && *why ? ": " : "", why ? why : "");
}

bool rule_pci(const struct rule_case *q)
{
    return q->v->pci_n;
}

void rule_pci_why(const struct rule_case *q, char *text, size_t len)
{
    bool all = q->v->pci_classed >= q->v->pci_n;

    if (q->v->pv_cards) {
        snprintf(text, len,
                 "the guest is a PV guest with a whole network card: Linux "
                 "crashes when it resumes on another host, even without the "
                 "card; shut it down and start it there");
        return;
    }
    snprintf(text, len, "the guest has %u PCI device%s of its host%s",
             q->v->pci_n, q->v->pci_n == 1 ? "" : "s",
             q->c->set.change_devices ? ", of no class (pci_class)"
             : all                    ? ", and pci_moves is off"
                                      : "");
}

bool rule_path(const struct rule_case *q)
{
    return q->host != q->v->host && plan_rate(q->c, q->v->host, q->host) <= 0;
}

void rule_path_why(const struct rule_case *q, char *text, size_t len)
{
    const char *from = plan_host_name(q->c, q->v->host);

    if (q->h->node == NONE)
        snprintf(text, len, "it is not on the map of the racks");
    else if (plan_hops(q->c, q->v->host, q->host) < 0)
        snprintf(text, len, "the rack map shows no path from %s", from);
    else
        snprintf(text, len, "a link on the path from %s has no rate left",
                 from);
}
