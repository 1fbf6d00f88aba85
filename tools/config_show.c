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
               : strdup(((const struct strlist *)v)->s[i]);
}

static size_t row_count(const struct config *c, const struct setting *s)
{
    const void *v = (const char *)c + s->at;

    return s->type == T_HOSTS      ? ((const struct host_rows *)v)->n
           : s->type == T_SWITCHES ? ((const struct switch_rows *)v)->n
           : s->type == T_GROUPS   ? ((const struct group_rows *)v)->n
                                   : ((const struct strlist *)v)->n;
}

static void show_list(const struct config *c, const struct setting *s,
                      bool secrets, FILE *f)
{
    fputs("[", f);
    for (size_t i = 0; i < row_count(c, s); i++) {
        char *text = row_text(c, s, secrets, i);

        fputs(i ? ", " : " ", f);
        show_string(text, f);
        free(text);
    }
    fputs(" ]\n", f);
}

void config_show(const struct config *c, bool secrets, FILE *f)
{
    for (const struct setting *s = config_table; s->name; s++) {
        const void *v = (const char *)c + s->at;

        fprintf(f, "# %s\n%s = ", s->text, s->name);
        switch (s->type) {
        case T_LONG: fprintf(f, "%ld\n", *(const long *)v); break;
        case T_DOUBLE: /* the syntax knows whole numbers only */
            fprintf(f, "\"%.15g\"\n", *(const double *)v);
            break;
        case T_YESNO:
            fprintf(f, "\"%s\"\n", *(const bool *)v ? "yes" : "no");
            break;
        case T_WORD:
        case T_STRING:
            show_string(*(char *const *)v, f);
            fputc('\n', f);
            break;
        case T_HOSTS:
        case T_SWITCHES:
        case T_GROUPS:
        case T_GUESTS: show_list(c, s, secrets, f); break;
        }
    }
}
