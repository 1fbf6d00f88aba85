/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-lookback/1: what a look was decided from. */
#include "tools/doc/lookback.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/crc32.h"

static const char called[] = "the record of a look";

enum {
    HEAD = 9,    /* the checksum of all that follows, and a line feed */
    OFFS = 10000 /* hosts that are off; more are none */
};

void lookback_dispose(struct lookback *b)
{
    for (size_t i = 0; i < b->offs; i++)
        power_dispose(&b->off[i]);
    free(b->off);
    free(b->state);
    free(b->snapshot);
    loops_doc_dispose(&b->doc);
    *b = (struct lookback){ .state = NULL };
}

/* --- out ----------------------------------------------------------------- */

static double policy_get(const struct loop_policy *p,
                         const struct loop_policy_row *row)
{
    return *(const double *)(const void *)((const char *)p + row->offset);
}

static void lookback_policy(struct json_out *o, const struct loop_policy *p)
{
    json_key(o, "policy");
    json_obj(o);
    for (const struct loop_policy_row *r = loop_policy_rows; r->name; r++)
        json_kv_num(o, r->name, policy_get(p, r));
    json_obj_end(o);
}

static void lookback_rules(struct json_out *o, const struct lookback *b)
{
    json_key(o, "rules");
    json_obj(o);
    json_kv_num(o, "overcommit", b->set.overcommit);
    json_kv_num(o, "cpu_limit", b->set.cpu_limit);
    json_kv_num(o, "memory_limit", b->set.memory_limit);
    json_kv_bool(o, "require_path", b->set.require_path);
    json_kv_bool(o, "same_tsc", b->set.same_tsc);
    json_kv_bool(o, "change_devices", b->set.change_devices);
    json_obj_end(o);
}

/* What moves are predicted with: set and learned. */
static void lookback_moves(struct json_out *o, const struct lookback *b)
{
    json_key(o, "moves");
    json_obj(o);
    json_kv_num(o, "stream_mbps", b->set.stream_mbps);
    json_kv_int(o, "downtime_ms", b->set.downtime_ms);
    json_kv_int(o, "overhead_ms", b->set.overhead_ms);
    json_kv_int(o, "setup_ms", b->set.setup_ms);
    json_kv_bool(o, "codec", b->set.codec);
    json_kv_bool(o, "arm", b->arm);
    json_obj_end(o);
}

static int lookback_offs(struct json_out *o, const struct lookback *b)
{
    int rc = 0;

    json_key(o, "off");
    json_arr(o);
    for (size_t i = 0; i < b->offs && !rc; i++) {
        char *text = power_format(&b->off[i]);

        rc = text ? 0 : -ENOMEM;
        json_str(o, text);
        free(text);
    }
    json_arr_end(o);
    return rc;
}

static int lookback_seen(struct json_out *o, const struct lookback *b)
{
    struct loops_doc seen = b->doc;
    char *text;

    seen.deeds = seen.offs = 0;
    text = loops_doc_format(&seen);
    json_kv_str(o, "seen", text);
    free(text);
    return text ? 0 : -ENOMEM;
}

static char *lookback_head(const struct lookback *b, size_t *len_r)
{
    struct json_out *o = json_text_new(false);
    char *text;
    int rc;

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-lookback/1");
    json_kv_str(o, "version", b->version);
    json_kv_num(o, "at_s", b->at_s);
    json_kv_num(o, "gap_s", b->gap_s);
    json_kv_str(o, "self", *b->self ? b->self : NULL);
    json_kv_bool(o, "switches", b->switches);
    json_kv_num(o, "boot_s", b->boot_s);
    json_kv_num(o, "memory_floor", b->memory_floor);
    lookback_policy(o, &b->policy);
    lookback_rules(o, b);
    lookback_moves(o, b);
    json_kv_str(o, "state", b->state);
    rc = lookback_offs(o, b);
    if (!rc)
        rc = lookback_seen(o, b);
    json_obj_end(o);
    text = json_text_free(o, len_r);
    if (!rc)
        return text;
    free(text);
    return NULL;
}

char *lookback_format(const struct lookback *b, size_t *len_r)
{
    size_t head_len = 0, len;
    char *head = lookback_head(b, &head_len), *whole, sum[HEAD + 1];

    if (!head)
        return NULL;
    len = HEAD + head_len + b->len;
    whole = malloc(len + 1);
    if (whole) {
        memcpy(whole + HEAD, head, head_len); /* ends with a line feed */
        memcpy(whole + HEAD + head_len, b->snapshot, b->len);
        whole[len] = '\0';
        snprintf(sum, sizeof sum, "%08x\n",
                 crc32_add(0, whole + HEAD, len - HEAD));
        memcpy(whole, sum, HEAD);
        *len_r = len;
    }
    free(head);
    return whole;
}

/* --- in ------------------------------------------------------------------ */

static int read_policy(struct loop_policy *p, const struct json *o)
{
    loop_policy_init(p);
    JSON_FOREACH(v, o) {
        int rc = v->type == JSON_INT || v->type == JSON_NUM
                     ? loop_policy_set(p, v->key, v->num)
                     : -ERANGE;

        if (rc && rc != -ENOENT) /* a newer one has more settings */
            return -EINVAL;
    }
    return 0;
}

