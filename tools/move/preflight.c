/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The checks before a move, and the sentence that each refuses with.
 *
 * They stand in the order in which a person wants to hear of them: the guest,
 * the source host, the target host, then whether the two fit. What a planner
 * checks as well is decided by the scheduler's rules (preflight_rules.c).
 */
#include "tools/move/preflight_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libxl-ext/network.h"
#include "scheduler/cpu.h"
#include "scheduler/scheduler.h"

#include "tools/base/figure.h"

/* Writes the sentence for a rule that refuses. */
typedef void tell_fn(const struct preflight *p, char *b, size_t n);

static bool is_dom0(const struct preflight *p, char *b, size_t n)
{
    if (p->dom->domid)
        return false;
    snprintf(b, n, "%s is domain 0, the host itself, which can't move",
             preflight_name(p));
    return true;
}

static bool is_dying(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->dying && !p->dom->shutdown)
        return false;
    snprintf(
        b, n, "%s is %s, so there is nothing to move; start it anew on %s",
        preflight_name(p), p->dom->dying ? "dying" : "shut down", p->host);
    return true;
}

static bool is_paused(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->paused)
        return false;
    snprintf(b, n,
             "%s is paused and could not answer the request to suspend; "
             "`xl unpause %s` first (-p pauses it again at %s)",
             preflight_name(p), preflight_name(p), p->host);
    return true;
}

static void tell_pci(const struct preflight *p, char *b, size_t n)
{
    snprintf(b, n,
             "%s has the PCI device %s%s, which can't move; `xl pci-detach "
             "%s %s` first%s",
             preflight_name(p), p->dom->pci.s[0],
             p->dom->pci.n > 1 ? " and others" : "", preflight_name(p),
             p->dom->pci.s[0],
             p->pci_moves ? ", or give it a class (pci_class in rackhop.conf) "
                            "if it is a VF"
                          : ", or have it changed for one of the target "
                            "host: pci_moves and pci_class in rackhop.conf");
}

static bool has_vnuma(const struct preflight *p, char *b, size_t n)
{
    if (!p->dom->vnuma)
        return false;
    snprintf(b, n,
             "%s has a virtual NUMA layout, which libxl can't move; start "
             "it without vnuma= first",
             preflight_name(p));
    return true;
}

static bool no_shadow(const struct preflight *p, char *b, size_t n)
{
    if (p->dom->type != XLX_PV || p->here->shadow)
        return false;
    snprintf(b, n,
             "%s is a PV guest and this host's Xen was built without shadow "
             "paging, which a live move of it needs; `xl save` and `xl "
             "restore` it, or start it as type=\"pvh\"",
             preflight_name(p));
    return true;
}

enum { BALLOON_SLACK_KIB = 4096 };

static bool above_target(const struct preflight *p, char *b, size_t n)
{
    uint64_t above = p->dom->above_kib;

    if (above <= BALLOON_SLACK_KIB)
        return false;
    snprintf(b, n,
             "%s holds %" PRIu64 " MiB above its memory target, and could not "
             "be built with them; wait until its balloon driver has given "
             "them back, or `xl mem-set %s %" PRIu64 "m` first",
             preflight_name(p), (above + 1023) / 1024, preflight_name(p),
             (p->dom->memory_kib + 1023) / 1024);
    return true;
}

static void tell_maintenance(const struct preflight *p, char *b, size_t n)
{
    snprintf(
        b, n,
        "%s is in maintenance, so it takes no guests until `rackhop undrain`",
        p->host);
}

static bool nothing_there(const struct preflight *p, char *b, size_t n)
{
    if (p->far->kind != TARGET_NOTHING)
        return false;
    snprintf(b, n,
             "%s has neither rackhop nor xl; install one of them on it, and "
             "boot it with Xen",
             p->host);
    return true;
}

static bool is_itself(const struct preflight *p, char *b, size_t n)
{
    if (!strlist_has(&p->far->uuids, p->dom->uuid))
        return false;
    snprintf(b, n,
             "a domain with the UUID of %s (%s) is on %s already; if that is "
             "this host there is nothing to do, else end one of the two first",
             preflight_name(p), p->dom->uuid, p->host);
    return true;
}

/* It is no other copy that could run, but its memory is not free. */
static bool was_there(const struct preflight *p, char *b, size_t n)
{
    if (!strlist_has(&p->far->dying, p->dom->uuid))
        return false;
    snprintf(b, n,
             "an earlier domain of %s (%s) is still dying on %s, and keeps "
             "memory there until what holds it has ended; that does not "
             "prevent the move",
             preflight_name(p), p->dom->uuid, p->host);
    return true;
}

static bool half_there(const struct preflight *p, char *b, size_t n)
{
    char incoming[256];

    if (!p->dom->name)
        return false;
    snprintf(incoming, sizeof incoming, "%s" XLX_INCOMING, p->dom->name);
    if (!strlist_has(&p->far->names, incoming))
        return false;
    snprintf(b, n,
             "%s is receiving %s already, or has part of it left from an "
             "earlier move; run `xl destroy %s` on it if no move is running",
             p->host, p->dom->name, incoming);
    return true;
}

