/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a rule is: a test, an explanation, and a row of rule.c's table.
 *
 * To add a rule, give it a number in enum plan_rule, write its test and its
 * explanation in the rule_*.c file of its kind, and add its row to rule.c.
 */
#ifndef RACKHOP_SCHEDULER_RULE_IMPL_H
#define RACKHOP_SCHEDULER_RULE_IMPL_H

#include "scheduler/scheduler_impl.h"

/* May this guest go to this host? */
struct rule_case {
    struct plan_cluster *c;
    const struct state *s; /* where all guests are; NULL for RULE_SIGNATURE */
    uint32_t dom, host;
    const struct dom *v; /* both NULL for RULE_SIGNATURE */
    const struct host *h;
    const struct dom_sig *needs;
    const struct host_sig *offers;
};

/* What the answer of a rule depends on. */
enum rule_kind {
    RULE_PLANNER,   /* it has no test: planners keep it by themselves */
    RULE_SIGNATURE, /* what the guest needs and the host offers */
    RULE_STATIC,    /* the guest and the host, but no other guest */
    RULE_STATE,     /* where other guests are as well */
};

/* True when the rule forbids it. */
typedef bool rule_test_fn(const struct rule_case *q);
/* Writes the reason, in words that follow the host's name; nothing where the
 * rule's meaning says it all. */
typedef void rule_explain_fn(const struct rule_case *q, char *text,
                             size_t len);

/* rule_fit.c: what the guest needs and the host offers */
rule_test_fn rule_cpu, rule_xen, rule_network, rule_storage, rule_only,
    rule_pool;
rule_explain_fn rule_cpu_why, rule_xen_why, rule_network_why, rule_storage_why,
    rule_only_why, rule_pool_why;
/* rule_leave.c: the guest may leave, the host takes guests, there is a path */
rule_test_fn rule_host_state, rule_pinned, rule_pci, rule_path;
rule_explain_fn rule_host_state_why, rule_pinned_why, rule_pci_why,
    rule_path_why;
/* rule_device.c: devices of the host that no guest has */
rule_test_fn rule_device;
rule_explain_fn rule_device_why;
/* rule_xsave.c: the registers of its CPUs */
rule_test_fn rule_xsave;
rule_explain_fn rule_xsave_why;
/* rule_tsc.c: its clock */
rule_test_fn rule_tsc;
rule_explain_fn rule_tsc_why;
/* rule_room.c: what other guests leave of the host */
rule_test_fn rule_memory, rule_vcpu, rule_name;
rule_explain_fn rule_memory_why, rule_vcpu_why, rule_name_why, rule_drain_why;
/* rule_group.c: the guests of its groups */
rule_test_fn rule_apart, rule_apart_racks, rule_together;
rule_explain_fn rule_apart_why, rule_apart_racks_why, rule_together_why;

#endif