static int read_number(const struct json *o, const char *key, double most,
                       double *to)
{
    *to = json_get_num(o, key, -1);
    return *to >= 0 && *to <= most ? 0 : -EINVAL;
}

static int read_rules(struct plan_settings *s, const struct json *o)
{
    plan_settings_init(s);
    s->require_path = json_get_bool(o, "require_path", false);
    s->same_tsc = json_get_bool(o, "same_tsc", false);
    s->change_devices = json_get_bool(o, "change_devices", false);
    return read_number(o, "overcommit", 1e9, &s->overcommit) ||
                   read_number(o, "cpu_limit", 1e9, &s->cpu_limit) ||
                   read_number(o, "memory_limit", 1e9, &s->memory_limit)
               ? -EINVAL
               : 0;
}

static int read_ms(const struct json *o, const char *key, unsigned *to)
{
    double ms = *to;
    int rc = json_get(o, key) ? read_number(o, key, 1e9, &ms) : 0;

    *to = (unsigned)ms;
    return rc;
}

/* Of an older rackhop there are none: what it decided did not ask them. */
static int read_moves(struct lookback *b, const struct json *o)
{
    struct plan_settings *s = &b->set;

    s->codec = json_get_bool(o, "codec", s->codec);
    b->arm = json_get_bool(o, "arm", true);
    if (json_get(o, "stream_mbps") &&
        read_number(o, "stream_mbps", 1e9, &s->stream_mbps))
        return -EINVAL;
    return read_ms(o, "downtime_ms", &s->downtime_ms) ||
                   read_ms(o, "overhead_ms", &s->overhead_ms) ||
                   read_ms(o, "setup_ms", &s->setup_ms)
               ? -EINVAL
               : 0;
}

static int read_offs(struct lookback *b, const struct json *o, struct msg *err)
{
    int rc = 0;

    if (!o || o->type != JSON_ARR || o->len > OFFS)
        return -EINVAL;
    b->off = calloc((size_t)o->len + 1, sizeof *b->off);
    if (!b->off)
        return -ENOMEM;
    JSON_FOREACH(v, o) {
        if (!rc && v->type != JSON_STR)
            rc = -EINVAL;
        if (!rc)
            rc = power_parse(&b->off[b->offs], v->str, v->len, err);
        b->offs += !rc;
    }
    return rc;
}

static int read_members(struct lookback *b, const struct json *o,
                        struct msg *err)
{
    const struct json *state = json_get(o, "state");
    const struct json *seen = json_get(o, "seen");
    int rc = 0;

    if (json_copy_str(o, "version", b->version, sizeof b->version) ||
        (json_get_str(o, "self", NULL) &&
         json_copy_str(o, "self", b->self, sizeof b->self)) ||
        read_number(o, "at_s", 1e12, &b->at_s) ||
        read_number(o, "gap_s", 1e9, &b->gap_s) ||
        read_number(o, "boot_s", 1e9, &b->boot_s) ||
        read_number(o, "memory_floor", 100, &b->memory_floor) ||
        read_policy(&b->policy, json_get(o, "policy")) ||
        read_rules(&b->set, json_get(o, "rules")) ||
        read_moves(b, json_get(o, "moves")) || !state ||
        state->type != JSON_STR || !seen || seen->type != JSON_STR)
        rc = -EINVAL;
    b->switches = json_get_bool(o, "switches", false);
    if (!rc)
        rc = read_offs(b, json_get(o, "off"), err);
    if (!rc)
        rc = loops_doc_parse(&b->doc, seen->str, seen->len, err);
    if (!rc && !(b->state = strdup(state->str)))
        rc = -ENOMEM;
    return rc;
}

static int read_head(struct lookback *b, const char *text, size_t len,
                     struct msg *err)
{
    static const struct json_limits limits = { .bytes = LOOKBACK_MIB << 20,
                                               .values = 1 << 20 };
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, called, text, len, NULL, &limits, err);

    if (!rc)
        rc = json_check_format(doc, called, "rackhop-lookback/1", err);
    if (!rc) {
        msg_set(err, "%s has a member that is none", called);
        rc = read_members(b, json_root(doc), err);
    }
    json_free(doc);
    return rc;
}

int lookback_parse(struct lookback *b, const char *text, size_t len,
                   struct msg *err)
{
    char sum[HEAD + 1] = "";
    const char *end = NULL;
    int rc = -EINVAL;

    *b = (struct lookback){ .state = NULL };
    if (len > HEAD) {
        snprintf(sum, sizeof sum, "%08x\n",
                 crc32_add(0, text + HEAD, len - HEAD));
        end = memchr(text + HEAD, '\n', len - HEAD);
    }
    if (!end || memcmp(sum, text, HEAD))
        msg_set(err, "%s is damaged", called);
    else
        rc = read_head(b, text + HEAD, (size_t)(end - text) - HEAD, err);
    if (!rc) {
        b->len = len - (size_t)(++end - text);
        b->snapshot = malloc(b->len + 1);
        if (b->snapshot)
            memcpy(b->snapshot, end, b->len);
        else
            rc = -ENOMEM;
    }
    if (rc)
        lookback_dispose(b);
    return rc == -ENOMEM ? rc : rc ? -EINVAL : 0;
}
