/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads rackhop.conf by the table of settings. libxlutil parses, so the files
 * look like every other file that an xl administrator writes.
 */
#include "tools/config_impl.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "tools/base/file.h"
#include "tools/base/msg.h"
#include "tools/base/text.h"

static void *field(struct config *c, const struct setting *s)
{
    return (char *)c + s->at;
}

static bool is_list(const struct setting *s)
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
    *(bool *)field(c, s) = yes;
    return 0;
}

static int set_value(struct config *c, const struct setting *s, const char *v,
                     struct msg *err)
{
    char *end;
    double d;

    if (s->type == T_STRING)
        return set_string(s, field(c, s), v);
    if (s->type == T_WORD)
        return set_word(s, field(c, s), v, err);
    if (s->type == T_YESNO)
        return set_yesno(c, s, v, err);
    errno = 0;
    d = strtod(v, &end);
    if (errno || end == v || *end || !isfinite(d) || d < s->min ||
        d > s->max || (s->type == T_LONG && d != floor(d))) {
        msg_set(err, "%s takes a %snumber from %g to %g, not %s", s->name,
                s->type == T_LONG ? "whole " : "", s->min, s->max, v);
        return -EINVAL;
    }
    if (s->type == T_LONG)
        *(long *)field(c, s) = (long)d;
    else
        *(double *)field(c, s) = d;
    return 0;
}

static int set_default(struct config *c, const struct setting *s)
{
    struct msg err;
    char word[64];

    if (!s->dflt)
        return 0;
    snprintf(word, sizeof word, "%s", s->dflt);
    if (s->type == T_WORD)
        word[strcspn(word, "|")] = '\0';
    return set_value(c, s, word, &err);
}

/* --- lists ----------------------------------------------------------------- */

