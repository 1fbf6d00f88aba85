/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks rows of the configuration's lists beside others: names that are there
 * twice, ways to ask that do not exist, racks of hosts that do not exist. Which
 * of it is an error depends on who asks: config.h. */
#include "tools/config_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/near.h"
#include "tools/base/text.h"

enum { NOTES_MOST = 32 }; /* of a file that is none of ours, say */

int config_note(struct config *c, const struct msg *m)
{
    struct msg shown;

    if (c->notes.n >= NOTES_MOST)
        return 0;
    text_printable(shown.text, sizeof shown.text, m->text, strlen(m->text));
    return strlist_add(&c->notes, shown.text);
}

int config_fault(struct config *c, const struct msg *m)
{
    return c->lenient ? config_note(c, m) : -EINVAL;
}

size_t config_rows(const struct config *c, const struct setting *s)
{
    const void *v = (const char *)c + s->at;

    return s->type == T_HOSTS      ? ((const struct host_rows *)v)->n
           : s->type == T_SWITCHES ? ((const struct switch_rows *)v)->n
           : s->type == T_GROUPS   ? ((const struct group_rows *)v)->n
           : s->type == T_CLASSES  ? ((const struct class_rows *)v)->n
                                   : ((const struct strlist *)v)->n;
}

static int check_host(const struct config *c, size_t row, struct msg *err)
{
    const struct host_row *last = &c->hosts.row[row];

    if (host_rows_find(&c->hosts, last->name) == last)
        return 0;
    msg_set(err, "hosts has %s twice", last->name);
    return -EINVAL;
}

/* --- switches ------------------------------------------------------------------- */

static const char *const ways[] = { "snmp:", "snmp3:", "ssh:", "file:" };
enum { WAYS = sizeof ways / sizeof *ways };

static int check_way(const struct switch_row *r, struct msg *err)
{
    char word[32], hint[NEAR_HINT];
    const char *at = strrchr(r->how, '@');
    struct near n;

    for (unsigned i = 0; i < WAYS; i++) {
        size_t len = strlen(ways[i]);

        if (strncmp(r->how, ways[i], len))
            continue;
        if (r->how[len] && (strncmp(ways[i], "snmp", 4) || (at && at[1])))
            return 0;
        msg_set(err, "switches: %s lacks what is behind %s; it takes %s",
                r->name, ways[i],
                !strncmp(ways[i], "snmp", 4) ? "..@ADDRESS"
                : !strcmp(ways[i], "ssh:")   ? "[USER@]ADDRESS"
                                             : "a path");
        return -EINVAL;
    }
    snprintf(word, sizeof word, "%.*s", (int)strcspn(r->how, ":") + 1, r->how);
    near_init(&n, word);
    for (unsigned i = 0; i < WAYS; i++)
        near_try(&n, ways[i]);
    msg_set(err,
            "switches: %s is to be asked by snmp:, snmp3:, ssh: or file:, "
            "not %s%s",
            r->name, word, near_hint(&n, "", hint));
    return -EINVAL;
}

static int check_switch(const struct config *c, size_t row, struct msg *err)
{
    const struct switch_row *last = &c->switches.row[row];

    for (const struct switch_row *r = c->switches.row; r < last; r++)
        if (!strcmp(r->name, last->name)) {
            msg_set(err, "switches has %s twice", last->name);
            return -EINVAL;
        }
    return check_way(last, err);
}

static int check_class(const struct config *c, size_t row, struct msg *err)
{
    const struct class_row *last = &c->pci_class.row[row];

    if (class_rows_find(&c->pci_class, last->name) == last)
        return 0;
    msg_set(err, "pci_class has %s twice", last->name);
    return -EINVAL;
}

static int check_priority(const struct config *c, size_t row, struct msg *err)
{
    const char *name = c->priority.row[row].name;

    if (config_priority(name) >= 0)
        return 0;
    msg_set(err, "priority: %s is no number from 0 to %d", name,
            CONFIG_PRIORITY_MOST);
    return -EINVAL;
}

int config_priority(const char *text)
{
    size_t n = strspn(text, "0123456789");
    long v = n && n < 6 && !text[n] ? strtol(text, NULL, 10) : -1;

    return v <= CONFIG_PRIORITY_MOST ? (int)v : -1;
}

int config_check_row(const struct config *c, const struct setting *s,
                     size_t row, struct msg *err)
{
    return s->type == T_HOSTS      ? check_host(c, row, err)
           : s->type == T_SWITCHES ? check_switch(c, row, err)
           : s->type == T_CLASSES  ? check_class(c, row, err)
           : s->at == offsetof(struct config, priority)
               ? check_priority(c, row, err)
               : 0;
}

/* --- racks ---------------------------------------------------------------------- */

/* Are two names alike but for their numbers, as r1h1 and r12h3 are? */
static bool numbered_alike(const char *a, const char *b)
{
    while (*a && *b) {
        bool x = isdigit((unsigned char)*a), y = isdigit((unsigned char)*b);

        if (x != y || (!x && *a != *b))
            return false;
        a += x ? strspn(a, "0123456789") : 1;
        b += x ? strspn(b, "0123456789") : 1;
    }
    return *a == *b;
}

static bool is_switch(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->switches.n; i++)
        if (!strcmp(c->switches.row[i].name, name))
            return true;
    return false;
}

/*
 * A rack may also be named by its switches, of which LLDP alone may know. A
 * member that stands beside hosts is a host, though, and so is one that is
 * called like them.
 */
static bool is_no_host(const struct config *c, const struct group_row *r,
                       const char *name)
{
    if (host_rows_find(&c->hosts, name) || is_switch(c, name))
        return false;
    for (size_t i = 0; i < r->members.n; i++)
        if (host_rows_find(&c->hosts, r->members.s[i]))
            return true;
    for (size_t i = 0; i < c->hosts.n; i++)
        if (numbered_alike(c->hosts.row[i].name, name))
            return true;
    return false;
}

int config_check_rack(const struct config *c, size_t row, struct msg *err)
{
    const struct group_row *r = &c->racks.row[row];
    char hint[NEAR_HINT];
    struct near n;

    for (size_t k = 0; k < r->members.n; k++) {
        const char *name = r->members.s[k];

        if (!is_no_host(c, r, name))
            continue;
        near_init(&n, name);
        for (size_t h = 0; h < c->hosts.n; h++)
            near_try(&n, c->hosts.row[h].name);
        msg_set(err, "racks: %s has %s, which is none of `hosts`%s", r->name,
                name, near_hint(&n, "", hint));
        return -EINVAL;
    }
    return 0;
}
