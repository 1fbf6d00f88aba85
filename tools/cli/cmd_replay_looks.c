/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop replay --looks: decides again what rackhopd has decided. */
#include "tools/cli/cmd_replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/cli/cmd.h"
#include "tools/daemon/look_again.h"
#include "tools/paths.h"
#include "tools/view/lookview.h"

static void looks_count(struct look_sums *s, const struct lookback_diff *x)
{
    if (!s->looks++)
        s->first_s = x->at_s;
    s->last_s = x->at_s;
    s->differ += x->goes || x->comes;
}

/* The disk has its name, and none of its bytes: the host had no power any more. */
static bool looks_empty(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISREG(st.st_mode) && !st.st_size;
}

/* One record: its differences go to the text, or to the document. */
static void looks_one(const struct replay_looks *q, const char *path,
                      struct look_sums *s, struct json_out *o)
{
    struct look_again a;
    struct msg err;
    int rc;

    if (looks_empty(path)) {
        complain("%s is empty, as a power cut leaves it, and is passed over",
                 path);
        return;
    }
    rc = look_again(&a, path, q->policy, &err);
    if (rc == -ENOMEM)
        die_oom();
    if (rc) {
        complain("%s", err.text);
        s->unread++;
        return;
    }
    looks_count(s, &a.diff);
    if (!o)
        lookview_diff(stdout, &a.diff, q->explain);
    else if (a.diff.goes || a.diff.comes)
        lookback_diff_write(o, &a.diff);
    look_again_dispose(&a);
}

static void looks_head(struct json_out *o, const struct replay_looks *q)
{
    json_obj(o);
    json_kv_str(o, "format", "rackhop-looks/1");
    json_kv_str(o, "policy", q->called);
    json_key(o, "differ");
    json_arr(o);
}

static int looks_end(struct json_out *o, const struct look_sums *s)
{
    json_arr_end(o);
    json_kv_int(o, "looks", (int64_t)s->looks);
    json_kv_int(o, "same", (int64_t)(s->looks - s->differ));
    json_kv_int(o, "unread", (int64_t)s->unread);
    json_obj_end(o);
    return json_out_free(o);
}

/* What differs under the policy of then is a fault; under another it is what was
 * asked for. */
static int looks_code(const struct replay_looks *q, const struct look_sums *s)
{
    if (s->unread || !s->looks || (s->differ && !q->policy))
        return RC_FAILED;
    return RC_OK;
}

static int looks_all(const struct replay_looks *q, char **path, size_t n)
{
    struct json_out *o = q->json ? json_out_new(stdout, true) : NULL;
    struct look_sums s = { .looks = 0 };
    int rc = 0;

    if (q->json && !o)
        die_oom();
    if (o)
        looks_head(o, q);
    for (size_t i = 0; i < n; i++)
        looks_one(q, path[i], &s, o);
    if (o)
        rc = looks_end(o, &s);
    else
        lookview_sums(stdout, &s, q->called);
    return rc ? RC_FAILED : looks_code(q, &s);
}

int replay_looks(const struct replay_looks *q)
{
    char own[512], **path;
    const char *dir = q->dir;
    size_t n;
    int rc, code = RC_FAILED;

    if (!dir) {
        snprintf(own, sizeof own, "%s/" LOOKS_DIR, path_state());
        dir = own;
    }
    rc = look_records(dir, &path, &n);
    if (rc == -ENOMEM)
        die_oom();
    if (rc) {
        complain("the records of looks below %s can't be read: %s", dir,
                 strerror(-rc));
        return RC_USAGE;
    }
    if (n)
        code = looks_all(q, path, n);
    else
        complain(
            "%s has no record of a look: rackhopd of this host has decided "
            "nothing yet",
            dir);
    for (size_t i = 0; i < n; i++)
        free(path[i]);
    free(path);
    return code;
}
