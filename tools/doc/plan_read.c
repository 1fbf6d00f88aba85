/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads plans that are to be carried out. It trusts nothing: what would make
 * an executor wait for ever or move a guest twice is refused here.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/doc/plan.h"
#include "tools/base/text.h"
#include "tools/base/msg.h"
#include "topology/topology.h"

enum { PLAN_TEXT_MAX = 1 << 30 };

struct reader {
    struct plan_doc *p;
    const char *name;
    uint32_t cap;
    struct msg *err;
};

__attribute__((format(printf, 3, 4))) static int plan_refuse(
    const struct reader *r, const struct json *v, const char *fmt, ...)
{
    char why[300], shown[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    msg_set(r->err, "%s:%u: %s", r->name, v ? v->line : 1,
            text_printable(shown, sizeof shown, why, strlen(why)));
    return -EINVAL;
}

static int plan_read_text(const struct reader *r, const struct json *obj,
                          const char *key, char **to)
{
    const struct json *v = json_get(obj, key);

    if (!v || v->type != JSON_STR || !v->len || strlen(v->str) != v->len)
        return plan_refuse(r, obj, "a move's %s is missing or no text", key);
    *to = strdup(v->str);
    return *to ? 0 : -ENOMEM;
}

static int plan_read_number(const struct reader *r, const struct json *obj,
                            const char *key, double *to)
{
    const struct json *v = json_get(obj, key);

    if (!v || (v->type != JSON_INT && v->type != JSON_NUM) || v->num < 0 ||
        v->num > 1e15)
        return plan_refuse(r, obj, "a move's %s is missing or no number >= 0",
                           key);
    *to = v->num;
    return 0;
}

/* Ids for now; they become indices once all moves are known. */
static int plan_read_after(const struct reader *r, const struct json *obj,
                           struct plan_doc_move *m)
{
    const struct json *list = json_get(obj, "after");

    if (!list || list->type == JSON_NULL)
        return 0;
    if (list->type != JSON_ARR)
        return plan_refuse(r, list, "`after` is %s, not an array",
                           json_type_name(list->type));
    m->after = calloc(list->len + 1, sizeof *m->after);
    if (!m->after)
        return -ENOMEM;
    JSON_FOREACH(v, list) {
        if (v->type != JSON_INT || v->num_int < 0 || v->num_int >= UINT32_MAX)
            return plan_refuse(r, v, "`after` has %s in it, no id",
                               json_type_name(v->type));
        m->after[m->after_n++] = (uint32_t)v->num_int;
    }
    return 0;
}

static int plan_read_members(const struct reader *r, const struct json *v,
                             struct plan_doc_move *m)
{
    const struct json *id = json_get(v, "id");
    double hops = 0, lanes = 0;
    int rc;

    if (v->type != JSON_OBJ)
        return plan_refuse(r, v, "a move is %s, not an object",
                           json_type_name(v->type));
    if (!id || id->type != JSON_INT || id->num_int < 0 ||
        id->num_int >= UINT32_MAX)
        return plan_refuse(r, v, "a move's id is missing or no whole number");
    m->id = id->num_int;
    rc = plan_read_text(r, v, "domain", &m->domain);
    if (!rc)
        rc = plan_read_text(r, v, "name", &m->name);
    if (!rc)
        rc = plan_read_text(r, v, "from", &m->from);
    if (!rc)
        rc = plan_read_text(r, v, "to", &m->to);
    if (!rc)
        rc = plan_read_number(r, v, "gib", &m->gib);
    if (!rc)
        rc = plan_read_number(r, v, "hops", &hops);
    if (!rc)
        rc = plan_read_number(r, v, "cost", &m->cost);
    if (!rc)
        rc = plan_read_number(r, v, "start_s", &m->start_s);
    if (!rc)
        rc = plan_read_number(r, v, "seconds", &m->seconds);
    if (!rc)
        rc = plan_read_number(r, v, "rate_mbps", &m->rate_mbps);
    if (!rc && json_get(v, "downtime_ms"))
        rc = plan_read_number(r, v, "downtime_ms", &m->downtime_ms);
    if (!rc && json_get(v, "wire_gib"))
        rc = plan_read_number(r, v, "wire_gib", &m->wire_gib);
    if (!rc && json_get(v, "lanes"))
        rc = plan_read_number(r, v, "lanes", &lanes);
    m->lanes = (unsigned)fmin(lanes, TOPO_DISJOINT_MOST);
    m->hops = hops < 1000 ? (int)hops : 1000;
    m->path_unknown = !json_get_bool(v, "path_known", true);
    if (!rc && json_get(v, "reason"))
        rc = plan_read_text(r, v, "reason", &m->reason);
    if (!rc && !strcmp(m->from, m->to))
        rc = plan_refuse(r, v, "%s moves from %s to itself", m->name, m->to);
    return rc ? rc : plan_read_after(r, v, m);
}

static int plan_read_move(void *arg, uint32_t index, const struct json *v,
                          struct msg *err)
{
    struct reader *r = arg;
    struct plan_doc *p = r->p;
    struct msg *whole = r->err;
    int rc;

    if (p->move_n == r->cap) {
        uint32_t want = r->cap ? r->cap * 2 : 64;
        struct plan_doc_move *bigger = realloc(p->move, want * sizeof *bigger);

        if (!bigger) {
            msg_set(err, "out of memory");
            return -ENOMEM;
        }
        p->move = bigger;
        r->cap = want;
    }
    p->move[p->move_n] = (struct plan_doc_move){ .id = -1 };
    /* the parser puts file and line in front of the message */
    r->err = err;
    rc = plan_read_members(r, v, &p->move[p->move_n++]);
    if (rc == -EINVAL) {
        char *colon = strstr(err->text, ": ");

        if (colon)
            msg_set(err, "%s", colon + 2);
    } else if (rc) {
        msg_set(err, "out of memory");
    }
    r->err = whole;
    return rc;
}

/* --- what only the whole shows ------------------------------------------------------ */

static int plan_by_id(const void *pa, const void *pb, void *arg)
{
    const struct plan_doc_move *m = arg;
    int64_t a = m[*(const uint32_t *)pa].id, b = m[*(const uint32_t *)pb].id;

    return a < b ? -1 : a > b;
}

static int plan_by_domain(const void *pa, const void *pb, void *arg)
{
    const struct plan_doc_move *m = arg;

    return strcmp(m[*(const uint32_t *)pa].domain,
                  m[*(const uint32_t *)pb].domain);
}

static uint32_t plan_find_id(const struct plan_doc *p, const uint32_t *order,
                             int64_t id)
{
    uint32_t lo = 0, hi = p->move_n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (p->move[order[mid]].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < p->move_n && p->move[order[lo]].id == id ? order[lo]
                                                         : UINT32_MAX;
}

static int plan_resolve_ids(const struct reader *r, uint32_t *order)
{
    struct plan_doc *p = r->p;

    qsort_r(order, p->move_n, sizeof *order, plan_by_id, p->move);
    for (uint32_t i = 1; i < p->move_n; i++)
        if (p->move[order[i]].id == p->move[order[i - 1]].id)
            return plan_refuse(r, NULL, "two moves have the id %lld",
                               (long long)p->move[order[i]].id);
    for (uint32_t i = 0; i < p->move_n; i++)
        for (uint32_t k = 0; k < p->move[i].after_n; k++) {
            uint32_t to = plan_find_id(p, order, p->move[i].after[k]);

            if (to == UINT32_MAX)
                return plan_refuse(r, NULL,
                                   "move %lld is after %u, which is no "
                                   "move",
                                   (long long)p->move[i].id,
                                   p->move[i].after[k]);
            p->move[i].after[k] = to;
        }
    qsort_r(order, p->move_n, sizeof *order, plan_by_domain, p->move);
    for (uint32_t i = 1; i < p->move_n; i++)
        if (!plan_by_domain(&order[i - 1], &order[i], p->move))
            return plan_refuse(r, NULL, "%s moves twice",
                               p->move[order[i]].name);
    return 0;
}

/* Takes out the moves that wait for none, again and again. Moves that wait for
 * each other in a ring are left at the end. */
static int plan_check_rings(const struct reader *r, uint32_t *ready,
                            uint32_t *waits, uint32_t *first, uint32_t *user)
{
    struct plan_doc *p = r->p;
    uint32_t head = 0, tail = 0;

    for (uint32_t i = 0; i < p->move_n; i++)
        for (uint32_t k = 0; k < p->move[i].after_n; k++)
            first[p->move[i].after[k] + 2]++;
    for (uint32_t i = 0; i < p->move_n; i++)
        first[i + 2] += first[i + 1];
    for (uint32_t i = 0; i < p->move_n; i++) {
        waits[i] = p->move[i].after_n;
        for (uint32_t k = 0; k < p->move[i].after_n; k++)
            user[first[p->move[i].after[k] + 1]++] = i;
        if (!waits[i])
            ready[tail++] = i;
    }
    while (head < tail) {
        uint32_t m = ready[head++];

        for (uint32_t i = first[m]; i < first[m + 1]; i++)
            if (!--waits[user[i]])
                ready[tail++] = user[i];
    }
    return tail == p->move_n
               ? 0
               : plan_refuse(r, NULL, "%u moves wait for each other in a ring",
                             p->move_n - tail);
}

static int plan_check_moves(const struct reader *r)
{
    uint32_t n = r->p->move_n, deps = 0;
    uint32_t *order = calloc(n + 1, sizeof *order);
    uint32_t *waits = calloc(n + 1, sizeof *waits);
    uint32_t *first = calloc((size_t)n + 3, sizeof *first), *user = NULL;
    int rc = -ENOMEM;

    for (uint32_t i = 0; i < n; i++)
        deps += r->p->move[i].after_n;
    user = calloc((size_t)deps + 1, sizeof *user);
    if (!order || !waits || !first || !user)
        goto out;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    rc = plan_resolve_ids(r, order);
    if (!rc)
        rc = plan_check_rings(r, order, waits, first, user);
out:
    free(order);
    free(waits);
    free(first);
    free(user);
    return rc;
}

/* A member of the goal that is a list of names; it may be absent. */
static int plan_read_names(struct reader *r, const struct json *goal,
                           const char *key, struct strlist *names)
{
    const struct json *list = json_get(goal, key);

    if (!list || list->type == JSON_NULL)
        return 0;
    if (list->type != JSON_ARR)
        return plan_refuse(r, list, "goal.%s is no array", key);
    JSON_FOREACH(v, list) {
        if (v->type != JSON_STR || !v->len || strlen(v->str) != v->len)
            return plan_refuse(r, v, "goal.%s has no name in it", key);
        if (strlist_add(names, v->str))
            return -ENOMEM;
    }
    return 0;
}

static int plan_read_goal(struct reader *r, const struct json *goal)
{
    int rc = plan_read_names(r, goal, "hosts", &r->p->hosts);

    r->p->within_s = fmin(fmax(json_get_num(goal, "within_s", 0), 0), 1e9);
    return rc ? rc : plan_read_names(r, goal, "guests", &r->p->guests);
}

static int plan_read_rest(struct reader *r, const struct json *root)
{
    struct plan_doc *p = r->p;
    const struct json *moves = json_get(root, "moves");
    const struct json *stranded = json_get(root, "stranded");
    const struct json *inf = json_get(root, "infeasible");
    const char *goal = json_get_str(json_get(root, "goal"), "kind", NULL);
    const char *sha = json_get_str(root, "snapshot", NULL);
    int rc;

    if (!moves || moves->type != JSON_ARR)
        return plan_refuse(r, root, "moves is missing or no array");
    if (!goal)
        return plan_refuse(r, root, "goal.kind is missing or no text");
    p->goal = strdup(goal);
    p->snapshot = sha ? strdup(sha) : NULL;
    if (!p->goal || (sha && !p->snapshot))
        return -ENOMEM;
    p->total = json_get_num(json_get(root, "cost"), "total", 0);
    p->makespan_s = json_get_num(root, "makespan_s", 0);
    p->bound_s = json_get_num(root, "makespan_bound_s", 0);
    p->stranded_n = stranded && stranded->type == JSON_ARR ? stranded->len : 0;
    p->infeasible = inf && inf->type == JSON_OBJ;
    rc = plan_read_goal(r, json_get(root, "goal"));
    return rc ? rc : plan_check_moves(r);
}

int plan_doc_parse(struct plan_doc *p, const char *name, const void *text,
                   size_t len, struct msg *err)
{
    struct reader r = { .p = p, .name = name, .err = err };
    const struct json_split splits[] = { { "moves", plan_read_move, &r },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    int rc;

    *p = (struct plan_doc){ .move = NULL };
    rc = json_parse(&doc, name, text, len, splits, NULL, err);
    if (!rc)
        rc = json_check_format(doc, name, "rackhop-plan/1", err);
    if (!rc)
        rc = plan_read_rest(&r, json_root(doc));
    if (rc == -ENOMEM)
        msg_set(err, "%s: out of memory", name);
    json_free(doc);
    if (rc)
        plan_doc_dispose(p);
    return rc;
}

int plan_doc_load(struct plan_doc *p, const char *path, struct msg *err)
{
    bool in = !strcmp(path, "-");
    size_t len;
    char *text = in ? file_read_fd(STDIN_FILENO, PLAN_TEXT_MAX, &len)
                    : file_read(path, PLAN_TEXT_MAX, &len);
    int rc = text ? 0 : -errno;

    *p = (struct plan_doc){ .move = NULL };
    if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    else
        rc = plan_doc_parse(p, in ? "standard input" : path, text, len, err);
    free(text);
    return rc;
}

void plan_doc_dispose(struct plan_doc *p)
{
    for (uint32_t i = 0; i < p->move_n; i++) {
        free(p->move[i].domain);
        free(p->move[i].name);
        free(p->move[i].from);
        free(p->move[i].to);
        free(p->move[i].reason);
        free(p->move[i].after);
    }
    free(p->move);
    strlist_dispose(&p->hosts);
    strlist_dispose(&p->guests);
    free(p->goal);
    free(p->snapshot);
    *p = (struct plan_doc){ .move = NULL };
}
