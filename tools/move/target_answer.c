/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what a target host says of itself: rackhop's facts, or xl's lines. */
#include "tools/move/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/words.h"
#include "tools/doc/xsave.h"
#include "tools/doc/facts.h"
#include "tools/doc/json.h"
#include "tools/move/records.h"
#include "tools/base/text.h"

enum { LIST_MAX = 100000 };

/* --- the answer of xl ----------------------------------------------------------------- */

static int list_add(struct strlist *l, const char *s, size_t len)
{
    return l->n < LIST_MAX ? strlist_addn(l, s, len) : -E2BIG;
}

/* The same for a text that will be shown to people. */
static int list_add_clean(struct strlist *l, const char *s, size_t len)
{
    char clean[1024];

    text_printable(clean, sizeof clean, s, len);
    return list_add(l, clean, strlen(clean));
}

/* MiB that another host claims; a number that no host can have is ignored. */
static int64_t claimed_mib(double v, int64_t dflt)
{
    return v >= 0 && v <= 1e12 ? (int64_t)v : dflt;
}

/* An epoch that is absurdly high would leave no room to grow. */
static uint64_t claimed_epoch(double v)
{
    return v >= 0 && v < (double)RECORDS_EPOCH_MOST ? (uint64_t)v : 0;
}

static bool slice_is(const struct word_slice *s, const char *text)
{
    return s->len == strlen(text) && !memcmp(s->at, text, s->len);
}

static void info_line(struct target_host *f, const char *rest)
{
    struct word_slice key, value;
    int n;

    if (word_info_parse(rest, &key, &value))
        return;
    n = atoi(value.at);
    if (n < 0)
        return;
    if (slice_is(&key, "xen_major"))
        f->xen_major = (unsigned)n;
    else if (slice_is(&key, "xen_minor"))
        f->xen_minor = (unsigned)n;
    else if (slice_is(&key, "free_memory"))
        f->free_mib = n;
    else if (slice_is(&key, "host"))
        text_printable(f->name, sizeof f->name, value.at,
                       strcspn(value.at, " \n"));
}

/* xl prints its libc's word for a domain without a name. Such a domain is being
 * destroyed, and something still holds its memory. */
static int vm_line(struct target_host *f, const char *rest)
{
    struct word_slice uuid, name;
    int rc;

    if (word_vm_parse(rest, &uuid, &name))
        return 0;
    if (slice_is(&name, "(null)"))
        return list_add(&f->dying, uuid.at, uuid.len);
    rc = list_add(&f->uuids, uuid.at, uuid.len);
    return rc ? rc : list_add(&f->names, name.at, name.len);
}

static void pool_line(struct target_host *f, const char *rest)
{
    struct word_slice name, sched;
    struct xlx_pool *pool;

    if (word_pool_parse(rest, &name, &sched))
        return;
    pool = xlx_pools_add(&f->pools);
    if (!pool)
        return;
    text_printable(pool->name, sizeof pool->name, name.at, name.len);
    text_printable(pool->sched, sizeof pool->sched, sched.at, sched.len);
}

static void cpuid_line(struct target_host *f, const char *rest)
{
    char text[WORD_FEATURES];
    struct xlx_features *to;
    enum word_cpuid set;

    if (word_cpuid_parse(rest, &set, text))
        return;
    to = set == WORD_PV_MAX ? &f->pv_max : &f->hvm_max;
    if (xlx_features_parse(text, to))
        *to = (struct xlx_features){ .n = 0 };
}

static int greeting_line(struct target_host *f, const char *line)
{
    const char *rest;

    switch (word_mark_parse(line, &rest)) {
    case WORD_WIRE: word_wire_parse(line, &f->wire); break;
    case WORD_CODEC: word_codec_parse(line, &f->codec); break;
    case WORD_ARM: word_arms_parse(line, &f->arms); break;
    case WORD_LANE:
    case WORD_PKI: word_lanes_parse(line, &f->lanes); break;
    case WORD_NO_LANE:
        text_printable(f->no_lanes, sizeof f->no_lanes, rest, strlen(rest));
        break;
    case WORD_NONE: f->kind = TARGET_NOTHING; break;
    case WORD_XL:
        f->kind = TARGET_XL;
        f->has_xl = f->knows_networks = true;
        break;
    case WORD_INFO: info_line(f, rest); break;
    case WORD_VM: return vm_line(f, rest);
    case WORD_NET: return list_add(&f->networks, rest, strlen(rest));
    case WORD_VENDOR:
        text_printable(f->vendor, sizeof f->vendor, rest, strlen(rest));
        break;
    case WORD_POOL: pool_line(f, rest); break;
    case WORD_CPUID: cpuid_line(f, rest); break;
    case WORD_MISSING: return list_add_clean(&f->missing, rest, strlen(rest));
    case WORD_OTHER: break; /* a login's text, or a newer rackhop's */
    }
    return 0;
}

/* --- the answer of rackhop ---------------------------------------------------------- */

static int take_strings(struct strlist *l, const struct json *arr)
{
    int rc = 0;

    JSON_FOREACH(v, arr) {
        if (v->type == JSON_STR && !rc)
            rc = list_add_clean(l, v->str, v->len);
    }
    return rc;
}