static void tell_name(const struct preflight *p, char *b, size_t n)
{
    snprintf(b, n,
             "%s has another domain of the name %s; `xl rename` one of them",
             p->host, preflight_name(p));
}

static void tell_xen(const struct preflight *p, char *b, size_t n)
{
    const struct target_host *f = p->far;

    snprintf(b, n,
             "%s runs Xen %u.%u and this host Xen %u.%u: a guest can't go to "
             "an older Xen; choose a host with Xen %u.%u or newer, or "
             "upgrade %s",
             p->host, f->xen_major, f->xen_minor, p->here->xen_major,
             p->here->xen_minor, p->here->xen_major, p->here->xen_minor,
             p->host);
}

static void tell_memory(const struct preflight *p, char *b, size_t n)
{
    int64_t need = (int64_t)((p->dom->need_kib + 1023) / 1024);

    int64_t have = p->far->free_mib + p->far->balloon_mib;
    char promised[80] = "", needs[FIGURE], has[FIGURE], of[FIGURE];

    if (p->far->promised_mib)
        snprintf(promised, sizeof promised,
                 ", %s of it promised to other guests",
                 figure_mib(of, (double)p->far->promised_mib));
    figure_mib_pair(needs, has, (double)need, (double)have);
    snprintf(b, n,
             "%s needs %s and %s has %s free%s; free memory on it or choose "
             "another host",
             preflight_name(p), needs, p->host, has, promised);
}

static struct plan_features plan_features_of(const struct xlx_features *f)
{
    struct plan_features to = { .n = f->n };

    _Static_assert(sizeof to.word == sizeof f->word, "the same words");
    memcpy(to.word, f->word, sizeof to.word);
    return to;
}

static void tell_features(const struct preflight *p, char *b, size_t n)
{
    struct plan_features have = plan_features_of(&p->dom->policy);
    struct plan_features offer = plan_features_of(
        p->dom->type == XLX_PV ? &p->far->pv_max : &p->far->hvm_max);
    struct plan_features missing;
    char names[300], mask[400];

    plan_features_missing(&have, &offer, &missing);
    snprintf(b, n,
             "the CPU of %s lacks %s, which %s was started with and may be "
             "using; choose a host that has them, or start %s with this line "
             "in its configuration and it can go to that host: %s",
             p->host, plan_features_names(&missing, 0, names, sizeof names),
             preflight_name(p), preflight_name(p),
             plan_features_mask(&missing, mask, sizeof mask));
}

/* Rule cpu refuses for features or for the vendor; a mask helps only with
 * features. */
static void tell_cpu(const struct preflight *p, char *b, size_t n)
{
    const char *there = p->far->vendor, *here = p->here_vendor;

    if (!*there || !here || !*here || !strcmp(there, here))
        tell_features(p, b, n);
    else
        snprintf(b, n,
                 "%s has CPUs of another vendor (%.31s, this host's are "
                 "%.31s), and no guest can move between the two",
                 p->host, there, here);
}

static struct plan_xsave plan_xsave_of(const struct xlx_xsave *x)
{
    return (struct plan_xsave){ x->known, x->xcr0, x->bytes };
}

static void tell_xsave(const struct preflight *p, char *b, size_t n)
{
    struct plan_xsave guest = plan_xsave_of(&p->dom->xsave);
    struct plan_xsave host = plan_xsave_of(
        p->dom->type == XLX_PV ? &p->far->pv_xsave : &p->far->hvm_xsave);
    char why[300];

    plan_xsave_why(&guest, &host, why, sizeof why);
    snprintf(b, n,
             "%s can't take %s: %s, and Xen would end the move when the guest "
             "is suspended; choose another host, or start %s under a CPU "
             "level of both (rackhop-level(1))",
             p->host, preflight_name(p), why, preflight_name(p));
}

static bool has_network(const struct target_host *t, const char *need)
{
    return *need == XLX_DRIVER_DOMAIN ? strlist_has(&t->names, need + 1)
                                      : strlist_has(&t->networks, need);
}

static void tell_bridge(const struct preflight *p, char *b, size_t n)
{
    const struct strlist *bridges = &p->dom->bridges;
    unsigned i = 0;

    while (i + 1 < bridges->n && has_network(p->far, bridges->s[i]))
        i++;
    if (*bridges->s[i] == XLX_DRIVER_DOMAIN)
        snprintf(b, n,
                 "%s has no domain %s, which is the backend of a device of "
                 "%s; start that driver domain on it first",
                 p->host, bridges->s[i] + 1, preflight_name(p));
    else
        snprintf(
            b, n,
            "%s has no bridge %s, which a network interface of %s uses; "
            "create it on that host, or give another configuration with -C",
            p->host, bridges->s[i], preflight_name(p));
}

/* --- the table ----------------------------------------------------------- */

