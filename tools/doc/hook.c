/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-hook/1, the record of a hook on its host. */
#include "tools/doc/hook_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

static const char format[] = "rackhop-hook/1";

/* Years, in seconds, that no record will see. */
static const int64_t when_max = INT64_C(100000000000);

bool hook_id_ok(const char *id)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-";
    size_t n = strspn(id, plain);

    return n && n <= HOOK_ID && !id[n] && *id != '.' && *id != '-';
}

/* --- words ------------------------------------------------------------------- */

static const char *hook_state_name(enum hook_state s)
{
    switch (s) {
    case HOOK_RUNNING: return "running";
    case HOOK_ENDED: return "ended";
    case HOOK_LOST: return "lost";
    }
    return "?";
}

static const char *hook_lost_name(enum hook_lost l)
{
    switch (l) {
    case HOOK_LOST_NOT: return "";
    case HOOK_LOST_PROCESS: return "process";
    case HOOK_LOST_BOOT: return "boot";
    }
    return "?";
}

static int hook_state_read(struct hook_record *r, const struct json *v)
{
    const char *state = json_get_str(v, "state", "");
    const char *lost = json_get_str(v, "lost", "");
    int s = HOOK_RUNNING, l = HOOK_LOST_NOT;

    while (s <= HOOK_LOST && strcmp(state, hook_state_name(s)))
        s++;
    while (l <= HOOK_LOST_BOOT && strcmp(lost, hook_lost_name(l)))
        l++;
    if (s > HOOK_LOST || l > HOOK_LOST_BOOT ||
        (s == HOOK_LOST) != (l != HOOK_LOST_NOT))
        return -EINVAL;
    r->state = s;
    r->lost = l;
    return 0;
}

/* --- members ----------------------------------------------------------------- */

void hook_members_write(struct json_out *o, const struct hook_record *r)
{
    json_kv_str(o, "id", r->id);
    json_kv_str(o, "state", hook_state_name(r->state));
    if (r->lost != HOOK_LOST_NOT)
        json_kv_str(o, "lost", hook_lost_name(r->lost));
    json_kv_known_int(o, "code", r->code);
    json_kv_int(o, "signal", r->signal);
    json_kv_bool(o, "timed_out", r->timed_out);
    json_kv_str(o, "boot", r->boot);
    json_kv_int(o, "runs", r->runs);
    json_kv_int(o, "deadline_s", r->deadline_s);
    json_kv_int(o, "began", r->began);
    json_kv_int(o, "ended", r->ended);
}

/* Exactly one way to end, and only of what has ended. */
static bool hook_end_fits(const struct hook_record *r)
{
    bool told = r->code >= 0 || r->signal;

    return (r->state == HOOK_ENDED) == told && !(r->code >= 0 && r->signal) &&
           (r->state == HOOK_ENDED || !r->timed_out);
}

int hook_members_read(struct hook_record *r, const struct json *v)
{
    int64_t code, signal, runs, deadline;
    int rc = json_copy_str(v, "id", r->id, sizeof r->id);

    if (!rc)
        rc = hook_state_read(r, v);
    if (!rc)
        rc = json_copy_int(v, "code", 0, 255, -1, &code);
    if (!rc)
        rc = json_copy_int(v, "signal", 0, 64, 0, &signal);
    if (!rc)
        rc = json_copy_int(v, "runs", 1, 1000000, 1, &runs);
    if (!rc)
        rc = json_copy_int(v, "deadline_s", 0, HOOK_DEADLINE_S_MAX, 0,
                           &deadline);
    if (!rc)
        rc = json_copy_int(v, "began", 0, when_max, 0, &r->began);
    if (!rc)
        rc = json_copy_int(v, "ended", 0, when_max, 0, &r->ended);
    if (!rc)
        rc = json_copy_str(v, "boot", r->boot, sizeof r->boot);
    if (rc)
        return rc;
    r->code = (int)code;
    r->signal = (int)signal;
    r->runs = (unsigned)runs;
    r->deadline_s = (unsigned)deadline;
    r->timed_out = json_get_bool(v, "timed_out", false);
    return hook_id_ok(r->id) && hook_end_fits(r) ? 0 : -EINVAL;
}

/* --- records ----------------------------------------------------------------- */

char *hook_record_format(const struct hook_record *r)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", format);
    hook_members_write(o, r);
    json_kv_str(o, "sha256", r->sha256);
    json_kv_int(o, "pid", r->pid);
    json_kv_int(o, "start", (int64_t)r->start);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

static int hook_record_members(struct hook_record *r, const struct json *v)
{
    int64_t start;
    int rc = hook_members_read(r, v);

    if (!rc)
        rc = json_copy_str(v, "sha256", r->sha256, sizeof r->sha256);
    if (!rc)
        rc = json_copy_int(v, "pid", 2, INT32_MAX, 0, &r->pid);
    if (!rc)
        rc = json_copy_int(v, "start", 0, INT64_MAX, 0, &start);
    if (rc || !r->pid || !*r->boot || !*r->sha256)
        return -EINVAL;
    r->start = (uint64_t)start;
    return 0;
}

int hook_record_parse(struct hook_record *r, const char *name,
                      const char *text, struct msg *err)
{
    static const struct json_limits limits = { .bytes = 64 << 10,
                                               .depth = 4,
                                               .values = 64 };
    struct json_doc *doc;
    int rc;

    memset(r, 0, sizeof *r);
    rc = json_parse(&doc, name, text, strlen(text), NULL, &limits, err);
    if (rc)
        return rc;
    rc = json_check_format(doc, name, format, err);
    if (!rc && hook_record_members(r, json_root(doc))) {
        msg_set(err, "%s: it is no record of a hook", name);
        rc = -EINVAL;
    }
    json_free(doc);
    return rc;
}
