/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells of devices that this host keeps for guests whose moves nobody has ended. */
#include "tools/move/recover_claims.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/move/device_store.h"
#include "tools/move/device_there.h"
#include "tools/paths.h"

struct telling {
    struct recover_claims *c;
    unsigned found;
};

/* What is kept, in words. */
static const char *claim_text(const struct device_claim *k, char *buf,
                              size_t size)
{
    const struct device_item *d = &k->list.item[0];

    if (k->list.n > 1)
        snprintf(buf, size, "%u devices", k->list.n);
    else if (*d->pci)
        snprintf(buf, size, "%s of the class %s", d->pci, d->class);
    else
        snprintf(buf, size, "vif %u of the class %s", d->vif, d->class);
    return buf;
}

/* The name of the guest, if it runs here. */
static bool claim_guest(struct xlx *x, const char *uuid, char *name,
                        size_t size)
{
    struct xlx_domain d = { .domid = 0 };
    struct msg why;
    bool lives =
        !xlx_domain_find(x, uuid, 0, &d, &why) && device_guest_runs(&d);

    if (lives)
        snprintf(name, size, "%s", d.name ? d.name : uuid);
    xlx_domain_dispose(&d);
    return lives;
}

static void claim_tell(struct recover_claims *c, const struct device_claim *k)
{
    char name[256], what[100], text[1000];

    claim_text(k, what, sizeof what);
    if (claim_guest(c->x, k->uuid, name, sizeof name))
        snprintf(text, sizeof text,
                 "%s runs here, and has not been given %s, which this host "
                 "keeps for it: `rackhop recover` on %s goes on; if that host "
                 "is lost for good, `rackhop device finish %s %s` here",
                 name, what, k->from, k->uuid, k->move);
    else
        snprintf(text, sizeof text,
                 "this host keeps %s for the guest %s, which was to come from "
                 "%s: `rackhop recover` there ends that; if that host is lost "
                 "for good, `rackhop device release %s %s` here",
                 what, k->uuid, k->from, k->uuid, k->move);
    c->told(c->arg, text);
}

static int claim_each(void *arg, const struct device_claim *k)
{
    struct telling *t = arg;
    struct msg why;
    int lock;

    if (k->state != CLAIM_KEPT || !k->list.n ||
        (t->c->uuid && strcmp(t->c->uuid, k->uuid)))
        return 0;
    lock = xlx_lock(path_run(), k->uuid, "recover", &why);
    if (lock < 0)
        return 0;
    claim_tell(t->c, k);
    t->found++;
    close(lock);
    return 0;
}

int recover_claims(struct recover_claims *c, struct msg *err)
{
    struct telling t = { .c = c };
    int rc = device_claim_each(c->store, claim_each, &t, err);

    return rc ? rc : (int)t.found;
}
