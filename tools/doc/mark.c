/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the marks in a host's store: claims, and maintenance. */
#include "tools/doc/mark.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void write_now(struct json_out *o, const char *key)
{
    time_t now = time(NULL);
    char text[32];
    struct tm tm;

    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    json_kv_str(o, key, text);
}

/* One that is longer than any that is written is none. */
static void read_word(const struct json_doc *doc, const char *key, char *buf,
                      size_t len)
{
    const char *s = json_get_str(json_root(doc), key, "?");

    snprintf(buf, len, "%s", strlen(s) < len ? s : "?");
}

/* --- claims ---------------------------------------------------------------- */

char *claim_format(const char *run, const char *executor)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "run", run);
    json_kv_str(o, "executor", executor);
    write_now(o, "since");
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* Marks are small: what else is in their place is none. */
static const struct json_limits mark_limits = { .bytes = 64 << 10,
                                                .depth = 4,
                                                .values = 64 };

int claim_parse(const char *text, struct claim *c)
{
    struct json_doc *doc = NULL;
    struct msg err;
    int rc = json_parse(&doc, "claim", text, strlen(text), NULL, &mark_limits,
                        &err);

    if (rc)
        return rc;
    read_word(doc, "run", c->run, sizeof c->run);
    read_word(doc, "executor", c->executor, sizeof c->executor);
    read_word(doc, "since", c->since, sizeof c->since);
    json_free(doc);
    return 0;
}

void claim_write(struct json_out *o, const char *uuid, const struct claim *c)
{
    json_obj(o);
    json_kv_str(o, "domain", uuid);
    json_kv_str(o, "run", c->run);
    json_kv_str(o, "executor", c->executor);
    json_kv_str(o, "since", c->since);
    json_obj_end(o);
}

/* --- maintenance ----------------------------------------------------------- */

char *maintenance_format(const struct maintenance *m)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "by", m->by);
    if (*m->since)
        json_kv_str(o, "since", m->since);
    else
        write_now(o, "since");
    if (m->held) {
        json_kv_bool(o, "held", true);
        json_kv_str(o, "executor", m->executor);
    }
    json_obj_end(o);
    return json_text_free(o, NULL);
}

void maintenance_parse(const char *text, struct maintenance *m)
{
    struct json_doc *doc = NULL;
    struct msg err;

    if (json_parse(&doc, "maintenance", text, strlen(text), NULL, &mark_limits,
                   &err))
        return;
    read_word(doc, "by", m->by, sizeof m->by);
    read_word(doc, "since", m->since, sizeof m->since);
    m->held = json_get_bool(json_root(doc), "held", false);
    snprintf(m->executor, sizeof m->executor, "%s",
             json_get_str(json_root(doc), "executor", ""));
    json_free(doc);
}
