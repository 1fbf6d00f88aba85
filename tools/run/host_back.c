/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares what a host is after work on it with what it was before. */
#include "tools/run/host_back.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cpu.h"

/* What of its memory a host may lose: firmware and kernels take more or less
 * for themselves from one boot to the next. */
enum { MEMORY_LOSS_PERCENT = 2, NAMES_SHOWN = 3, NAMES_TEXT = 160 };

struct back_case {
    const struct host_state *was, *is;
    const struct host_back_opts *opts;
    struct msg *why;
};

/* --- Xen --------------------------------------------------------------------- */

struct xen_version {
    unsigned major, minor, patch;
    bool ok, has_patch;
};

/* "4.17.3" or "4.17", and whatever is behind that. */
static struct xen_version xen_parse(const char *s)
{
    struct xen_version v = { 0 };
    int n = sscanf(s, "%3u.%3u.%3u", &v.major, &v.minor, &v.patch);

    v.ok = n >= 2;
    v.has_patch = n == 3;
    return v;
}

static bool xen_is_older(const char *is, const char *than)
{
    struct xen_version a = xen_parse(is), b = xen_parse(than);

    if (!a.ok || !b.ok)
        return false;
    if (a.major != b.major)
        return a.major < b.major;
    if (a.minor != b.minor)
        return a.minor < b.minor;
    return a.has_patch && b.has_patch && a.patch < b.patch;
}

static bool back_xen(const struct back_case *c)
{
    const char *wanted = c->opts->to_xen ? c->opts->to_xen : c->was->xen;

    if (!xen_is_older(c->is->xen, wanted))
        return true;
    msg_set(c->why, "%s runs Xen %s, and %s %s", c->was->name, c->is->xen,
            wanted, c->opts->to_xen ? "is wanted" : "ran before");
    return false;
}

/* --- hardware ---------------------------------------------------------------- */

static bool back_memory(const struct back_case *c)
{
    int64_t was = c->was->memory_mib, is = c->is->memory_mib;

    if (was < 0 || is < 0 || is >= was - was * MEMORY_LOSS_PERCENT / 100)
        return true;
    msg_set(c->why,
            "%s has %" PRId64 " MiB of memory, and had %" PRId64 " MiB before",
            c->was->name, is, was);
    return false;
}

static bool back_cpus(const struct back_case *c)
{
    if (c->was->cpus < 0 || c->is->cpus < 0 || c->is->cpus >= c->was->cpus)
        return true;
    msg_set(c->why, "%s has %" PRId64 " CPUs, and had %" PRId64 " before",
            c->was->name, c->is->cpus, c->was->cpus);
    return false;
}

static bool features_back(const struct back_case *c, const char *kind,
                          const char *was, const char *is)
{
    static const struct plan_features none = { .n = 0 };
    const struct plan_features *may =
        c->opts->without ? c->opts->without : &none;
    struct plan_features had, has, gone, lost;
    char names[NAMES_TEXT];

    if (!*was || !*is || plan_features_parse(&had, was) ||
        plan_features_parse(&has, is) ||
        !plan_features_missing(&had, &has, &gone) ||
        !plan_features_missing(&gone, may, &lost))
        return true;
    msg_set(c->why,
            "%s has lost CPU features of %s guests: %s (if that was to be, "
            "roll --without-features names them)",
            c->was->name, kind,
            plan_features_names(&lost, NAMES_SHOWN, names, sizeof names));
    return false;
}

static bool back_features(const struct back_case *c)
{
    return features_back(c, "HVM", c->was->max_hvm, c->is->max_hvm) &&
           features_back(c, "PV", c->was->max_pv, c->is->max_pv);
}

/* --- who it is ---------------------------------------------------------------- */

/* Another machine may answer at its address, or it has not got its name yet. */
static bool back_name(const struct back_case *c)
{
    if (!*c->was->name || !*c->is->name || !strcmp(c->was->name, c->is->name))
        return true;
    msg_set(c->why,
            "%s answers as %s: another host has its address, or its name was "
            "changed",
            c->was->name, c->is->name);
    return false;
}

