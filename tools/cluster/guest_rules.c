/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds what the configuration says of a guest: its groups, the hosts that may
 * have it, whether it is pinned.
 *
 * A word that names a guest is its name, its UUID, or tag:TAG, which stands
 * for all guests of the tag. What names nobody is told of: it is misspelt, or
 * a guest is gone that somebody counts on.
 */
#include "tools/cluster/guest_rules.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/base/grow.h"
#include "tools/doc/json.h"
#include "tools/base/text.h"
#include "topology/topology.h"

enum guest_rule {
    IN_APART,
    IN_APART_RACKS,
    IN_TOGETHER,
    IN_ONLY,
    IN_PRIORITY,
    IN_PINNED
};

static const char *const rule_setting[] = { "apart", "apart_racks", "together",
                                            "only",  "priority",    "pinned" };

struct guest_word {
    enum guest_rule rule;
    const struct group_row *row; /* NULL: pinned */
    const char *tag;             /* NULL: it is no tag, and stands itself */
    const char *text;            /* the name or UUID of a guest */
    bool met;                    /* some guest is called that */
};

/* --- words --------------------------------------------------------------- */

static int word_add_one(struct guest_rules *g, enum guest_rule rule,
                        const struct group_row *row, const char *tag,
                        const char *text)
{
    if (array_grow(&g->word, &g->room, g->n + 1, sizeof *g->word))
        return -ENOMEM;
    g->word[g->n++] = (struct guest_word){
        .rule = rule, .row = row, .tag = tag, .text = text
    };
    return 0;
}

/* A tag becomes the words of its guests; one that is not there stays. */
static int word_add(struct guest_rules *g, enum guest_rule rule,
                    const struct group_row *row, const char *text)
{
    static const char prefix[] = "tag:";
    const struct group_rows *tags = &g->conf->tags;
    const char *tag = text + sizeof prefix - 1;
    bool found = false;
    int rc = 0;

    if (strncmp(text, prefix, sizeof prefix - 1))
        return word_add_one(g, rule, row, NULL, text);
    for (size_t i = 0; i < tags->n; i++) {
        if (strcmp(tags->row[i].name, tag))
            continue;
        found = true;
        for (size_t k = 0; k < tags->row[i].members.n && !rc; k++)
            rc = word_add_one(g, rule, row, tag, tags->row[i].members.s[k]);
    }
    return rc || found ? rc : word_add_one(g, rule, row, tag, NULL);
}

static int words_add_groups(struct guest_rules *g, enum guest_rule rule,
                            const struct group_rows *rows)
{
    int rc = 0;

    for (size_t i = 0; i < rows->n; i++)
        for (size_t k = 0; k < rows->row[i].members.n && !rc; k++)
            rc = word_add(g, rule, &rows->row[i], rows->row[i].members.s[k]);
    return rc;
}

int guest_rules_init(struct guest_rules *g, const struct config *conf)
{
    int rc;

    *g = (struct guest_rules){ .conf = conf };
    rc = words_add_groups(g, IN_APART, &conf->apart);
    if (!rc)
        rc = words_add_groups(g, IN_APART_RACKS, &conf->apart_racks);
    if (!rc)
        rc = words_add_groups(g, IN_TOGETHER, &conf->together);
    if (!rc)
        rc = words_add_groups(g, IN_PRIORITY, &conf->priority);
    for (size_t i = 0; i < conf->only.n && !rc; i++)
        rc = word_add(g, IN_ONLY, &conf->only.row[i], conf->only.row[i].name);
    for (size_t i = 0; i < conf->pinned.n && !rc; i++)
        rc = word_add(g, IN_PINNED, NULL, conf->pinned.s[i]);
    return rc;
}

void guest_rules_dispose(struct guest_rules *g)
{
    free(g->word);
    *g = (struct guest_rules){ .word = NULL };
}

/* --- a guest ------------------------------------------------------------- */

static int list_add_new(struct strlist *l, const char *s)
{
    return strlist_has(l, s) ? 0 : strlist_add(l, s);
}

