/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-power/1, a host that was switched off. */
#include "tools/doc/power.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const power_states[POWER_STATES] = { "emptying", "off",
                                                        "starting" };

const char *power_state_name(enum power_state s)
{
    return power_states[s];
}

void power_dispose(struct power *p)
{
    free(p->facts);
    p->facts = NULL;
}

char *power_format(const struct power *p)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", "rackhop-power/1");
    json_kv_str(o, "host", p->host);
    json_kv_str(o, "state", power_states[p->state]);
    json_kv_num(o, "since_s", p->since_s);
    json_kv_int(o, "tries", p->tries);
    json_kv_num(o, "asked_s", p->asked_s);
    json_kv_bool(o, "done", p->done);
    json_kv_str(o, "reason", p->reason);
    json_kv_str(o, "boot", p->boot);
    json_kv_str(o, "facts", p->facts ? p->facts : "");
    json_obj_end(o);
    return json_text_free(o, NULL);
}

static bool power_read(struct power *p, const struct json *o)
{
    const char *state = json_get_str(o, "state", "");
    bool known = false;

    for (int i = 0; i < POWER_STATES; i++)
        if (!strcmp(state, power_states[i])) {
            p->state = (enum power_state)i;
            known = true;
        }
    p->since_s = json_get_num(o, "since_s", -1);
    p->tries = (int)fmin(fmax(json_get_num(o, "tries", 0), 0), POWER_TRIES);
    p->asked_s = json_get_num(o, "asked_s", 0);
    p->done = json_get_bool(o, "done", false);
    return known && p->since_s >= 0 && p->since_s < 1e12 &&
           !json_copy_str(o, "host", p->host, sizeof p->host) && *p->host &&
           !json_copy_str(o, "reason", p->reason, sizeof p->reason) &&
           !json_copy_str(o, "boot", p->boot, sizeof p->boot);
}

int power_parse(struct power *p, const char *text, size_t len, struct msg *err)
{
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, "the record of a host that is off", text, len,
                        NULL, NULL, err);

    *p = (struct power){ .facts = NULL };
    if (!rc)
        rc = json_check_format(doc, "the record of a host that is off",
                               "rackhop-power/1", err);
    if (!rc && !power_read(p, json_root(doc))) {
        msg_set(err, "the record of a host that is off has a member that is "
                     "none");
        rc = -EINVAL;
    }
    if (!rc) {
        p->facts = strdup(json_get_str(json_root(doc), "facts", ""));
        rc = p->facts ? 0 : -ENOMEM;
    }
    json_free(doc);
    return rc;
}

/* --- what stands for it ----------------------------------------------------- */

struct power_finding {
    const char *host;
    char *boot;
    char *text;
};

/* What other hosts, runs and moves have said of it is over by then. */
static bool power_keeps(const char *key)
{
    static const char *const over[] = { "state", "reservations", "arriving",
                                        "runs", "samples" };

    for (size_t i = 0; i < sizeof over / sizeof *over; i++)
        if (!strcmp(key, over[i]))
            return false;
    return true;
}

static int power_find(void *arg, uint32_t index, const struct json *v,
                      struct msg *err)
{
    struct power_finding *f = arg;
    struct json_out *o;

    if (f->text || strcmp(json_get_str(v, "name", ""), f->host))
        return 0;
    o = json_text_new(false);
    if (!o)
        return -ENOMEM;
    if (json_copy_str(v, "boot", f->boot, 40))
        *f->boot = '\0';
    json_obj(o);
    json_kv_str(o, "format", "rackhop-facts/1");
    json_kv_str(o, "node", f->host);
    json_kv_str(o, "role", "host");
    json_key(o, "host");
    json_obj(o);
    json_kv_str(o, "state", "offline");
    JSON_FOREACH(m, v) {
        if (!power_keeps(m->key))
            continue;
        json_key(o, m->key);
        json_value(o, m);
    }
    json_obj_end(o);
    json_key(o, "domains");
    json_arr(o);
    json_arr_end(o);
    json_obj_end(o);
    f->text = json_text_free(o, NULL);
    return f->text ? 0 : -ENOMEM;
}

char *power_facts(const char *snapshot, size_t len, const char *host,
                  char boot[40])
{
    struct power_finding f = { .host = host, .boot = boot };
    const struct json_split splits[] = { { "hosts", power_find, &f },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    struct msg err;

    *boot = '\0';
    if (json_parse(&doc, "the snapshot", snapshot, len, splits, NULL, &err)) {
        free(f.text);
        f.text = NULL;
    }
    json_free(doc);
    return f.text;
}
