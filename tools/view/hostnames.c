/* SPDX-License-Identifier: LGPL-2.1-only */
/* Names several hosts in few words, by the beginnings that they share. */
#include "tools/view/hostnames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/view/name.h"

struct hostname {
    const char *name;
    bool in;
};

struct hostnames {
    const struct hostname *row; /* sorted by name */
    uint32_t n;
    const uint32_t *before; /* how many rows before each are in */
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct hostname *)a)->name,
                  ((const struct hostname *)b)->name);
}

/* The first row behind those that begin with len bytes of row `at`, by which
 * they are one after another. */
static uint32_t begins_end(const struct hostnames *h, uint32_t at, size_t len)
{
    uint32_t lo = at + 1, hi = h->n;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (strncmp(h->row[mid].name, h->row[at].name, len))
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* Does no row before it begin so? */
static bool begins_here(const struct hostnames *h, uint32_t at, size_t len)
{
    return !at || strncmp(h->row[at - 1].name, h->row[at].name, len) != 0;
}

/* The rows from `at` on that a star can stand for, and the bytes before the
 * star; else that row alone. Returns the row behind them. */
static uint32_t hostnames_star(const struct hostnames *h, uint32_t at,
                               size_t *len_r)
{
    size_t all = strlen(h->row[at].name);

    for (size_t len = 1; len <= all; len++) {
        uint32_t end = begins_end(h, at, len);

        if (begins_here(h, at, len) && end - at > 1 &&
            h->before[end] - h->before[at] == end - at) {
            *len_r = len;
            return end;
        }
    }
    *len_r = all;
    return at + 1;
}

static void hostnames_write(const struct hostnames *h, char *buf, size_t len)
{
    size_t used = 0, length;
    uint32_t at = 0, end;

    while (at < h->n) {
        char name[NAME_SHOWN], word[2 * NAME_SHOWN];

        if (!h->row[at].in) {
            at++;
            continue;
        }
        end = hostnames_star(h, at, &length);
        name_shown(name, h->row[at].name);
        snprintf(word, sizeof word, "%s%.*s%s", used ? ", " : "",
                 end - at > 1 ? (int)length : NAME_SHOWN, name,
                 end - at > 1 ? "*" : "");
        if (used + strlen(word) + sizeof " and 4294967295 more" > len) {
            snprintf(buf + used, len - used, " and %u more",
                     h->before[h->n] - h->before[at]);
            return;
        }
        used += (size_t)snprintf(buf + used, len - used, "%s", word);
        at = end;
    }
}

int hostnames(const struct plan_cluster *c, const uint32_t *host, uint32_t n,
              const bool *in, char *buf, size_t len)
{
    struct hostname *row = calloc((size_t)n + 1, sizeof *row);
    uint32_t *before = calloc((size_t)n + 1, sizeof *before);
    struct hostnames h = { row, n, before };
    int rc = row && before ? 0 : -ENOMEM;

    if (rc)
        goto out;
    for (uint32_t i = 0; i < n; i++)
        row[i] = (struct hostname){ plan_host_name(c, host[i]), in[i] };
    qsort(row, n, sizeof *row, by_name);
    for (uint32_t i = 0; i < n; i++)
        before[i + 1] = before[i] + row[i].in;
    if (!before[n])
        snprintf(buf, len, "no host");
    else if (before[n] == n && n > 1)
        snprintf(buf, len, "all hosts");
    else
        hostnames_write(&h, buf, len);
out:
    free(row);
    free(before);
    return rc;
}