static void take_pools(struct xlx_pools *p, const struct json *arr)
{
    JSON_FOREACH(v, arr) {
        const char *name = json_get_str(v, "name", "");
        const char *sched = json_get_str(v, "scheduler", "");
        const char *cpus = json_get_str(v, "cpus", NULL);
        struct xlx_pool *to = *name ? xlx_pools_add(p) : NULL;

        if (!to)
            continue;
        text_printable(to->name, sizeof to->name, name, strlen(name));
        text_printable(to->sched, sizeof to->sched, sched, strlen(sched));
        to->knows_cpus = cpus && !xlx_cpuset_parse(cpus, &to->cpus);
    }
}

/* What is not as facts have it is not known. */
static struct xlx_xsave take_xsave(const struct json *v)
{
    struct xlx_xsave x = { .known = false };

    x.known = xsave_get(v, &x.xcr0, &x.bytes);
    return x;
}

static int facts(struct target_host *f, const struct json *root)
{
    const struct json *host = json_get(root, "host");
    const struct json *max = json_get(host, "cpu_max");
    const char *text;
    int64_t devices;
    int rc;

    f->kind = TARGET_RACKHOP;
    text = json_get_str(root, "node", "");
    text_printable(f->name, sizeof f->name, text, strlen(text));
    text = json_get_str(host, "cpu_vendor", "");
    text_printable(f->vendor, sizeof f->vendor, text, strlen(text));
    if (sscanf(json_get_str(host, "xen", ""), "%9u.%9u", &f->xen_major,
               &f->xen_minor) != 2)
        f->xen_major = f->xen_minor = 0;
    f->free_mib = claimed_mib(json_get_num(host, "free_mib", -1), -1);
    f->balloon_mib = claimed_mib(json_get_num(host, "balloon_mib", 0), 0);
    f->promised_mib = claimed_mib(json_get_num(host, "promised_mib", 0), 0);
    if (xlx_features_parse(json_get_str(max, "pv", ""), &f->pv_max))
        f->pv_max.n = 0;
    if (xlx_features_parse(json_get_str(max, "hvm", ""), &f->hvm_max))
        f->hvm_max.n = 0;
    f->pv_xsave = take_xsave(json_get(json_get(host, "xsave"), "pv"));
    f->hvm_xsave = take_xsave(json_get(json_get(host, "xsave"), "hvm"));
    f->tsc_khz = json_get_num(host, "tsc_khz", 0);
    if (!(f->tsc_khz > 0 && f->tsc_khz < 1e9))
        f->tsc_khz = 0;
    f->maintenance = !strcmp(json_get_str(host, "state", ""), "maintenance");
    f->records = json_get(root, "handover_epoch");
    if (json_copy_int(root, "device_moves", 0, 999, 0, &devices))
        devices = 0;
    f->devices = (unsigned)devices;
    f->epoch = claimed_epoch(json_get_num(root, "handover_epoch", 0));
    f->knows_networks = json_get(host, "networks");
    rc = take_strings(&f->networks, json_get(host, "networks"));
    if (!rc)
        rc = take_strings(&f->missing, json_get(root, "missing_paths"));
    if (!rc)
        rc = take_strings(&f->listening, json_get(root, "listening"));
    take_pools(&f->pools, json_get(host, "cpupools"));
    JSON_FOREACH(d, json_get(root, "domains")) {
        const char *name = json_get_str(d, "name", "");
        const char *uuid = json_get_str(d, "uuid", "");

        /* what is dying is in nobody's way */
        if (json_get_bool(d, "dying", false) ||
            !strcmp(json_get_str(d, "pinned_why", ""), "it is dying")) {
            if (!rc)
                rc = list_add(&f->dying, uuid, strlen(uuid));
            continue;
        }
        if (!rc)
            rc = list_add(&f->names, name, strlen(name));
        if (!rc)
            rc = list_add(&f->uuids, uuid, strlen(uuid));
    }
    return rc;
}

static int json_line(struct target_host *f, const char *line, size_t len,
                     struct msg *err)
{
    struct json_doc *doc;
    int rc = json_parse(&doc, "the target host's facts", line, len, NULL,
                        &facts_limits, err);

    if (rc)
        return rc;
    rc = json_check_format(doc, "the target host's facts", "rackhop-facts/1",
                           err);
    if (!rc) {
        rc = facts(f, json_root(doc));
        if (rc)
            msg_set(err, "the target host's facts: %s", strerror(-rc));
    }
    json_free(doc);
    return rc;
}

int target_parse(struct target_host *f, const char *greeting, struct msg *err)
{
    int rc = 0;

    *f = (struct target_host){ .free_mib = -1 };
    while (*greeting && !rc) {
        size_t len = strcspn(greeting, "\n");
        char line[1024];

        if (*greeting == '{') {
            rc = json_line(f, greeting, len, err);
        } else {
            snprintf(line, sizeof line, "%.*s",
                     (int)(len < sizeof line ? len : sizeof line - 1),
                     greeting);
            rc = greeting_line(f, line);
            if (rc)
                msg_set(err, "the target host's answer: %s", strerror(-rc));
        }
        greeting += len + (greeting[len] == '\n');
    }
    if (rc)
        target_dispose(f);
    return rc;
}

void target_dispose(struct target_host *f)
{
    strlist_dispose(&f->networks);
    strlist_dispose(&f->names);
    strlist_dispose(&f->uuids);
    strlist_dispose(&f->dying);
    strlist_dispose(&f->missing);
    strlist_dispose(&f->listening);
    xlx_pools_dispose(&f->pools);
}
