/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the notes of a cluster: what its facts have that is odd.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int plan_add_note(struct plan_cluster *c, const struct plan_note *n)
{
    struct kept_note k = { intern_str(&c->word, n->host),
                           intern_str(&c->word, n->uuid),
                           intern_str(&c->word, n->name),
                           intern_str(&c->word, n->text) };

    if ((n->host && k.host == NONE) || (n->uuid && k.uuid == NONE) ||
        (n->name && k.name == NONE) || k.text == NONE ||
        array_grow(&c->note, &c->note_room, c->nnote + 1u, sizeof k))
        return -ENOMEM;
    c->note[c->nnote++] = k;
    return 0;
}

int cluster_note(struct plan_cluster *c, uint32_t host, uint32_t dom,
                 const char *fmt, ...)
{
    struct plan_note n = { .text = NULL };
    char *text = NULL;
    va_list ap;
    int rc;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    if (!text)
        return -ENOMEM;
    n.text = text;
    n.host = host == NONE ? NULL : plan_host_name(c, host);
    n.uuid = dom == NONE ? NULL : plan_domain_uuid(c, dom);
    n.name = dom == NONE ? NULL : plan_domain_name(c, dom);
    rc = plan_add_note(c, &n);
    free(text);
    return rc;
}

uint32_t plan_notes(const struct plan_cluster *c)
{
    return c->nnote;
}

struct plan_note plan_note(const struct plan_cluster *c, uint32_t i)
{
    const struct kept_note *k = &c->note[i];

    return (struct plan_note){ intern_get(&c->word, k->host),
                               intern_get(&c->word, k->uuid),
                               intern_get(&c->word, k->name),
                               intern_get(&c->word, k->text) };
}
