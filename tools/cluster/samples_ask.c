/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks another host for what its agent has sampled. */
#include "tools/cluster/samples_ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cluster/find.h"

/* A name that is too long is none. */
static bool samples_put(char to[256], const char *from, size_t len)
{
    if (len >= 256)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

/* The last @, for hosts have none in their names. */
bool samples_names_host(const struct config *conf, const char *operand,
                        struct samples_ask *a)
{
    const char *at = strrchr(operand, '@');

    *a->guest = '\0';
    if (remote_address(conf, operand))
        return samples_put(a->host, operand, strlen(operand));
    return at && at > operand && remote_address(conf, at + 1) &&
           samples_put(a->host, at + 1, strlen(at + 1)) &&
           samples_put(a->guest, operand, (size_t)(at - operand));
}

int samples_find_guest(const struct take *like, const char *operand,
                       struct samples_ask *a, struct msg *err)
{
    struct take t = *like;
    struct plan_settings set;
    struct snapshot s;
    const char *host;
    uint32_t dom;
    int rc;

    take_settings(&set, t.conf);
    t.set = &set;
    t.no_map = true;
    rc = take_snapshot(&t, &s, err);
    if (rc)
        return rc;
    rc = find_guest(s.cluster, operand, &dom, err);
    if (!rc) {
        host = plan_host_name(s.cluster, plan_domain_host(s.cluster, dom));
        snprintf(a->host, sizeof a->host, "%s", host);
        snprintf(a->guest, sizeof a->guest, "%s",
                 plan_domain_uuid(s.cluster, dom));
    }
    snapshot_dispose(&s);
    return rc;
}

/* With --json an error is an object as well; one that was cut is told as it
 * came. */
static void samples_why(struct msg *why, const char *said)
{
    struct json_doc *doc = NULL;
    struct msg ignored;

    msg_set(why, "%s", *said ? said : "no reason is known");
    if (!json_parse(&doc, "an error", said, strlen(said), NULL, NULL,
                    &ignored))
        msg_set(why, "%s", json_get_str(json_root(doc), "text", why->text));
    json_free(doc);
}

static int samples_check(struct remote_call *call, const struct samples_ask *a,
                         struct samples *s, struct msg *err)
{
    struct msg why;
    int rc;

    if (call->rc) {
        samples_why(&why, call->said);
        msg_set(err, "%s has not told its samples: %s", a->host, why.text);
        return -EIO;
    }
    rc = samples_parse(s, call->out ? call->out : "", call->len, &why);
    if (!rc && s->host == !*a->guest)
        return 0;
    if (!rc) {
        msg_set(&why, "they are of something else");
        samples_dispose(s);
    }
    msg_set(err, "what %s has told of its samples can't be read: %s", a->host,
            why.text);
    return rc ? rc : -EINVAL;
}

int samples_fetch(const struct remote *r, const struct samples_ask *a,
                  struct samples *s, struct msg *err)
{
    char since[32];
    const char *args[] = { "samples", "--here", "--json", "--since",
                           since,     "--",     a->guest, NULL };
    struct remote_call call = { .host = a->host, .args = args };
    int rc;

    if (!*a->guest)
        args[5] = NULL;
    snprintf(since, sizeof since, "%lds", a->since_s);
    rc = remote_each(r, &call, 1);
    if (rc)
        msg_set(err, "out of memory");
    else
        rc = samples_check(&call, a, s, err);
    remote_dispose(&call, 1);
    return rc;
}
