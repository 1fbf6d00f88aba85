/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes what rackhopd keeps in the store. */
#include "tools/daemon/controller_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/clock.h"

/* For so long nothing is done when it is not known what was done before. */
enum { QUIET_S = 3600 };

static void controller_lost(struct controller *c, double wall_s,
                            const char *why)
{
    struct msg line;

    loops_state_init(&c->state);
    c->state.quiet_s = wall_s + QUIET_S;
    msg_set(&line, "%s; the loops only watch for %d min", why, QUIET_S / 60);
    c->q->tell(line.text);
}

int controller_load(struct controller *c, double wall_s, struct msg *err)
{
    char *text = NULL;
    int rc = store_get(c->store, CONTROLLER_STATE, &text, &c->rev);

    loops_state_dispose(&c->state);
    if (rc == -ENOENT) {
        c->rev = 0;
        return 0;
    }
    if (rc) {
        msg_set(err, "the state of the loops could not be read: %s",
                store_error(c->store));
        return rc;
    }
    rc = loops_state_parse(&c->state, text, strlen(text), err);
    free(text);
    if (rc == -EINVAL) {
        controller_lost(c, wall_s, err->text);
        rc = 0;
    }
    return rc;
}

int controller_save(struct controller *c, char *text, struct msg *err)
{
    int rc = -ENOMEM;

    if (!text)
        msg_set(err, "out of memory");
    else
        rc = lease_keep(&c->lease, c->store, clock_ms(), err);
    if (!rc) {
        rc = store_cas(c->store, CONTROLLER_STATE, c->rev, text, &c->rev);
        if (rc)
            msg_set(err, "nothing is done, for it could not be kept: %s",
                    store_error(c->store));
    }
    free(text);
    return rc;
}

void controller_show(struct controller *c, const struct loops_doc *doc)
{
    char *text = loops_doc_format(doc), *old = NULL;
    uint64_t rev = 0;
    int rc;

    if (!store_get(c->store, CONTROLLER_SEEN, &old, &rev))
        free(old);
    rc =
        text ? store_cas(c->store, CONTROLLER_SEEN, rev, text, NULL) : -ENOMEM;
    free(text);
    if (rc)
        controller_tell_once(c, "what the loops saw could not be kept");
}

void controller_old_deeds(struct controller *c, struct loops_doc *doc)
{
    struct loops_doc old = { .wish = NULL };
    struct msg ignored;
    char *text = NULL;
    uint64_t rev;

    if (store_get(c->store, CONTROLLER_SEEN, &text, &rev))
        return;
    if (!loops_doc_parse(&old, text, strlen(text), &ignored))
        for (size_t i = 0; i < old.deeds; i++)
            loops_doc_deed(doc, &old.deed[i]);
    loops_doc_dispose(&old);
    free(text);
}
