/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the CPU level that was set. */
#include "tools/doc/level_kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/base/text.h"
#include "tools/doc/json.h"

static const char format[] = "rackhop-level-kept/1";
static const char *const type_key[PLAN_LEVEL_TYPES] = {
    [PLAN_LEVEL_HVM] = "hvm", [PLAN_LEVEL_PV] = "pv"
};

/* One host is a name and a featureset; of as many as a snapshot has. */
static const struct json_limits kept_limits = { .bytes = 64 << 20,
                                                .depth = 5,
                                                .values = 1 << 20 };

enum { SET_TEXT = PLAN_FEATURE_WORDS * 9 + 1 };

/* --- made ---------------------------------------------------------------- */

static void kept_now(char *buf, size_t len)
{
    time_t now = time(NULL);
    struct tm tm;

    strftime(buf, len, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
}

static void kept_hide(struct level_kept *k, const struct plan_level_pool *p,
                      unsigned level)
{
    struct plan_level cut;

    plan_level_cut(p, level, &cut);
    k->hidden[p->type] = cut.hidden;
}

int level_kept_make(struct level_kept *k, const struct plan_cluster *c,
                    const struct plan_level_pool *hvm,
                    const struct plan_level_pool *pv, unsigned level)
{
    *k = (struct level_kept){ .level = "" };
    snprintf(k->level, sizeof k->level, "%s", plan_level_name(level));
    snprintf(k->vendor, sizeof k->vendor, "%s",
             hvm->vendor ? hvm->vendor : "");
    kept_now(k->since, sizeof k->since);
    kept_hide(k, hvm, level);
    if (pv)
        kept_hide(k, pv, level);
    k->host = calloc((size_t)hvm->n + 1, sizeof *k->host);
    if (!k->host)
        return -ENOMEM;
    for (uint32_t i = 0; i < hvm->n; i++) {
        struct level_kept_host *h = &k->host[k->hosts++];

        snprintf(h->name, sizeof h->name, "%s",
                 plan_host_name(c, hvm->host[i]));
        h->carried = hvm->sets[i].carried;
    }
    return 0;
}

void level_kept_dispose(struct level_kept *k)
{
    free(k->host);
    k->host = NULL;
    k->hosts = 0;
}

/* --- out ----------------------------------------------------------------- */

static void kept_set(struct json_out *o, const char *key,
                     const struct plan_features *f)
{
    char text[SET_TEXT] = "0";
    size_t at = 0;

    for (uint32_t i = 0; i < f->n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%x",
                               i ? "," : "", f->word[i]);
    json_kv_str(o, key, text);
}

static void kept_hosts(struct json_out *o, const struct level_kept *k)
{
    json_key(o, "hosts");
    json_arr(o);
    for (size_t i = 0; i < k->hosts; i++) {
        json_obj(o);
        json_kv_str(o, "name", k->host[i].name);
        kept_set(o, "carried", &k->host[i].carried);
        json_obj_end(o);
    }
    json_arr_end(o);
}

char *level_kept_format(const struct level_kept *k, bool brief)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", format);
    json_kv_str(o, "level", k->level);
    if (*k->vendor)
        json_kv_str(o, "cpu_vendor", k->vendor);
    json_kv_str(o, "since", k->since);
    json_key(o, "hidden");
    json_obj(o);
    for (int t = 0; t < PLAN_LEVEL_TYPES; t++)
        kept_set(o, type_key[t], &k->hidden[t]);
    json_obj_end(o);
    if (!brief)
        kept_hosts(o, k);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* --- in ------------------------------------------------------------------ */

static void kept_text(const struct json *o, const char *key, char *buf,
                      size_t len)
{
    const char *s = json_get_str(o, key, "");

    text_printable(buf, len, s, strlen(s));
}

static int kept_read_set(const struct json *o, const char *key,
                         struct plan_features *f, struct msg *err)
{
    if (!plan_features_parse(f, json_get_str(o, key, "")))
        return 0;
    msg_set(err, "the CPU level: %s is no featureset", key);
    return -EINVAL;
}

static int kept_read_hosts(struct level_kept *k, const struct json *list,
                           struct msg *err)
{
    int rc = 0;

    if (!list || list->type != JSON_ARR)
        return 0;
    k->host = calloc((size_t)list->len + 1, sizeof *k->host);
    if (!k->host) {
        msg_set(err, "out of memory");
        return -ENOMEM;
    }
    JSON_FOREACH(v, list) {
        struct level_kept_host *h = &k->host[k->hosts];

        if (rc)
            break;
        kept_text(v, "name", h->name, sizeof h->name);
        rc = kept_read_set(v, "carried", &h->carried, err);
        k->hosts += !rc;
    }
    return rc;
}

static int kept_read(struct level_kept *k, const struct json *o,
                     struct msg *err)
{
    int rc = 0;

    kept_text(o, "level", k->level, sizeof k->level);
    kept_text(o, "cpu_vendor", k->vendor, sizeof k->vendor);
    kept_text(o, "since", k->since, sizeof k->since);
    for (int t = 0; t < PLAN_LEVEL_TYPES && !rc; t++)
        rc = kept_read_set(json_get(o, "hidden"), type_key[t], &k->hidden[t],
                           err);
    return rc ? rc : kept_read_hosts(k, json_get(o, "hosts"), err);
}

int level_kept_parse(struct level_kept *k, const char *text, size_t len,
                     struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc;

    *k = (struct level_kept){ .level = "" };
    rc = json_parse(&doc, "the CPU level", text, len, NULL, &kept_limits, err);
    if (!rc)
        rc = json_check_format(doc, "the CPU level", format, err);
    if (!rc)
        rc = kept_read(k, json_root(doc), err);
    json_free(doc);
    return rc;
}
