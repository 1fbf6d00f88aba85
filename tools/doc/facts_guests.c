/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads from a rackhop-facts/1 which guests are on a host. */
#include <errno.h>
#include <string.h>

#include "tools/base/uuid.h"
#include "tools/doc/facts.h"

bool facts_is_copy(const char *name)
{
    static const char *const ends[] = { "--incoming", "--migratedaway" };
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);

        if (n >= end && !strcmp(name + n - end, ends[i]))
            return true;
    }
    return false;
}

struct guest_lists {
    struct strlist *guests, *copies;
};

static int guest_add(void *arg, uint32_t index, const struct json *v,
                     struct msg *err)
{
    const struct guest_lists *l = arg;
    struct strlist *to = l->guests;
    const char *uuid = json_get_str(v, "uuid", "");

    if (!uuid_ok(uuid)) {
        msg_set(err, "domain %u of the facts has no UUID", index);
        return -EINVAL;
    }
    if (facts_is_copy(json_get_str(v, "name", "")))
        to = l->copies;
    return to && !json_get_bool(v, "dying", false) ? strlist_add(to, uuid) : 0;
}

int facts_guests(struct strlist *uuids, struct strlist *copies, bool *rests_r,
                 const void *text, size_t len, struct msg *err)
{
    struct guest_lists l = { uuids, copies };
    const struct json_split splits[] = { { "domains", guest_add, &l },
                                         { NULL, NULL, NULL } };
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, "facts", text, len, splits, &facts_limits, err);

    if (!rc)
        rc = json_check_format(doc, "facts", "rackhop-facts/1", err);
    if (!rc && rests_r)
        *rests_r = !strcmp(
            json_get_str(json_get(json_root(doc), "host"), "state", ""),
            "maintenance");
    json_free(doc);
    return rc;
}

bool facts_is_empty(const void *text, size_t len, struct msg *err)
{
    struct json_doc *doc = NULL;
    const struct json *domains;
    bool is = false;
    int rc = json_parse(&doc, "facts", text, len, NULL, &facts_limits, err);

    if (!rc)
        rc = json_check_format(doc, "facts", "rackhop-facts/1", err);
    if (!rc) { /* a node that does not run Xen has no list of them */
        domains = json_get(json_root(doc), "domains");
        is = domains && domains->type == JSON_ARR && !domains->child;
    }
    json_free(doc);
    return is;
}
