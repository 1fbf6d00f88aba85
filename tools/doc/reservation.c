/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads what a run has reserved on a host. */
#include "tools/doc/reservation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/migrate.h"
#include "tools/base/text.h"

static const double mib_max = 1e12; /* of any amount of memory */

void reservation_dispose(struct reservation *r)
{
    free(r->row);
    r->row = NULL;
    r->rows = 0;
}

/* --- in the store --------------------------------------------------------- */

char *reservation_format(const struct reservation *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "run", r->run);
    json_kv_str(o, "executor", r->executor);
    json_kv_int(o, "stamp", (int64_t)r->stamp);
    json_kv_int(o, "renewed", (int64_t)r->renewed);
    json_key(o, "rows");
    json_arr(o);
    for (size_t i = 0; i < r->rows; i++) {
        json_obj(o);
        json_kv_str(o, "domain", r->row[i].uuid);
        json_kv_int(o, "mib", r->row[i].mib);
        if (*r->row[i].from)
            json_kv_str(o, "from", r->row[i].from);
        if (r->row[i].mbps > 0)
            json_kv_num(o, "mbps", r->row[i].mbps);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* A number in 0..max (-max..max), or 0. */
static double reservation_number(const struct json *obj, const char *key,
                                 double min, double max)
{
    double v = json_get_num(obj, key, 0);

    return v >= min && v <= max ? v : 0;
}

static void reservation_row(const struct json *v, struct reservation_row *row)
{
    snprintf(row->uuid, sizeof row->uuid, "%s", json_get_str(v, "domain", ""));
    snprintf(row->from, sizeof row->from, "%s", json_get_str(v, "from", ""));
    row->mib = (int64_t)reservation_number(v, "mib", -mib_max, mib_max);
    row->mbps = reservation_number(v, "mbps", 0, 1e9);
}

static int reservation_rows(const struct json *list, struct reservation *r)
{
    size_t n = list && list->type == JSON_ARR ? list->len : 0;

    if (n > RESERVATION_ROWS_MAX)
        return -EINVAL;
    r->row = calloc(n + 1, sizeof *r->row);
    if (!r->row)
        return -ENOMEM;
    if (n)
        JSON_FOREACH(v, list)
            reservation_row(v, &r->row[r->rows++]);
    return 0;
}

int reservation_parse(const char *text, struct reservation *r)
{
    struct json_doc *doc = NULL;
    const struct json *root;
    struct msg err;
    int rc =
        json_parse(&doc, "reservation", text, strlen(text), NULL, NULL, &err);

    *r = (struct reservation){ .run = "" };
    if (rc)
        return rc;
    root = json_root(doc);
    snprintf(r->run, sizeof r->run, "%s", json_get_str(root, "run", "?"));
    snprintf(r->executor, sizeof r->executor, "%s",
             json_get_str(root, "executor", "?"));
    r->stamp = (uint64_t)reservation_number(root, "stamp", 0, 1e18);
    r->renewed = (uint64_t)reservation_number(root, "renewed", 0, 1e12);
    rc = reservation_rows(json_get(root, "rows"), r);
    json_free(doc);
    return rc;
}

/* --- words ------------------------------------------------------------------ */

void reservation_row_format(const struct reservation_row *row, char *buf,
                            size_t len)
{
    int n = snprintf(buf, len, "%s=%lld", row->uuid, (long long)row->mib);

    if (*row->from && n > 0 && (size_t)n < len)
        snprintf(buf + n, len - (size_t)n, "@%s:%.0f", row->from, row->mbps);
}

bool reservation_name_ok(const char *name)
{
    size_t len = strlen(name), n = len < RESERVATION_NAME ? len : 0;

    for (size_t i = 0, of; i < n; i += of) {
        of = text_char((const unsigned char *)name + i, n - i);
        if (!of)
            return false;
    }
    return n;
}

int reservation_row_parse(const char *word, struct reservation_row *row)
{
    long long mib;
    int end = 0, rest = 0;

    *row = (struct reservation_row){ .mib = 0 };
    if (sscanf(word, "%36[0-9a-fA-F-]=%14lld%n", row->uuid, &mib, &end) != 2 ||
        !uuid_ok(row->uuid) || (double)mib > mib_max || (double)mib < -mib_max)
        return -EINVAL;
    row->mib = mib;
    word += end;
    if (!*word)
        return 0;
    if (sscanf(word, "@%64[^:]:%lf%n", row->from, &row->mbps, &rest) != 2 ||
        word[rest] || !reservation_name_ok(row->from) ||
        !(row->mbps >= 0 && row->mbps <= 1e9))
        return -EINVAL;
    return 0;
}

/* --- where guests are ------------------------------------------------------- */

bool reservation_is_copy(const struct xlx_domain *d)
{
    size_t n = d->name ? strlen(d->name) : 0;
    size_t suffix = strlen(XLX_INCOMING);

    return n > suffix && !strcmp(d->name + n - suffix, XLX_INCOMING);
}

enum reservation_guest reservation_where(void *arg, const char *uuid)
{
    const struct reservation_domains *d = arg;
    enum reservation_guest at = GUEST_AWAY;

    if (d->guest && !strcmp(d->guest, uuid))
        return GUEST_ARRIVING;
    for (unsigned i = 0; i < d->n; i++) {
        if (d->list[i].dying || strcmp(d->list[i].uuid, uuid))
            continue;
        if (!reservation_is_copy(&d->list[i]))
            return GUEST_HERE;
        at = GUEST_ARRIVING;
    }
    return at;
}

/* --- what it amounts to ----------------------------------------------------- */

static bool row_is_over(const struct reservation_row *row,
                        reservation_where_fn *where, void *arg)
{
    enum reservation_guest at = where(arg, row->uuid);

    return row->mib >= 0 ? at != GUEST_AWAY : at == GUEST_AWAY;
}

int64_t reservation_need_mib(const struct reservation *r,
                             reservation_where_fn *where, void *arg)
{
    int64_t sum = 0, most = 0;

    for (size_t i = 0; i < r->rows; i++) {
        if (row_is_over(&r->row[i], where, arg))
            continue;
        sum += r->row[i].mib;
        most = sum > most ? sum : most;
    }
    return most;
}

/* Is this the first row of a guest that is still to come from its host? A run
 * sends one guest after the other over a way, each at the rate that the way
 * has, so one of them stands for all. */
static bool row_is_link(const struct reservation *r, size_t row,
                        reservation_where_fn *where, void *arg)
{
    const struct reservation_row *w = &r->row[row];

    if (w->mib < 0 || w->mbps <= 0 || !*w->from ||
        where(arg, w->uuid) == GUEST_HERE)
        return false;
    for (size_t i = 0; i < row; i++)
        if (!strcmp(r->row[i].from, w->from) && r->row[i].mib >= 0 &&
            r->row[i].mbps > 0 && where(arg, r->row[i].uuid) != GUEST_HERE)
            return false;
    return true;
}

void reservation_write(struct json_out *o, const struct reservation *r,
                       reservation_where_fn *where, void *arg)
{
    json_obj(o);
    json_kv_str(o, "run", r->run);
    json_kv_str(o, "executor", r->executor);
    json_kv_int(o, "stamp", (int64_t)r->stamp);
    json_kv_int(o, "mib", reservation_need_mib(r, where, arg));
    json_key(o, "links");
    json_arr(o);
    for (size_t i = 0; i < r->rows; i++) {
        if (!row_is_link(r, i, where, arg))
            continue;
        json_obj(o);
        json_kv_str(o, "from", r->row[i].from);
        json_kv_num(o, "mbps", r->row[i].mbps);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
}