static void list_dispose(struct config *c, const struct setting *s)
{
    switch (s->type) {
    case T_HOSTS: host_rows_dispose(field(c, s)); break;
    case T_SWITCHES: switch_rows_dispose(field(c, s)); break;
    case T_GROUPS: group_rows_dispose(field(c, s)); break;
    case T_GUESTS: strlist_dispose(field(c, s)); break;
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
                                                    : "GROUP=GUEST,GUEST";
}

static int list_add(struct config *c, const struct setting *s, const char *row,
                    struct msg *err)
{
    int rc = s->type == T_HOSTS      ? host_rows_add(field(c, s), row)
             : s->type == T_SWITCHES ? switch_rows_add(field(c, s), row)
             : s->type == T_GROUPS   ? group_rows_add(field(c, s), row)
             : *row                  ? strlist_add(field(c, s), row)
                                     : -EINVAL;

    if (rc == -EINVAL)
        msg_set(err, "%s takes %s, not %s", s->name, list_form(s), row);
    return rc;
}

static int set_list(struct config *c, const struct setting *s,
                    XLU_ConfigList *list, int n, struct msg *err)
{
    int rc = 0;

    list_dispose(c, s);
    for (int i = 0; i < n && !rc; i++) {
        const char *row = xlu_cfg_get_listitem(list, i);

        if (row) {
            rc = list_add(c, s, row, err);
        } else {
            rc = -EINVAL;
            msg_set(err, "%s takes a list of strings", s->name);
        }
    }
    return rc;
}

void config_init(struct config *c)
{
    *c = (struct config){ .alpha = 0 };
    for (int i = 0; config_table[i].name; i++)
        set_default(c, &config_table[i]);
}

void config_dispose(struct config *c)
{
    for (int i = 0; config_table[i].name; i++) {
        list_dispose(c, &config_table[i]);
        if (config_table[i].type == T_STRING ||
            config_table[i].type == T_WORD) {
            free(*(char **)field(c, &config_table[i]));
            *(char **)field(c, &config_table[i]) = NULL;
        }
    }
}

/* --- names that a file sets ------------------------------------------------ */

static bool is_setting(const char *name, size_t n)
{
    for (int i = 0; config_table[i].name; i++)
        if (strlen(config_table[i].name) == n &&
            !strncmp(config_table[i].name, name, n))
            return true;
    return false;
}

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

/* libxlutil can't say which names a file sets, so a misspelt one is looked for
 * here, in a text that libxlutil could read. */
static int check_names(const char *path, const char *text, struct msg *err)
{
    unsigned line = 1;

    for (const char *p = text; *p; p++) {
        size_t n = 0, op;

        p += strspn(p, " \t\r");
        while (isalnum((unsigned char)p[n]) || p[n] == '_')
            n++;
        op = n + strspn(p + n, " \t");
        if (n && (p[op] == '=' || (p[op] == '+' && p[op + 1] == '=')) &&
            !is_setting(p, n)) {
            msg_set(err, "%s:%u: there is no setting %.*s", path, line,
                    (int)(n > 64 ? 64 : n), p);
            return -EINVAL;
        }
        p = statement_end(p, &line);
        if (!*p)
            break;
        line += *p == '\n';
    }
    return 0;
}

/* --- loading --------------------------------------------------------------- */

enum { FILE_MAX = 1 << 20 };

/* The whole text of a file. 0, or a negative errno and a sentence in err. */
static int read_text(const char *path, char **text_r, size_t *len_r,
                     struct msg *err)
{
    int rc = 0;

    *text_r = file_read(path, FILE_MAX, len_r);
    if (!*text_r)
        rc = -errno;
    if (rc == -EFBIG)
        msg_set(err, "%s is larger than 1 MiB", path);
    else if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    else if (strlen(*text_r) != *len_r) {
        msg_set(err, "%s is no text", path);
        rc = -EINVAL;
    }
    return rc;
}

/* The text as libxlutil reads it. What it complains of goes to err. */
static int parse_text(XLU_Config **x_r, const char *path, const char *text,
                      size_t len, struct msg *err)
{
    char *said = NULL;
    size_t said_len = 0;
    FILE *mem = open_memstream(&said, &said_len);
    int rc = mem && (*x_r = xlu_cfg_init(mem, path)) ? 0 : -ENOMEM;

    if (rc)
        msg_set(err, "%s: out of memory", path);
    else if (xlu_cfg_readdata(*x_r, text, (int)len)) {
        rc = -EINVAL;
        fflush(mem);
        said[strcspn(said, "\n")] = '\0';
        msg_set(err, "%s", said_len ? said : path);
    }
    if (rc && *x_r) {
        xlu_cfg_destroy(*x_r);
        *x_r = NULL;
    }
    if (mem)
        fclose(mem);
    free(said);
    return rc;
}

/* One setting, if the file has it. */
static int store_setting(struct config *c, const struct setting *s,
                         XLU_Config *x, struct msg *err)
{
    XLU_ConfigList *list = NULL;
    const char *v = NULL;
    int n = 0, r;

    msg_set(err, "out of memory");
    if (is_list(s))
        r = xlu_cfg_get_list(x, s->name, &list, &n, 1);
    else
        r = xlu_cfg_get_string(x, s->name, &v, 1);
    if (r == ESRCH)
        return 0;
    if (r) {
        msg_set(err, "%s takes %s", s->name,
                is_list(s) ? "a list of strings" : "one value");
        return -EINVAL;
    }
    return is_list(s) ? set_list(c, s, list, n, err) : set_value(c, s, v, err);
}

static int store_settings(struct config *c, const char *path, XLU_Config *x,
                          struct msg *err)
{
    struct msg why;
    int rc = 0;

    for (int i = 0; !rc && config_table[i].name; i++)
        rc = store_setting(c, &config_table[i], x, &why);
    if (rc)
        msg_set(err, "%s: %s", path, why.text);
    return rc;
}

/* Settings of which each is fine, and which can't be kept together. */
static int check_together(const struct config *c, const char *path,
                          struct msg *err)
{
    if (!c->max_pause_ms || c->max_pause_ms > c->overhead_ms)
        return 0;
    msg_set(err,
            "%s: max_pause_ms = %ld: no pause is as short, since overhead_ms "
            "= %ld of each are not for memory; allow more, or correct "
            "overhead_ms",
            path, c->max_pause_ms, c->overhead_ms);
    return -EINVAL;
}

int config_load(struct config *c, const char *path, bool must_exist,
                struct msg *err)
{
    struct msg why = MSG_NONE;
    XLU_Config *x = NULL;
    char *text = NULL;
    size_t len;
    int rc = read_text(path, &text, &len, &why);

    if (rc == -ENOENT && !must_exist)
        return 0;
    if (!rc)
        rc = parse_text(&x, path, text, len, &why);
    if (!rc)
        rc = check_names(path, text, &why);
    if (!rc)
        rc = store_settings(c, path, x, &why);
    if (!rc)
        rc = check_together(c, path, &why);
    if (rc) /* it may quote the file, whatever is in that */
        text_printable(err->text, sizeof err->text, why.text,
                       strlen(why.text));
    if (x)
        xlu_cfg_destroy(x);
    free(text);
    return rc;
}