static int word_apply(const struct guest_word *w, struct snapshot_domain *d)
{
    int rc = 0;

    switch (w->rule) {
    case IN_APART: return list_add_new(&d->apart, w->row->name);
    case IN_APART_RACKS: return list_add_new(&d->apart_racks, w->row->name);
    case IN_TOGETHER: return list_add_new(&d->together, w->row->name);
    case IN_ONLY:
        for (size_t i = 0; i < w->row->members.n && !rc; i++)
            rc = list_add_new(&d->only, w->row->members.s[i]);
        return rc;
    case IN_PRIORITY:
        rc = config_priority(w->row->name);
        d->priority = rc > d->priority ? rc : d->priority;
        return 0;
    case IN_PINNED: d->pinned_why = "rackhop.conf says so"; break;
    }
    return 0;
}

int guest_rules_of(struct guest_rules *g, struct snapshot_domain *d)
{
    const char *uuid = json_get_str(d->facts, "uuid", "");
    char *name;
    int rc = 0;

    if (!g->n)
        return 0;
    name = strndup(json_get_str(d->facts, "name", ""), d->name_len);
    if (!name)
        return -ENOMEM;
    for (size_t i = 0; i < g->n && !rc; i++) {
        struct guest_word *w = &g->word[i];

        if (!w->text || (strcmp(w->text, name) && strcasecmp(w->text, uuid)))
            continue;
        w->met = true;
        rc = word_apply(w, d);
    }
    free(name);
    return rc;
}

/* --- what names nobody --------------------------------------------------- */

struct teller {
    void (*note)(void *arg, const char *text);
    void *arg;
    size_t missing;
};

static void tell_word(const struct teller *t, const struct guest_word *w)
{
    char text[900], name[300], group[300] = "", tag[300];
    const char *what = w->text ? w->text : w->tag;
    size_t at = 0;

    text_printable(name, sizeof name, what, strlen(what));
    if (w->row && w->rule != IN_ONLY) {
        group[0] = ' ';
        text_printable(group + 1, sizeof group - 1, w->row->name,
                       strlen(w->row->name));
    }
    at = (size_t)snprintf(text, sizeof text,
                          "the setting %s%s names a %s %s that does not exist",
                          rule_setting[w->rule], group,
                          w->text ? "guest" : "tag", name);
    if (w->text && w->tag)
        at += (size_t)snprintf(
            text + at, sizeof text - at, " (by the tag %s)",
            text_printable(tag, sizeof tag, w->tag, strlen(w->tag)));
    if (w->text && t->missing && at < sizeof text)
        snprintf(text + at, sizeof text - at,
                 ", or is on %s that did not answer",
                 t->missing == 1 ? "the host" : "one of the hosts");
    t->note(t->arg, text);
}

static bool place_exists(const struct guest_rules *g, const struct topo *map,
                         const char *word)
{
    static const char rack[] = "rack:";

    if (strncmp(word, rack, sizeof rack - 1))
        return host_rows_find(&g->conf->hosts, word);
    for (uint32_t i = 0; i < topo_nodes(map); i++) {
        const char *name = topo_node(map, i)->rack;

        if (name && !strcmp(name, word + sizeof rack - 1))
            return true;
    }
    return false;
}

static void tell_places(const struct guest_rules *g, const struct topo *map,
                        const struct teller *t, const struct group_row *row)
{
    char text[700], guest[300], place[300];

    for (size_t i = 0; i < row->members.n; i++) {
        const char *word = row->members.s[i];

        if (place_exists(g, map, word))
            continue;
        snprintf(
            text, sizeof text,
            "the setting only allows %s the host %s, which does not "
            "exist",
            text_printable(guest, sizeof guest, row->name, strlen(row->name)),
            text_printable(place, sizeof place, word, strlen(word)));
        t->note(t->arg, text);
    }
}

void guest_rules_tell(const struct guest_rules *g, const struct topo *map,
                      size_t missing,
                      void (*note)(void *arg, const char *text), void *arg)
{
    const struct teller t = { note, arg, missing };

    for (size_t i = 0; i < g->n; i++)
        if (!g->word[i].met)
            tell_word(&t, &g->word[i]);
    for (size_t i = 0; i < g->conf->only.n; i++)
        tell_places(g, map, &t, &g->conf->only.row[i]);
}
