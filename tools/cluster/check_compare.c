/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Compares hosts: what one lacks that others have, and what two of them have
 * that only one may. Most of it breaks nothing, but moves will be refused.
 */
#include "tools/cluster/check_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/cpu.h"

static const struct json *compare_host(const struct check_row *r)
{
    return r->facts ? json_get(json_root(r->facts), "host") : NULL;
}

/* --- networks and storage --------------------------------------------------------- */

static bool list_has(const struct json *list, const char *word)
{
    JSON_FOREACH(v, list)
        if (v->type == JSON_STR && !strcmp(v->str, word))
            return true;
    return false;
}

/* Each row that has the list, but not this word, of which `who` is the first
 * to have it. */
static int compare_word(struct check *k, size_t who, const char *key,
                        const char *check, const char *help, const char *word)
{
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++) {
        const struct json *list = json_get(compare_host(&k->row[i]), key);

        if (list && !list_has(list, word))
            rc =
                check_add(&k->row[i], check, true, help,
                          "it lacks %s, which %s has", word, k->row[who].name);
    }
    return rc;
}

static int compare_lists(struct check *k, const char *key, const char *check,
                         const char *help)
{
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++)
        JSON_FOREACH(v, json_get(compare_host(&k->row[i]), key)) {
            bool seen = rc || v->type != JSON_STR;

            for (size_t b = 0; b < i && !seen; b++)
                seen =
                    list_has(json_get(compare_host(&k->row[b]), key), v->str);
            if (!seen)
                rc = compare_word(k, i, key, check, help, v->str);
        }
    return rc;
}

/* --- processors ------------------------------------------------------------------- */

/* What its guests may be given of HVM and PVH. */
static bool compare_features(const struct check_row *r,
                             struct plan_features *f)
{
    const char *text =
        json_get_str(json_get(compare_host(r), "cpu_max"), "hvm", NULL);

    return text && !plan_features_parse(f, text);
}

static int compare_cpus(struct check *k)
{
    struct plan_features mine, other, lacks;
    char names[300];
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++)
        for (size_t b = 0; b < k->hosts && !rc; b++) {
            if (b == i || !compare_features(&k->row[i], &mine) ||
                !compare_features(&k->row[b], &other) ||
                !plan_features_missing(&other, &mine, &lacks))
                continue;
            rc = check_add(&k->row[i], "cpu", true,
                           "guests that shall go there have to be started "
                           "without these: rackhop-drain(7)",
                           "its processors lack %s, which those of %s have",
                           plan_features_names(&lacks, 4, names, sizeof names),
                           k->row[b].name);
            break; /* one such host is enough */
        }
    return rc;
}

/* --- versions --------------------------------------------------------------------- */

/* Of two such as 4.17.3: <0, 0, >0. */
static int compare_versions(const char *a, const char *b)
{
    return strverscmp(a, b);
}

static size_t compare_newest(const struct check *k, bool xen)
{
    size_t best = k->hosts;

    for (size_t i = 0; i < k->hosts; i++) {
        const struct check_row *r = &k->row[i];

        if (*(xen ? r->xen : r->rackhop) &&
            (best == k->hosts ||
             compare_versions(xen ? r->xen : r->rackhop,
                              xen ? k->row[best].xen : k->row[best].rackhop) >
                 0))
            best = i;
    }
    return best;
}

static int compare_programs(struct check *k)
{
    size_t xen = compare_newest(k, true), own = compare_newest(k, false);
    int rc = 0;

    for (size_t i = 0; i < k->hosts && !rc; i++) {
        struct check_row *r = &k->row[i];

        if (*r->xen && compare_versions(r->xen, k->row[xen].xen) < 0)
            rc = check_add(r, "xen", true,
                           "upgrade it: rackhop-roll(1); until then guests go "
                           "from it to newer hosts, but not back",
                           "it has Xen %s, and %s has %s", r->xen,
                           k->row[xen].name, k->row[xen].xen);
        if (!rc && *r->rackhop && strcmp(r->rackhop, k->row[own].rackhop) != 0)
            rc = check_add(r, "rackhop", true,
                           "install the same rackhop on all hosts",
                           "it has rackhop %s, and %s has %s", r->rackhop,
                           k->row[own].name, k->row[own].rackhop);
    }
    return rc;
}

/* --- boot entries ----------------------------------------------------------------- */

static bool compare_same_guest(const struct hostcheck_entry *a,
                               const struct hostcheck_entry *b)
{
    return *a->uuid && *b->uuid ? !strcmp(a->uuid, b->uuid)
                                : !strcmp(a->guest, b->guest);
}

static int compare_entry(struct check *k, size_t who,
                         const struct hostcheck_entry *e)
{
    for (size_t i = 0; i < who; i++)
        for (size_t n = 0; n < k->row[i].here.entry_n; n++)
            if (compare_same_guest(&k->row[i].here.entry[n], e))
                return check_add(&k->row[who], "autostart", false,
                                 "take the entry away on the host where the "
                                 "guest does not belong",
                                 "it starts %s at boot (%s), and so does %s",
                                 e->guest, e->file, k->row[i].name);
    return 0;
}

static int compare_autostart(struct check *k)
{
    int rc = 0;

    for (size_t i = 0; i < k->hosts; i++)
        for (size_t n = 0; n < k->row[i].here.entry_n && !rc; n++)
            rc = compare_entry(k, i, &k->row[i].here.entry[n]);
    return rc;
}

int check_compare(struct check *k)
{
    int rc = compare_lists(k, "networks", "bridges",
                           "make the bridge there, or guests that use it "
                           "cannot come");

    if (!rc)
        rc = compare_lists(k, "storage", "storage",
                           "attach the storage there, or guests that use it "
                           "cannot come");
    if (!rc)
        rc = check_compare_devices(k);
    if (!rc)
        rc = compare_cpus(k);
    if (!rc)
        rc = compare_programs(k);
    return rc ? rc : compare_autostart(k);
}