/* --- what may still come ------------------------------------------------------- */

/* The first that was there and is not, and how many more; NULL: none. */
static const char *first_missing(const struct strlist *was,
                                 const struct strlist *is, size_t *more_r)
{
    const char *first = NULL;

    *more_r = 0;
    for (size_t i = 0; i < was->n; i++) {
        if (strlist_has(is, was->s[i]))
            continue;
        *more_r += first != NULL;
        first = first ? first : was->s[i];
    }
    return first;
}

static bool back_list(const struct back_case *c, const char *what,
                      const struct strlist *was, const struct strlist *is)
{
    size_t more;
    const char *first = first_missing(was, is, &more);

    if (!first)
        return true;
    msg_set(c->why, "%s lacks %s %s", c->was->name, what, first);
    if (more)
        msg_add(c->why, " and %zu more", more);
    return false;
}

static bool back_networks(const struct back_case *c)
{
    return back_list(c, "the network", &c->was->networks, &c->is->networks);
}

/* Disks of one host alone come with the guests that have them. */
static bool back_storage(const struct back_case *c)
{
    struct strlist shared = { .n = 0 };
    bool ok = true;

    for (size_t i = 0; i < c->was->used.n; i++)
        if (strncmp(c->was->used.s[i], "local:", 6))
            ok = ok && !strlist_add(&shared, c->was->used.s[i]);
    if (!ok)
        msg_set(c->why, "out of memory");
    ok = ok && back_list(c, "the storage", &shared, &c->is->storage);
    strlist_dispose(&shared);
    return ok;
}

static bool back_ports(const struct back_case *c)
{
    return !c->was->knows_ports ||
           back_list(c, "a link at port", &c->was->ports, &c->is->ports);
}

static bool back_neighbours(const struct back_case *c)
{
    return !c->was->knows_neighbours ||
           back_list(c, "the LLDP neighbour", &c->was->neighbours,
                     &c->is->neighbours);
}

/* --- all of it --------------------------------------------------------------- */

/* In the order in which they are told. */
static const struct back_row {
    bool (*ok)(const struct back_case *c);
    enum host_back otherwise;
} back_rows[] = {
    { back_name, HOST_NOT_YET },           { back_xen, HOST_NOT_AS_BEFORE },
    { back_memory, HOST_NOT_AS_BEFORE },   { back_cpus, HOST_NOT_AS_BEFORE },
    { back_features, HOST_NOT_AS_BEFORE }, { back_networks, HOST_NOT_YET },
    { back_storage, HOST_NOT_YET },        { back_ports, HOST_NOT_YET },
    { back_neighbours, HOST_NOT_YET },
};

/* Was it booted, if that is wanted? Until then nothing else counts. */
static enum host_back back_boot(const struct back_case *c)
{
    if (!c->opts->new_boot)
        return HOST_BACK;
    if (!*c->was->boot) {
        msg_set(c->why,
                "whether %s was booted can't be told: the id of its boot "
                "before is not known",
                c->was->name);
        return HOST_NOT_AS_BEFORE;
    }
    if (*c->is->boot && strcmp(c->was->boot, c->is->boot))
        return HOST_BACK;
    msg_set(c->why, "%s was not booted yet", c->was->name);
    return HOST_NOT_YET;
}

enum host_back host_back_check(const struct host_state *before,
                               const struct host_state *now,
                               const struct host_back_opts *opts,
                               struct msg *why)
{
    struct back_case c = { before, now, opts, why };
    enum host_back rc;

    if (!now) {
        msg_set(why, "%s does not answer", before->name);
        return HOST_NOT_YET;
    }
    rc = back_boot(&c);
    if (rc)
        return rc;
    if (!*now->xen) {
        msg_set(why, "Xen does not answer on %s", before->name);
        return HOST_NOT_YET;
    }
    for (size_t i = 0; i < sizeof back_rows / sizeof *back_rows; i++)
        if (!back_rows[i].ok(&c))
            return back_rows[i].otherwise;
    return HOST_BACK;
}
