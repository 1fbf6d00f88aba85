/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-loops/1, what the loops saw, want and did. */
#include "tools/doc/loops.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

void loops_doc_dispose(struct loops_doc *d)
{
    free(d->wish);
    free(d->deed);
    free(d->off);
    *d = (struct loops_doc){ .wish = NULL };
}

struct loops_line *loops_doc_wish(struct loops_doc *d)
{
    if (d->wishes == LOOPS_WISHES ||
        array_grow(&d->wish, &d->wish_room, d->wishes + 1, sizeof *d->wish)) {
        d->more++;
        return NULL;
    }
    d->wish[d->wishes] = (struct loops_line){ .at_s = d->at_s };
    return &d->wish[d->wishes++];
}

int loops_doc_deed(struct loops_doc *d, const struct loops_line *line)
{
    if (d->deeds == LOOPS_DEEDS)
        memmove(d->deed, d->deed + 1, --d->deeds * sizeof *d->deed);
    if (array_grow(&d->deed, &d->deed_room, d->deeds + 1, sizeof *d->deed))
        return -ENOMEM;
    d->deed[d->deeds++] = *line;
    return 0;
}

static struct loops_off *loops_off_more(struct loops_doc *d)
{
    return array_grow(&d->off, &d->off_room, d->offs + 1, sizeof *d->off)
               ? NULL
               : &d->off[d->offs++];
}

int loops_doc_off(struct loops_doc *d, const struct power *p)
{
    struct loops_off *o = loops_off_more(d);

    if (!o)
        return -ENOMEM;
    *o = (struct loops_off){ .since_s = p->since_s };
    memcpy(o->host, p->host, sizeof o->host);
    memcpy(o->reason, p->reason, sizeof o->reason);
    snprintf(o->state, sizeof o->state, "%s", power_state_name(p->state));
    return 0;
}

/* --- out ----------------------------------------------------------------- */

static void loops_kv_text(struct json_out *o, const char *key, const char *s)
{
    json_kv_str(o, key, *s ? s : NULL);
}

void loops_line_write(struct json_out *o, const struct loops_line *w)
{
    json_obj(o);
    json_kv_num(o, "at_s", w->at_s);
    json_kv_str(o, "loop", loop_kind_name(w->kind));
    loops_kv_text(o, "domain", w->uuid);
    loops_kv_text(o, "name", w->name);
    loops_kv_text(o, "from", w->from);
    loops_kv_text(o, "to", w->to);
    json_kv_num(o, "benefit_wh", w->benefit_wh);
    json_kv_num(o, "price_wh", w->price_wh);
    json_kv_bool(o, "granted", w->granted);
    loops_kv_text(o, "run", w->run);
    loops_kv_text(o, "why_not", w->why_not);
    json_kv_str(o, "reason", w->reason);
    json_obj_end(o);
}

static void loops_write_lines(struct json_out *o, const char *key,
                              const struct loops_line *line, size_t n)
{
    json_key(o, key);
    json_arr(o);
    for (size_t i = 0; i < n; i++)
        loops_line_write(o, &line[i]);
    json_arr_end(o);
}

static void loops_write_offs(struct json_out *o, const struct loops_doc *d)
{
    json_key(o, "off");
    json_arr(o);
    for (size_t i = 0; i < d->offs; i++) {
        json_obj(o);
        json_kv_str(o, "host", d->off[i].host);
        json_kv_str(o, "state", d->off[i].state);
        json_kv_num(o, "since_s", d->off[i].since_s);
        json_kv_str(o, "reason", d->off[i].reason);
        json_obj_end(o);
    }
    json_arr_end(o);
}

void loops_doc_write(struct json_out *o, const struct loops_doc *d)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-loops/1");
    json_kv_num(o, "at_s", d->at_s);
    json_kv_num(o, "interval_s", d->interval_s);
    json_kv_str(o, "holder", d->holder);
    json_kv_int(o, "hosts", (int64_t)d->hosts);
    json_kv_int(o, "silent", (int64_t)d->dead);
    json_kv_int(o, "guests", (int64_t)d->guests);
    json_kv_int(o, "unknown", (int64_t)d->unknown);
    loops_kv_text(o, "blocked", d->blocked);
    json_key(o, "loops");
    json_arr(o);
    for (int k = 0; k < LOOP_KINDS; k++) {
        json_obj(o);
        json_kv_str(o, "loop", loop_kind_name((enum loop_kind)k));
        json_kv_str(o, "mode", d->mode[k]);
        loops_kv_text(o, "blind", d->blind[k]);
        loops_kv_text(o, "sees", d->sees[k]);
        json_obj_end(o);
    }
    json_arr_end(o);
    loops_write_lines(o, "wishes", d->wish, d->wishes);
    json_kv_int(o, "more", (int64_t)d->more);
    loops_write_lines(o, "deeds", d->deed, d->deeds);
    loops_write_offs(o, d);
    json_obj_end(o);
}

