/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the ports of a view by words: a sorted list where ports are many. */
#include "topology/identity_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Most views are hosts with a handful of ports, for which a list would cost
 * more than it saves. */
enum { PORTS_LOOKED_AT = 64 };

struct port_word_entry {
    const char *word; /* the view's */
    enum port_word kind;
    size_t port;
};

struct port_words {
    size_t n;
    struct port_word_entry entry[];
};

static const char *port_word(const struct topo_port *p, enum port_word kind)
{
    switch (kind) {
    case PORT_MAC: return p->mac;
    case PORT_ID: return p->id;
    case PORT_DESCR: return p->descr;
    case PORT_IF_DESCR: return p->if_descr;
    case PORT_ALIAS: return p->alias;
    case PORT_WORDS: break;
    }
    return NULL;
}

static int entry_compare(const void *va, const void *vb)
{
    const struct port_word_entry *a = va, *b = vb;
    int r = (int)a->kind - (int)b->kind;

    if (!r)
        r = strcmp(a->word, b->word);
    return r ? r : a->port < b->port ? -1 : a->port > b->port;
}

int port_words_new(const struct topo_view *v, struct port_words **words_r)
{
    struct port_words *w;

    *words_r = NULL;
    if (v->ports <= PORTS_LOOKED_AT)
        return 0;
    w = malloc(sizeof *w + v->ports * PORT_WORDS * sizeof *w->entry);
    if (!w)
        return -ENOMEM;
    w->n = 0;
    for (size_t i = 0; i < v->ports; i++)
        for (int kind = 0; kind < PORT_WORDS; kind++) {
            const char *word = port_word(&v->port[i], (enum port_word)kind);

            if (word && *word)
                w->entry[w->n++] = (struct port_word_entry){
                    .word = word, .kind = (enum port_word)kind, .port = i
                };
        }
    qsort(w->entry, w->n, sizeof *w->entry, entry_compare);
    *words_r = w;
    return 0;
}

void port_words_free(struct port_words *w)
{
    free(w);
}

/* The first entry that is not before x. */
static size_t entry_lower(const struct port_words *w,
                          const struct port_word_entry *x)
{
    size_t lo = 0, hi = w->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (entry_compare(&w->entry[mid], x) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct topo_port *port_words_find(const struct topo_view *v,
                                        const struct port_words *w,
                                        enum port_word kind, const char *word,
                                        size_t from)
{
    struct port_word_entry x = { .word = word, .kind = kind, .port = from };
    size_t i;

    if (!word || !*word)
        return NULL;
    if (w) {
        i = entry_lower(w, &x);
        return i < w->n && w->entry[i].kind == kind &&
                       !strcmp(w->entry[i].word, word)
                   ? &v->port[w->entry[i].port]
                   : NULL;
    }
    for (i = from; i < v->ports; i++) {
        const char *has = port_word(&v->port[i], kind);

        if (has && !strcmp(has, word))
            return &v->port[i];
    }
    return NULL;
}