static const struct check {
    enum plan_rule rule; /* whose name is reported: rackhop-formats(5) */
    enum {
        CHECK_GUEST,   /* its own test, of the guest and the source host */
        CHECK_TARGET,  /* its own test, of the target host as well */
        CHECK_RULE,    /* the scheduler's test of this rule */
        CHECK_WARNING, /* its own test, which prevents nothing */
    } kind;
    refuse_fn *refuses; /* all but CHECK_RULE */
    tell_fn *tell;      /* CHECK_RULE */
} checks[] = {
    { PLAN_STATE, CHECK_GUEST, is_dom0, NULL },
    { PLAN_STATE, CHECK_GUEST, is_dying, NULL },
    { PLAN_STATE, CHECK_GUEST, is_paused, NULL },
    { PLAN_PCI, CHECK_RULE, NULL, tell_pci },
    { PLAN_STATE, CHECK_GUEST, has_vnuma, NULL },
    { PLAN_STATE, CHECK_GUEST, no_shadow, NULL },
    { PLAN_STATE, CHECK_GUEST, preflight_nested, NULL },
    { PLAN_STATE, CHECK_GUEST, preflight_bound, NULL },
    { PLAN_STATE, CHECK_WARNING, preflight_bound_warn, NULL },
    { PLAN_MEMORY, CHECK_GUEST, above_target, NULL },
    { PLAN_STATE, CHECK_TARGET, nothing_there, NULL },
    { PLAN_STATE, CHECK_RULE, NULL, tell_maintenance },
    { PLAN_NAME, CHECK_TARGET, half_there, NULL },
    { PLAN_NAME, CHECK_TARGET, is_itself, NULL },
    { PLAN_NAME, CHECK_WARNING, was_there, NULL },
    { PLAN_NAME, CHECK_RULE, NULL, tell_name },
    { PLAN_XEN_VERSION, CHECK_RULE, NULL, tell_xen },
    { PLAN_CPU, CHECK_RULE, NULL, tell_cpu },
    { PLAN_XSAVE, CHECK_RULE, NULL, tell_xsave },
    { PLAN_CPU, CHECK_TARGET, preflight_no_pool, NULL },
    { PLAN_CPU, CHECK_TARGET, preflight_other_sched, NULL },
    { PLAN_CPU, CHECK_TARGET, preflight_no_cpus, NULL },
    { PLAN_CPU, CHECK_WARNING, preflight_no_pin, NULL },
    { PLAN_CPU, CHECK_WARNING, preflight_pins_cut, NULL },
    { PLAN_TSC, CHECK_TARGET, preflight_tsc, NULL },
    { PLAN_TSC, CHECK_WARNING, preflight_tsc_warn, NULL },
    { PLAN_MEMORY, CHECK_RULE, NULL, tell_memory },
    { PLAN_NETWORK, CHECK_RULE, NULL, tell_bridge },
    { PLAN_STORAGE, CHECK_RULE, NULL, preflight_tell_disk },
    { PLAN_STATE, CHECK_TARGET, preflight_no_model, NULL },
    { PLAN_STATE, CHECK_TARGET, preflight_no_script, NULL },
    { PLAN_STATE, CHECK_TARGET, preflight_display, NULL },
    { PLAN_STATE, CHECK_WARNING, preflight_no_start, NULL },
};

static bool check_refuses(const struct check *k, const struct preflight *p,
                          uint32_t rules, char *buf, size_t len)
{
    if (k->kind == CHECK_TARGET && !p->far)
        return false;
    if (k->kind != CHECK_RULE)
        return k->refuses(p, buf, len);
    if (!(rules & 1u << k->rule))
        return false;
    k->tell(p, buf, len);
    return true;
}

const char *preflight_refuse(const struct preflight *p, char *buf, size_t len)
{
    uint32_t rules = 0;

    if (preflight_rules(p, &rules)) {
        snprintf(buf, len, "no memory is left to check whether %s may move",
                 preflight_name(p));
        return plan_rule_name(PLAN_STATE);
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].kind != CHECK_WARNING &&
            check_refuses(&checks[i], p, rules, buf, len))
            return plan_rule_name(checks[i].rule);
    return NULL;
}

bool preflight_warn(const struct preflight *p, size_t *row, char *buf,
                    size_t len)
{
    while (*row < sizeof checks / sizeof checks[0]) {
        const struct check *k = &checks[(*row)++];

        if (k->kind == CHECK_WARNING && p->far && k->refuses(p, buf, len))
            return true;
    }
    return false;
}

bool preflight_unknown(const struct preflight *p, char *buf, size_t len)
{
    const struct target_host *f = p->far;
    size_t at = 0;

    *buf = '\0';
    if (f->kind == TARGET_UNKNOWN) {
        snprintf(buf, len,
                 "memory, Xen version, CPU features, bridges, "
                 "disks and names");
        return true;
    }
#define ADD(cond_, what_)                                                     \
    if ((cond_) && at < len)                                                  \
    at += (size_t)snprintf(buf + at, len - at, "%s%s", at ? ", " : "", what_)
    ADD(f->free_mib < 0, "memory");
    ADD(!f->xen_major, "Xen version");
    ADD(!(p->dom->type == XLX_PV ? f->pv_max.n : f->hvm_max.n),
        "CPU features");
    ADD(!f->knows_networks, "bridges");
#undef ADD
    return at > 0;
}
