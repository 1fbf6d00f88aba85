/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the attribute lists of a text in the DOT language. */
#include "topology/dot_attrs.h"

#include <stdlib.h>
#include <string.h>

char *dot_text(const char *s)
{
    struct topo_view v = { .name = NULL };
    char *copy = NULL;

    topo_str(&v, &copy, s);
    return copy;
}

static const char *attr_set_port(char **dst, const char *value)
{
    free(*dst);
    *dst = dot_text(value);
    return *dst ? NULL : cabling_no_memory;
}

static const char *attr_set(struct dot_attrs *a, const char *name,
                            const char *value)
{
    enum topo_kind kind;
    char *end;

    if (!strcmp(name, "mbps")) {
        long x = strtol(value, &end, 10);

        if (*end || end == value || x < 1 || x > TOPO_MAX_MBPS)
            return "mbps takes a whole number of Mbit/s";
        a->mbps = x;
    } else if (!strcmp(name, "taillabel") && *value) {
        return attr_set_port(&a->a_port, value);
    } else if (!strcmp(name, "headlabel") && *value) {
        return attr_set_port(&a->b_port, value);
    } else if (!strcmp(name, "kind")) {
        if (topo_kind_parse(value, &kind))
            return "kind takes host, switch or segment";
        a->kind = (int)kind;
    }
    return NULL;
}

const char *dot_read_attrs(struct dot_lexer *l, struct dot_attrs *a)
{
    while (dot_is_punct(l, '[')) {
        for (dot_next(l); !dot_is_punct(l, ']'); dot_next(l)) {
            char name[TOPO_TEXT_MAX + 1];
            const char *why;

            if (dot_is_punct(l, ',') || dot_is_punct(l, ';'))
                continue;
            if (l->token != DOT_WORD)
                return "an attribute list without its ]";
            memcpy(name, l->word, sizeof name);
            dot_next(l);
            if (!dot_is_punct(l, '='))
                return "an attribute without =";
            dot_next(l);
            if (l->token != DOT_WORD)
                return "an attribute without a value";
            why = attr_set(a, name, l->word);
            if (why)
                return why;
        }
        dot_next(l);
    }
    return NULL;
}

void dot_attrs_free(struct dot_attrs *a)
{
    free(a->a_port);
    free(a->b_port);
}
