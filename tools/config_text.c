/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Looks at the text of a settings file beside libxlutil, which knows neither
 * decimal points nor signs, and tells no line of what it has read.
 */
#include "tools/config_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/near.h"

/* Where a statement ends; a line feed in a string, comment or list ends none.
 */
static const char *statement_end(const char *p, unsigned *line)
{
    int nesting = 0;

    for (; *p; p++) {
        if (*p == '"' || *p == '\'')
            p += strcspn(p + 1, *p == '"' ? "\"\n" : "'\n") + 1;
        if (*p == '#')
            p += strcspn(p, "\n");
        if (*p == '[')
            nesting++;
        else if (*p == ']')
            nesting--;
        else if (*p == '\n' && nesting > 0)
            ++*line;
        else if (!*p || ((*p == '\n' || *p == ';') && nesting <= 0))
            break;
    }
    return p;
}

/* A statement "NAME = VALUE" or "NAME += VALUE". False: p begins with none. */
struct statement {
    const char *name, *value;
    size_t name_len;
    bool adds;
};
static bool statement_at(const char *p, struct statement *s)
{
    size_t n = 0;

    while (isalnum((unsigned char)p[n]) || p[n] == '_')
        n++;
    s->name = p;
    s->name_len = n;
    p += n + strspn(p + n, " \t");
    s->adds = *p == '+' && p[1] == '=';
    s->value = p + 1 + s->adds;
    s->value += *p ? strspn(s->value, " \t") : 0;
    return n && (*p == '=' || s->adds);
}

/* --- numbers -------------------------------------------------------------------- */

/* How long the number is, if it is one that libxlutil does not know; else 0. */
static size_t number_to_quote(const char *v)
{
    size_t n = strspn(v, "0123456789.eE+-");

    if (!n || !strchr("0123456789.+-", *v) ||
        v[strspn(v, "0123456789")] == 'x')
        return 0;
    return strchr(" \t\r\n;#", v[n]) && strspn(v, "0123456789") != n ? n : 0;
}

char *config_text_quote(const char *text)
{
    const char *from = text;
    unsigned line = 1;
    size_t len = strlen(text), numbers = 0;
    char *copy, *to;

    for (const char *p = text; *p; p++)
        numbers += *p == '=';
    to = copy = malloc(len + 2 * numbers + 1);
    for (const char *p = text; copy && *p; p += *p != '\0') {
        struct statement s;
        size_t n;

        p += strspn(p, " \t\r");
        n = statement_at(p, &s) ? number_to_quote(s.value) : 0;
        if (n) {
            to = mempcpy(to, from, (size_t)(s.value - from));
            *to++ = '"';
            to = mempcpy(to, s.value, n);
            *to++ = '"';
            from = s.value + n;
        }
        p = statement_end(p, &line);
    }
    if (copy)
        strcpy(to, from);
    return copy;
}

/* --- names and lines ---------------------------------------------------------------- */

static int setting_index(const char *name, size_t n)
{
    for (int i = 0; config_table[i].name; i++)
        if (strlen(config_table[i].name) == n &&
            !strncmp(config_table[i].name, name, n))
            return i;
    return -1;
}

static int refuse_name(const char *path, unsigned line,
                       const struct statement *s, struct msg *err)
{
    char name[65], hint[NEAR_HINT];
    struct near n;

    snprintf(name, sizeof name, "%.*s", (int)s->name_len, s->name);
    near_init(&n, name);
    for (int i = 0; config_table[i].name; i++)
        near_try(&n, config_table[i].name);
    msg_set(err, "%s:%u: there is no setting %s%s", path, line, name,
            near_hint(&n, "", hint));
    return -EINVAL;
}

int config_text_places(struct config *c, const char *path, const char *text,
                       struct config_place *place, struct msg *err)
{
    unsigned line = 1;

    for (const char *p = text; *p; p++) {
        struct statement s;
        int i;

        p += strspn(p, " \t\r");
        if (statement_at(p, &s)) {
            i = setting_index(s.name, s.name_len);
            if (i < 0)
                return refuse_name(path, line, &s, err);
            if (place[i].line && !s.adds) {
                msg_set(err, "%s:%u: %s was set in line %u already", path,
                        line, config_table[i].name, place[i].line);
                if (config_fault(c, err))
                    return -EINVAL;
            }
            if (!place[i].line || !s.adds)
                place[i] = (struct config_place){ line, s.value };
        }
        p = statement_end(p, &line);
        if (!*p)
            break;
        line += *p == '\n';
    }
    return 0;
}

/* The line of a list's element, of those that its first statement has. */
unsigned config_place_row(const struct config_place *place, int row)
{
    const char *p = place->at;
    unsigned line = place->line, end = 0;

    if (!p)
        return line;
    for (const char *stop = statement_end(p, &end); p < stop; p++) {
        if (*p == '#')
            p += strcspn(p, "\n");
        if (*p == '\n')
            line++;
        if (*p != '"' && *p != '\'')
            continue;
        if (row-- == 0)
            return line;
        p += strcspn(p + 1, *p == '"' ? "\"\n" : "'\n") + 1;
    }
    return place->line;
}
