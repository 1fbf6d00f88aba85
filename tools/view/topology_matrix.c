/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Prints the hops between all hosts as a matrix: by their names, or, where
 * that is too wide, with a letter for all hosts that are as far from others.
 */
#include "tools/view/topology_text.h"
#include "tools/view/table.h"

#include <stdlib.h>
#include <string.h>

enum { LETTERS = 52 };

/* The hosts in the order in which they are shown. */
struct matrix_hosts {
    struct topo_dist *d;
    struct matrix_host {
        uint32_t node;
        const char *name;
        int set; /* of equal hosts; below 0: like no other */
    } * host;
    size_t n, width; /* columns of the terminal */
    FILE *f;
};

/* --- by names ------------------------------------------------------------ */

static void put_hops(FILE *f, int width, int hops)
{
    if (hops < 0)
        fprintf(f, "%*s", width, "?");
    else
        fprintf(f, "%*d", width, hops);
}

/* A text and what makes it as wide as its column, at its left or its right. */
static void put_padded(FILE *f, int width, const char *text, bool right)
{
    int pad = width - (int)table_text_width(text);

    fprintf(f, "%*s%s%*s", right && pad > 0 ? pad : 0, "", text,
            !right && pad > 0 ? pad : 0, "");
}

static void put_by_names(const struct matrix_hosts *m, int width)
{
    put_padded(m->f, width, "hops", false);
    for (size_t i = 0; i < m->n; i++)
        put_padded(m->f, width + 2, m->host[i].name, true);
    putc('\n', m->f);
    for (size_t a = 0; a < m->n; a++) {
        put_padded(m->f, width, m->host[a].name, false);
        for (size_t b = 0; b < m->n; b++)
            put_hops(m->f, width + 2,
                     topo_hops(m->d, m->host[a].node, m->host[b].node));
        putc('\n', m->f);
    }
}

/* --- ranges of names ----------------------------------------------------- */

/* The digits at the end of a name begin there. */
static size_t name_digits(const char *s)
{
    size_t n = strlen(s);

    while (n && s[n - 1] >= '0' && s[n - 1] <= '9')
        n--;
    return n;
}

/* Whether b comes after a in a row of numbered names. */
static bool name_follows(const char *a, const char *b)
{
    size_t n = name_digits(a), m = name_digits(b);

    return n == m && !strncmp(a, b, n) && a[n] && b[n] && strlen(a + n) < 10 &&
           strlen(b + n) < 10 &&
           strtoul(b + n, NULL, 10) == strtoul(a + n, NULL, 10) + 1;
}

/* "r1h1..r1h8, r1h11" of n hosts; what is beyond `width` bytes is counted. */
static char *names_text(const struct matrix_host *h, size_t n, size_t width)
{
    char *text = NULL;
    size_t len = 0, end;
    FILE *f = open_memstream(&text, &len);

    for (size_t i = 0; f && i < n; i = end) {
        for (end = i + 1;
             end < n && name_follows(h[end - 1].name, h[end].name);)
            end++;
        fprintf(f, "%s%s", i ? ", " : "", h[i].name);
        if (end - i > 1)
            fprintf(f, "%s%s", end - i > 2 ? ".." : ", ", h[end - 1].name);
        fflush(f);
        if (len > width && end < n) {
            fprintf(f, " and %zu more", n - end);
            break;
        }
    }
    if (f)
        fclose(f);
    return text;
}

/* --- by letters ---------------------------------------------------------- */

