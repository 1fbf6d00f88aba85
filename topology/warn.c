/* SPDX-License-Identifier: LGPL-2.1-only */
/* Warnings: stable codes, the node and port they are about, one sentence. */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WARNINGS_OF_A_KIND = 16 }; /* kept of one node */

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

static void warning_free(struct topo_warning *w)
{
    free(w->node);
    free(w->port);
    free(w->text);
}

static size_t code_index(const char *code)
{
    size_t i = 0;

    while (topo_warning_codes[i] && strcmp(topo_warning_codes[i], code))
        i++;
    return i;
}

/* Of one node's warnings w[0..n) the first of each code: who floods the map
 * with nonsense must not hide what else is wrong. Returns how many are left. */
static size_t thin_out(struct topo_warning *w, size_t n)
{
    size_t seen[sizeof topo_warning_codes / sizeof *topo_warning_codes] = {
        0
    };
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t c = code_index(w[i].code);

        if (++seen[c] <= WARNINGS_OF_A_KIND)
            w[kept++] = w[i];
        else
            warning_free(&w[i]);
    }
    for (size_t i = 0; i < kept; i++) {
        size_t c = code_index(w[i].code), more = seen[c] - WARNINGS_OF_A_KIND;
        char *text;

        if (seen[c] <= WARNINGS_OF_A_KIND)
            continue;
        seen[c] = 0; /* told once */
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
    qsort(m->warning, m->warnings, sizeof *m->warning, compare);
    for (size_t i = 0, j; i < m->warnings; i = j) {
        for (j = i + 1; j < m->warnings &&
                        !strcmp(m->warning[j].node, m->warning[i].node);)
            j++;
        n = thin_out(m->warning + i, j - i);
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
