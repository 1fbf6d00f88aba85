/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints all settings in the syntax of rackhop.conf, for --show-config. */
#include "tools/config_impl.h"

#include <stdlib.h>
#include <string.h>

/* Writes a string in the kind of quotes that it does not contain. */
static void show_string(const char *s, FILE *f)
{
    char quote = s && strchr(s, '"') ? '\'' : '"';

    fputc(quote, f);
    for (; s && *s; s++) {
        if (*s == '\n')
            fputs("\\n", f);
        else if (*s == '\\')
            fputs("\\\\", f);
        else
            fputc(*s, f);
    }
    fputc(quote, f);
}

/* "tor1=snmp:***@10.0.0.1": with the secret, whoever reads this could ask the
 * switch as well. Other ways to ask have none. */
static char *switch_shown(const struct switch_row *row)
{
    const char *colon = strchr(row->how, ':');
    const char *at = strrchr(row->how, '@');
    char *text = NULL;

    if (strncmp(row->how, "snmp", 4) || !colon || !at || at < colon)
        return switch_row_text(row);
    return asprintf(&text, "%s=%.*s***%s", row->name,
                    (int)(colon + 1 - row->how), row->how, at) < 0
               ? NULL
               : text;
}

static char *row_text(const struct config *c, const struct setting *s,
                      bool secrets, size_t i)
{
    const void *v = (const char *)c + s->at;

    return s->type == T_HOSTS
               ? host_row_text(&((const struct host_rows *)v)->row[i])
           : s->type == T_SWITCHES
               ? (secrets ? switch_row_text : switch_shown)(
                     &((const struct switch_rows *)v)->row[i])
           : s->type == T_GROUPS
               ? group_row_text(&((const struct group_rows *)v)->row[i])
           : s->type == T_CLASSES
               ? class_row_text(&((const struct class_rows *)v)->row[i])
               : strdup(((const struct strlist *)v)->s[i]);
}

static void show_list(const struct config *c, const struct setting *s,
                      bool secrets, FILE *f)
{
    fputs("[", f);
    for (size_t i = 0; i < config_rows(c, s); i++) {
        char *text = row_text(c, s, secrets, i);

        fputs(i ? ", " : " ", f);
        show_string(text, f);
        free(text);
    }
    fputs(" ]", f);
}

static void show_value(const struct config *c, const struct setting *s,
                       bool secrets, FILE *f)
{
    const void *v = (const char *)c + s->at;

    switch (s->type) {
    case T_LONG: fprintf(f, "%ld", *(const long *)v); break;
    case T_DOUBLE: fprintf(f, "%.15g", *(const double *)v); break;
    case T_YESNO: fprintf(f, "\"%s\"", *(const bool *)v ? "yes" : "no"); break;
    case T_WORD:
    case T_STRING: show_string(*(char *const *)v, f); break;
    case T_HOSTS:
    case T_SWITCHES:
    case T_GROUPS:
    case T_CLASSES:
    case T_PATTERNS:
    case T_GUESTS: show_list(c, s, secrets, f); break;
    /* what was in them is shown where it belongs */
    case T_HOSTS_FILE: show_string(NULL, f); break;
    case T_FILES: fputs("[ ]", f); break;
    }
}

/* To be freed; NULL: no memory. */
static char *value_text(const struct config *c, const struct setting *s,
                        bool secrets)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return NULL;
    show_value(c, s, secrets, f);
    fclose(f);
    return text;
}

void config_show(const struct config *c, bool secrets, FILE *f)
{
    struct config plain;

    config_init(&plain);
    for (const struct setting *s = config_table; s->name; s++) {
        char *is = value_text(c, s, secrets);
        char *was = value_text(&plain, s, secrets);

        fprintf(f, "# %s\n", s->text);
        if (is && was && strcmp(is, was))
            fprintf(f, "# (the default is %s)\n", was);
        fprintf(f, "%s = %s\n", s->name, is ? is : "");
        free(is);
        free(was);
    }
    config_dispose(&plain);
}

void config_show_files(const struct config *c, const char *path, FILE *f)
{
    if (!c->files.n)
        fprintf(f, "## %s is not there, or not read: all are defaults\n",
                path);
    for (size_t i = c->files.n; i--;)
        fprintf(f, "## %s: %s\n", i + 1 == c->files.n ? "read" : "and",
                c->files.s[i]);
    for (size_t i = 0; i < c->notes.n; i++)
        fprintf(f, "## note: %s\n", c->notes.s[i]);
}
