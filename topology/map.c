/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the warnings of a map: a stable code, a node, a port, one sentence.
 */
#include "topology/map.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARNINGS_OF_A_CODE = 16 }; /* kept of one node */

const char *const topo_warning_codes[] = {
    "contested",    /* two switches claim one port; nothing proves it */
    "contradicted", /* a row about a port whose own table says otherwise */
    "duplicate-chassis", /* two nodes with one chassis id */
    "duplicate-name",    /* one name, two chassis ids */
    "extra-neighbor",    /* unconfirmed neighbour beside a confirmed one */
    "firmware-lldp",     /* a NIC's firmware answers LLDP for the host */
    "mtu-mismatch",      /* a switch's port takes less than a host's sends */
    "no-lldp",           /* a switch that was read has no LLDP */
    "not-believed",      /* rows of a table that contradict the MIB */
    "off",               /* a host is switched off, and was not asked */
    "one-node",          /* several chassis ids that were taken for one node */
    "one-sided",         /* only one port of a cable tells of it */
    "own-frame",         /* a port hears its own node */
    "plan-loop",         /* the plan has a cable from a node to itself */
    "plan-mismatch",     /* the plan and LLDP contradict each other */
    "plan-port",         /* the plan has two cables at one port */
    "plan-unknown",      /* the plan names a port that its node has not */
    "port-down",         /* a port hears LLDP, and is said to be down */
    "port-mismatch",     /* two tables agree on the nodes, not on the ports */
    "rack-changed",      /* a host is in another rack than before */
    "shared-segment",    /* several neighbours on one port */
    "silent",            /* a port that carries migrations has no neighbour */
    "speed-mismatch",    /* the two ports of a cable differ in speed */
    "too-many",          /* more neighbours than a port can have */
    "unplaced",          /* neighbours at ports that a table does not tell */
    "unread",            /* a node of which no table was read */
    "unreadable",        /* a source gave something that is no table */
    "unreachable",       /* a source did not answer */
    NULL,
};

static void warning_free(struct topo_warning *w)
{
    free(w->node);
    free(w->port);
    free(w->text);
}

int topo_map_warn(struct topo_map *m, const char *code, const char *node,
                  const char *port, const char *fmt, ...)
{
    struct topo_warning *w;
    va_list ap;

    if (array_grow(&m->warning, &m->warning_room, m->warnings + 1,
                   sizeof *m->warning))
        return -ENOMEM;
    w = &m->warning[m->warnings];
    w->code = code;
    w->node = strdup(node ? node : "");
    w->port = port ? strdup(port) : NULL;
    va_start(ap, fmt);
    if (vasprintf(&w->text, fmt, ap) < 0)
        w->text = NULL;
    va_end(ap);
    if (!w->node || !w->text || (port && !w->port)) {
        warning_free(w);
        return -ENOMEM;
    }
    m->warnings++;
    return 0;
}

static int warning_compare(const void *va, const void *vb)
{
    const struct topo_warning *a = va, *b = vb;
    int r = strcmp(a->node, b->node);

    if (!r)
        r = strcmp(a->port ? a->port : "", b->port ? b->port : "");
    if (!r)
        r = strcmp(a->code, b->code);
    return r ? r : strcmp(a->text, b->text);
}

static size_t warning_code_index(const char *code)
{
    size_t i = 0;

    while (topo_warning_codes[i] && strcmp(topo_warning_codes[i], code))
        i++;
    return i;
}

/* Keeps the first of each code of one node's n warnings, so that a node that
 * sends nonsense cannot hide what else is wrong. Returns how many are left. */
static size_t warnings_thin_out(struct topo_warning *w, size_t n)
{
    size_t seen[sizeof topo_warning_codes / sizeof *topo_warning_codes] = {
        0
    };
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t c = warning_code_index(w[i].code);

        if (++seen[c] <= WARNINGS_OF_A_CODE)
            w[kept++] = w[i];
        else
            warning_free(&w[i]);
    }
    for (size_t i = 0; i < kept; i++) {
        size_t c = warning_code_index(w[i].code),
               more = seen[c] - WARNINGS_OF_A_CODE;
        char *text;

        if (seen[c] <= WARNINGS_OF_A_CODE)
            continue;
        seen[c] = 0; /* the first one says it */
        if (asprintf(&text, "%s; and %zu more of this kind", w[i].text,
                     more) >= 0) {
            free(w[i].text);
            w[i].text = text;
        }
    }
    return kept;
}

void topo_map_sort(struct topo_map *m)
{
    size_t kept = 0, n;

    if (!m->warnings)
        return;
    qsort(m->warning, m->warnings, sizeof *m->warning, warning_compare);
    for (size_t i = 0, j; i < m->warnings; i = j) {
        for (j = i + 1; j < m->warnings &&
                        !strcmp(m->warning[j].node, m->warning[i].node);)
            j++;
        n = warnings_thin_out(m->warning + i, j - i);
        memmove(m->warning + kept, m->warning + i, n * sizeof *m->warning);
        kept += n;
    }
    m->warnings = kept;
}

void topo_map_init(struct topo_map *m)
{
    *m = (struct topo_map){ .topo = NULL };
}

void topo_map_dispose(struct topo_map *m)
{
    for (size_t i = 0; i < m->warnings; i++)
        warning_free(&m->warning[i]);
    free(m->warning);
    topo_free(m->topo);
    topo_map_init(m);
}
