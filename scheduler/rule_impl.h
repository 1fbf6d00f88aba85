/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a row of the table of rules consists of.
 *
 * To add a rule: a number in enum plan_rule, a test and an explanation in the
 * file where its like stand, and a row in rule.c.
 */
#ifndef RACKHOP_SCHEDULER_RULE_IMPL_H
#define RACKHOP_SCHEDULER_RULE_IMPL_H

#include "scheduler/scheduler_impl.h"

/* May this guest go to this host? */
struct rule_case {
    struct plan_cluster *c;
    const struct state *s; /* where all guests are; NULL for RULE_SIGNATURE */
    uint32_t dom, host;
    const struct dom *d; /* both NULL for RULE_SIGNATURE */
    const struct host *h;
    const struct dom_sig *needs;
    const struct host_sig *offers;
};

/* What the answer of a rule depends on, so how often it has to be asked. */
enum rule_kind {
    RULE_PLANNER,   /* nothing here: planners see to it, and explain by it */
    RULE_SIGNATURE, /* needs and offers alone: once for each pair of them */
    RULE_STATIC,    /* guest and host: once for each pair of them */
    RULE_STATE,     /* where other guests are now as well */
};

/* True when the rule forbids it. */
typedef bool rule_test_fn(const struct rule_case *q);
/* Writes the reason; called when the test forbids it, but also to explain a
 * planner's refusal. Writes nothing where it has no reason of its own. */
typedef void rule_explain_fn(const struct rule_case *q, char *text,
                             size_t len);

/* rule_fit.c: needs against offers */
rule_test_fn rule_cpu, rule_xen, rule_network, rule_storage;
rule_explain_fn rule_cpu_why, rule_xen_why, rule_network_why, rule_storage_why;
/* rule_leave.c: may the guest leave, is the host open, is there a way */
rule_test_fn rule_host_state, rule_pinned, rule_pci, rule_path;
rule_explain_fn rule_host_state_why, rule_pinned_why, rule_pci_why,
    rule_path_why;
/* rule_room.c: what other guests leave of the host */
rule_test_fn rule_memory, rule_vcpu, rule_apart, rule_name;
rule_explain_fn rule_memory_why, rule_vcpu_why, rule_apart_why,
    rule_together_why, rule_name_why, rule_drain_why;

#endif
