/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks that what this host has on record is whole: `recover --check`. */
#include "tools/move/recover_check.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/doc/record.h"
#include "tools/paths.h"
#include "tools/store/store.h"

struct checking {
    void (*told)(void *arg, const char *text, bool trouble);
    void *arg;
    unsigned bad, records, open;
};

static void check_told(void *arg, const char *text)
{
    struct checking *c = arg;

    c->told(c->arg, text, true);
}

/* A record that can be read may still say nothing that makes sense. */
static int check_records(struct checking *c, struct store *s)
{
    struct store_entry *list;
    unsigned n;
    int rc = store_list(s, "handover/", &list, &n);

    for (unsigned i = 0; !rc && i < n; i++) {
        struct record r;
        struct msg err;

        if (record_parse(&r, list[i].key, list[i].value, &err)) {
            check_told(c, err.text);
            c->bad++;
        } else {
            c->open += !r.over;
        }
    }
    if (!rc)
        c->records = n;
    store_list_free(list, n);
    return rc;
}

static int check_store(struct checking *c, struct msg *err)
{
    struct store *s = NULL;
    int rc = store_open(&s, path_state(), err);

    if (rc)
        return rc;
    rc = store_check(s, check_told, c, &c->bad);
    if (!rc)
        rc = check_records(c, s);
    if (rc)
        msg_set(err, "%s", store_error(s));
    store_close(s);
    return rc;
}

enum exit_code recover_check(void (*told)(void *arg, const char *text,
                                          bool trouble),
                             void *arg)
{
    struct checking c = { .told = told, .arg = arg };
    struct msg err = MSG_NONE;
    char text[300];

    if (check_store(&c, &err)) {
        told(arg, err.text, true);
        return RC_FAILED;
    }
    snprintf(text, sizeof text,
             "%u record%s of moves, %u of them open; %u thing%s not as "
             "written",
             c.records, c.records == 1 ? "" : "s", c.open, c.bad,
             c.bad == 1 ? " is" : "s are");
    told(arg, text, c.bad > 0);
    return c.bad ? RC_FAILED : RC_OK;
}