/* A to Z, a to z, then AA, AB .. */
static const char *letter(char buf[3], size_t i)
{
    static const char all[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    if (i < LETTERS)
        snprintf(buf, 3, "%c", all[i]);
    else
        snprintf(buf, 3, "%c%c", all[(i / LETTERS - 1) % LETTERS],
                 all[i % LETTERS]);
    return buf;
}

static int host_by_set(const void *va, const void *vb)
{
    const struct matrix_host *a = va, *b = vb;

    if (a->set != b->set)
        return a->set < b->set ? -1 : 1;
    return strverscmp(a->name, b->name);
}

/* One group of the matrix. */
struct matrix_group {
    const struct matrix_host *host;
    size_t n;
    char *text;
};

static int group_by_name(const void *va, const void *vb)
{
    const struct matrix_group *a = va, *b = vb;

    return strverscmp(a->host->name, b->host->name);
}

static size_t groups_make(const struct matrix_hosts *m, struct matrix_group *g)
{
    size_t n = 0;

    qsort(m->host, m->n, sizeof *m->host, host_by_set);
    for (size_t i = 0, end; i < m->n; i = end) {
        for (end = i + 1; end < m->n && m->host[i].set >= 0 &&
                          m->host[end].set == m->host[i].set;)
            end++;
        g[n++] = (struct matrix_group){ &m->host[i], end - i, NULL };
    }
    qsort(g, n, sizeof *g, group_by_name);
    return n;
}

/* Between two hosts of these groups; of one group between two of its own. */
static int group_hops(const struct matrix_hosts *m,
                      const struct matrix_group *a,
                      const struct matrix_group *b)
{
    return topo_hops(m->d, a->host[0].node,
                     b->host[a == b && a->n > 1 ? 1 : 0].node);
}

/* The columns from `from` to before `to`. */
static void put_block(const struct matrix_hosts *m,
                      const struct matrix_group *g, size_t n, int width,
                      int column, size_t from, size_t to)
{
    char l[3];

    fprintf(m->f, "   %-*s", width, "hops");
    for (size_t i = from; i < to; i++)
        fprintf(m->f, "%*s", column, letter(l, i));
    putc('\n', m->f);
    for (size_t a = 0; a < n; a++) {
        fprintf(m->f, "%-2s ", letter(l, a));
        put_padded(m->f, width, g[a].text, false);
        for (size_t b = from; b < to; b++)
            put_hops(m->f, column, group_hops(m, &g[a], &g[b]));
        putc('\n', m->f);
    }
}

static void put_groups(const struct matrix_hosts *m,
                       const struct matrix_group *g, size_t n)
{
    int column = n > LETTERS ? 3 : 2, width = 4;
    size_t at_once;

    for (size_t i = 0; i < n; i++)
        if ((int)table_text_width(g[i].text) > width)
            width = (int)table_text_width(g[i].text);
    for (size_t a = 0; a < n && column < 3; a++)
        if (group_hops(m, &g[0], &g[a]) > 9)
            column = 3;
    at_once = (size_t)(width + 3 + column) < m->width
                  ? (m->width - (size_t)width - 3) / (size_t)column
                  : 1;
    for (size_t from = 0; from < n; from += at_once) {
        if (from)
            putc('\n', m->f);
        put_block(m, g, n, width, column, from,
                  from + at_once < n ? from + at_once : n);
    }
    fputs("hosts of one letter are as far from all others; in the diagonal "
          "stand\ntwo of them\n",
          m->f);
}

static void put_by_letters(const struct matrix_hosts *m)
{
    enum { NAMES_WIDTH = 24 };
    struct matrix_group *g = calloc(m->n + 1, sizeof *g);
    size_t n = g ? groups_make(m, g) : 0;
    bool ok = n > 0;

    for (size_t i = 0; i < n; i++) {
        g[i].text = names_text(g[i].host, g[i].n, NAMES_WIDTH);
        ok &= g[i].text != NULL;
    }
    if (ok)
        put_groups(m, g, n);
    for (size_t i = 0; i < n; i++)
        free(g[i].text);
    free(g);
}

/* --- all of it ----------------------------------------------------------- */

void topology_print_matrix(const struct topo *t, struct topo_dist *d, FILE *f)
{
    struct matrix_hosts m = { .d = d,
                              .f = f,
                              .width = table_look(false, false).columns };
    int width = 4;

    m.host = calloc(topo_nodes(t) + 1, sizeof *m.host);
    for (uint32_t i = 0; m.host && i < topo_nodes(t); i++) {
        const struct topo_node *n = topo_node(t, i);

        if (n->kind != TOPO_HOST)
            continue;
        m.host[m.n++] = (struct matrix_host){
            .node = i,
            .name = n->name,
            .set = topo_is_direct(d, i) ? -1 : topo_set_of(d, i),
        };
        if ((int)table_text_width(n->name) > width)
            width = (int)table_text_width(n->name);
    }
    if ((size_t)(width + 2) * (m.n + 1) <= m.width + 2)
        put_by_names(&m, width);
    else if (m.n)
        put_by_letters(&m);
    free(m.host);
}