char *loops_doc_format(const struct loops_doc *d)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    loops_doc_write(o, d);
    return json_text_free(o, NULL);
}

/* --- in ------------------------------------------------------------------ */

static bool loops_read_kind(const struct json *o, enum loop_kind *kind)
{
    const char *s = json_get_str(o, "loop", "");

    for (int k = 0; k < LOOP_KINDS; k++)
        if (!strcmp(s, loop_kind_name((enum loop_kind)k))) {
            *kind = (enum loop_kind)k;
            return true;
        }
    return false;
}

/* null is as good as absent. */
static bool loops_read_text(const struct json *o, const char *key, char *to,
                            size_t size)
{
    const struct json *v = json_get(o, key);

    return !v || v->type == JSON_NULL || !json_copy_str(o, key, to, size);
}

static bool loops_read_line(struct loops_line *w, const struct json *o)
{
    *w = (struct loops_line){ .at_s = json_get_num(o, "at_s", 0) };
    w->benefit_wh = json_get_num(o, "benefit_wh", 0);
    w->price_wh = json_get_num(o, "price_wh", 0);
    w->granted = json_get_bool(o, "granted", false);
    return loops_read_kind(o, &w->kind) && w->at_s >= 0 && w->at_s < 1e12 &&
           loops_read_text(o, "domain", w->uuid, sizeof w->uuid) &&
           loops_read_text(o, "name", w->name, sizeof w->name) &&
           loops_read_text(o, "from", w->from, sizeof w->from) &&
           loops_read_text(o, "to", w->to, sizeof w->to) &&
           loops_read_text(o, "run", w->run, sizeof w->run) &&
           loops_read_text(o, "why_not", w->why_not, sizeof w->why_not) &&
           loops_read_text(o, "reason", w->reason, sizeof w->reason);
}

static int loops_read_offs(struct loops_doc *d, const struct json *o)
{
    JSON_FOREACH(v, json_get(o, "off")) {
        struct loops_off *x = loops_off_more(d);

        if (!x)
            return -ENOMEM;
        *x = (struct loops_off){ .since_s = json_get_num(v, "since_s", 0) };
        if (!(x->since_s >= 0 && x->since_s < 1e12) ||
            !loops_read_text(v, "host", x->host, sizeof x->host) ||
            !loops_read_text(v, "state", x->state, sizeof x->state) ||
            !loops_read_text(v, "reason", x->reason, sizeof x->reason))
            return -EINVAL;
    }
    return 0;
}

static int loops_read_lines(struct loops_doc *d, const struct json *o)
{
    struct loops_line line, *wish;

    JSON_FOREACH(v, json_get(o, "wishes")) {
        if (!loops_read_line(&line, v))
            return -EINVAL;
        wish = loops_doc_wish(d);
        if (wish)
            *wish = line;
    }
    JSON_FOREACH(v, json_get(o, "deeds")) {
        if (!loops_read_line(&line, v))
            return -EINVAL;
        if (loops_doc_deed(d, &line))
            return -ENOMEM;
    }
    return loops_read_offs(d, o);
}

static size_t loops_read_count(const struct json *o, const char *key)
{
    return (size_t)fmin(fmax(json_get_num(o, key, 0), 0), 1e9);
}

static int loops_read(struct loops_doc *d, const struct json *o)
{
    d->at_s = json_get_num(o, "at_s", 0);
    d->interval_s = json_get_num(o, "interval_s", 0);
    d->hosts = loops_read_count(o, "hosts");
    d->dead = loops_read_count(o, "silent");
    d->guests = loops_read_count(o, "guests");
    d->unknown = loops_read_count(o, "unknown");
    if (!(d->at_s >= 0 && d->at_s < 1e12) ||
        !loops_read_text(o, "holder", d->holder, sizeof d->holder) ||
        !loops_read_text(o, "blocked", d->blocked, sizeof d->blocked))
        return -EINVAL;
    JSON_FOREACH(v, json_get(o, "loops")) {
        enum loop_kind k;

        if (loops_read_kind(v, &k) &&
            (!loops_read_text(v, "mode", d->mode[k], LOOPS_MODE) ||
             !loops_read_text(v, "blind", d->blind[k], sizeof d->blind[k]) ||
             !loops_read_text(v, "sees", d->sees[k], sizeof d->sees[k])))
            return -EINVAL;
    }
    return loops_read_lines(d, o);
}

int loops_doc_parse(struct loops_doc *d, const char *text, size_t len,
                    struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, "the loops", text, len, NULL, NULL, err);

    *d = (struct loops_doc){ .wish = NULL };
    if (!rc)
        rc = json_check_format(doc, "the loops", "rackhop-loops/1", err);
    if (!rc) {
        rc = loops_read(d, json_root(doc));
        if (rc)
            msg_set(err, rc == -ENOMEM ? "out of memory"
                                       : "the loops: a member is none");
        else
            d->more = loops_read_count(json_root(doc), "more");
    }
    json_free(doc);
    if (rc)
        loops_doc_dispose(d);
    return rc;
}
