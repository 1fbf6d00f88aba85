/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes the text of a setting, or of a list's row, as the table says. */
#include "tools/config_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/hostpat.h"
#include "tools/base/msg.h"

void *config_field(struct config *c, const struct setting *s)
{
    return (char *)c + s->at;
}

bool config_is_list(const struct setting *s)
{
    return s->type >= T_HOSTS;
}

static int set_string(const struct setting *s, char **to, const char *v)
{
    bool any = *v || s->dflt; /* "" takes the place of a value, if there is */
    char *copy = any ? strdup(v) : NULL;

    if (any && !copy)
        return -ENOMEM;
    free(*to);
    *to = copy;
    return 0;
}

/* Is it one of the words of "yes|no"? */
static bool is_word_of(const char *words, const char *v)
{
    size_t n = strlen(v);

    for (const char *p = words; n && (p = strstr(p, v)); p++)
        if ((p == words || p[-1] == '|') && (!p[n] || p[n] == '|'))
            return true;
    return false;
}

static int set_word(const struct setting *s, char **to, const char *v,
                    struct msg *err)
{
    char *copy;

    if (!is_word_of(s->dflt, v) || strchr(v, '|')) {
        msg_set(err, "%s takes one of %s, not %s", s->name, s->dflt, v);
        return -EINVAL;
    }
    copy = strdup(v);
    if (!copy)
        return -ENOMEM;
    free(*to);
    *to = copy;
    return 0;
}

static int set_yesno(struct config *c, const struct setting *s, const char *v,
                     struct msg *err)
{
    bool yes = !strcmp(v, "yes") || !strcmp(v, "1");

    if (!yes && strcmp(v, "no") && strcmp(v, "0")) {
        msg_set(err, "%s takes yes or no, not %s", s->name, v);
        return -EINVAL;
    }
    *(bool *)config_field(c, s) = yes;
    return 0;
}

int config_set_value(struct config *c, const struct setting *s, const char *v,
                     struct msg *err)
{
    char *end;
    double d;

    if (s->type == T_STRING || s->type == T_HOSTS_FILE)
        return set_string(s, config_field(c, s), v);
    if (s->type == T_WORD)
        return set_word(s, config_field(c, s), v, err);
    if (s->type == T_YESNO)
        return set_yesno(c, s, v, err);
    errno = 0;
    d = strtod(v, &end);
    if (errno || end == v || *end || !isfinite(d) || d < s->min ||
        d > s->max || (s->type == T_LONG && d != floor(d))) {
        msg_set(err, "%s takes a %snumber from %.15g to %.15g, not %s",
                s->name, s->type == T_LONG ? "whole " : "", s->min, s->max, v);
        return -EINVAL;
    }
    if (s->type == T_LONG)
        *(long *)config_field(c, s) = (long)d;
    else
        *(double *)config_field(c, s) = d;
    return 0;
}

int config_set_default(struct config *c, const struct setting *s)
{
    struct msg err;
    char word[64];

    if (!s->dflt)
        return 0;
    snprintf(word, sizeof word, "%s", s->dflt);
    if (s->type == T_WORD)
        word[strcspn(word, "|")] = '\0';
    return config_set_value(c, s, word, &err);
}

/* --- lists ----------------------------------------------------------------- */

void config_list_dispose(struct config *c, const struct setting *s)
{
    switch (s->type) {
    case T_HOSTS: host_rows_dispose(config_field(c, s)); break;
    case T_SWITCHES: switch_rows_dispose(config_field(c, s)); break;
    case T_GROUPS: group_rows_dispose(config_field(c, s)); break;
    case T_CLASSES: class_rows_dispose(config_field(c, s)); break;
    case T_FILES:
    case T_PATTERNS:
    case T_GUESTS: strlist_dispose(config_field(c, s)); break;
    case T_HOSTS_FILE:
    case T_LONG:
    case T_DOUBLE:
    case T_WORD:
    case T_YESNO:
    case T_STRING: break;
    }
}

/* What a row of the setting looks like. */
static const char *list_form(const struct setting *s)
{
    switch (s->type) {
    case T_HOSTS: return "NAME=ADDRESS";
    case T_SWITCHES: return "NAME=HOW";
    case T_GUESTS: return "GUEST";
    case T_PATTERNS: return "a host's name, maybe with *, or an address";
    case T_FILES: return "FILE";
    case T_CLASSES:
        return "NAME=VENDOR:DEVICE@WHERE, NAME=card:VENDOR:DEVICE or "
               "NAME=vif:NUMBER";
    case T_HOSTS_FILE:
    case T_GROUPS:
    case T_LONG:
    case T_DOUBLE:
    case T_YESNO:
    case T_WORD:
    case T_STRING: break;
    }
    return s->at == offsetof(struct config, racks)  ? "NAME=HOST,HOST"
           : s->at == offsetof(struct config, only) ? "GUEST=HOST,rack:NAME"
           : s->at == offsetof(struct config, tags) ? "TAG=GUEST,GUEST"
           : s->at == offsetof(struct config, priority) ? "NUMBER=GUEST,GUEST"
                                                        : "GROUP=GUEST,GUEST";
}

int config_list_add(struct config *c, const struct setting *s, const char *row,
                    struct msg *err)
{
    int rc = s->type == T_HOSTS      ? host_rows_add(config_field(c, s), row)
             : s->type == T_SWITCHES ? switch_rows_add(config_field(c, s), row)
             : s->type == T_GROUPS   ? group_rows_add(config_field(c, s), row)
             : s->type == T_CLASSES  ? class_rows_add(config_field(c, s), row)
             : s->type == T_PATTERNS && !hostpat_ok(row, strlen(row)) ? -EINVAL
             : *row ? strlist_add(config_field(c, s), row)
                    : -EINVAL;

    if (rc == -EINVAL)
        msg_set(err, "%s takes %s, not %s", s->name, list_form(s), row);
    return rc;
}
