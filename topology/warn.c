/* SPDX-License-Identifier: LGPL-2.1-only */
/* Warnings: stable codes, the node and port they are about, one sentence. */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const topo_warning_codes[] = {
    "contested",         /* two places claim one port, and neither proves it */
    "contradicted",      /* a claim about a port that says otherwise itself */
    "duplicate-chassis", /* two nodes with one chassis id */
    "duplicate-name",    /* one name, two chassis ids */
    "extra-neighbor",    /* unconfirmed neighbour beside a confirmed one */
    "firmware-lldp",     /* a NIC's firmware answers LLDP for the host */
    "one-sided",         /* only one end of a cable tells of it */
    "own-frame",         /* a port hears the node it belongs to */
    "plan-mismatch",     /* the plan says otherwise than LLDP */
    "plan-unknown",      /* the plan names a port that its node has not */
    "port-mismatch",     /* both ends agree on the nodes, not on the ports */
    "shared-segment",    /* several neighbours on one port */
    "silent",            /* a port that carries migrations hears nobody */
    "speed-mismatch",    /* two ends of a cable differ in speed */
    "too-many",          /* more neighbours than a port can have */
    "unread",            /* a node of which no table was read */
    "unreadable",        /* a source gave something that is no table */
    "unreachable",       /* a source did not answer */
    NULL,
};

__attribute__((format(printf, 5, 0))) static int add(
    struct topo_map *m, const char *code, const char *node, const char *port,
    const char *fmt, va_list ap)
{
    struct topo_warning *w;
    size_t want = m->warning_room ? m->warning_room * 2 : 16;

    if (m->warnings == m->warning_room) {
        w = reallocarray(m->warning, want, sizeof *w);
        if (!w)
            return -ENOMEM;
        m->warning = w;
        m->warning_room = want;
    }
    w = &m->warning[m->warnings];
    w->code = code;
    w->node = strdup(node ? node : "");
    w->port = port ? strdup(port) : NULL;
    if (vasprintf(&w->text, fmt, ap) < 0)
        w->text = NULL;
    if (!w->node || !w->text || (port && !w->port)) {
        free(w->node);
        free(w->port);
        free(w->text);
        return -ENOMEM;
    }
    m->warnings++;
    return 0;
}

int topo_map_warn(struct topo_map *m, const char *code, const char *node,
                  const char *port, const char *fmt, ...)
{
    va_list ap;
    int rc;

    va_start(ap, fmt);
    rc = add(m, code, node, port, fmt, ap);
    va_end(ap);
    return rc;
}

void merge_warn(struct merge *m, const char *code, uint32_t who,
                const char *port, const char *fmt, ...)
{
    va_list ap;
    int rc;

    va_start(ap, fmt);
    rc = add(m->map, code, m->who[who].name, port, fmt, ap);
    va_end(ap);
    if (rc)
        m->rc = rc;
}

static int compare(const void *va, const void *vb)
{
    const struct topo_warning *a = va, *b = vb;
    int r = strcmp(a->node, b->node);

    if (!r)
        r = strcmp(a->port ? a->port : "", b->port ? b->port : "");
    if (!r)
        r = strcmp(a->code, b->code);
    return r ? r : strcmp(a->text, b->text);
}

void topo_map_sort(struct topo_map *m)
{
    if (m->warnings)
        qsort(m->warning, m->warnings, sizeof *m->warning, compare);
}

void topo_map_init(struct topo_map *m)
{
    *m = (struct topo_map){ .topo = NULL };
}

void topo_map_dispose(struct topo_map *m)
{
    for (size_t i = 0; i < m->warnings; i++) {
        free(m->warning[i].node);
        free(m->warning[i].port);
        free(m->warning[i].text);
    }
    free(m->warning);
    topo_free(m->topo);
    topo_map_init(m);
}
