/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the completion of rackhop for fish. */
#include "tools/cli/completion.h"

#include <stdio.h>
#include <string.h>

#include "tools/cli/cmdtable.h"

static const char script_head[] =
    "# fish completion of rackhop; `rackhop completion fish` wrote it.\n"
    "\n"
    "function __rackhop_guests\n"
    "    xl list 2> /dev/null | awk 'NR > 1 && $2 > 0 { print $1 }'\n"
    "end\n"
    "complete -c rackhop -f\n"
    "complete -c rackhop -s v -l verbose -d 'show more messages'\n"
    "complete -c rackhop -l wide -d 'show tables with all columns'\n"
    "complete -c rackhop -l color -x -a 'always never auto' -d colours\n"
    "complete -c rackhop -l config -r -F -d 'read this configuration'\n"
    "complete -c rackhop -l help -d 'show the options'\n";

static void put_quoted(const char *s)
{
    putchar('\'');
    for (; *s; s++)
        printf("%s%c", strchr("'\\", *s) ? "\\" : "", *s);
    putchar('\'');
}

/* What is offered for one kind of argument, of `len` characters; nothing for
 * a number or a command. */
static void put_kind(const char *kind, size_t len)
{
    static const struct {
        const char *kind, *offers;
    } rows[] = {
        { "FILE", " -F" },
        { "PLAN", " -F" },
        { "DIR", " -a '(__fish_complete_directories)'" },
        { "HOST", " -a '(rackhop completion hosts 2> /dev/null)'" },
        { "rack", " -a '(rackhop completion racks 2> /dev/null)'" },
        { "RUN", " -a '(rackhop completion runs 2> /dev/null)'" },
        { "DOMAIN", " -a '(__rackhop_guests)'" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(rows[i].kind) == len && !strncmp(rows[i].kind, kind, len))
            fputs(rows[i].offers, stdout);
    if (!memchr(kind, '|', len))
        return;
    fputs(" -a '", stdout);
    for (size_t i = 0; i < len; i++)
        putchar(kind[i] == '|' ? ' ' : kind[i]);
    putchar('\'');
}

static void put_begin(const struct cmd *c)
{
    printf("complete -c rackhop -n '__fish_seen_subcommand_from %s'", c->name);
}

static void put_option(const struct cmd *c, const struct cmd_option *o)
{
    if (!o->text)
        return;
    put_begin(c);
    if (o->name)
        printf(" -l %s", o->name);
    else
        printf(" -s %c", o->id);
    if (o->arg) {
        fputs(strcmp(o->arg, "FILE") ? " -x" : " -r", stdout);
        put_kind(o->arg, strlen(o->arg));
    }
    fputs(" -d ", stdout);
    put_quoted(o->text);
    putchar('\n');
}

/* Fish offers all that an operand may be, whichever it is. */
static void put_operands(const struct cmd *c)
{
    char kinds[2][200];

    for (int k = 0; k < 2; k++) {
        char *at = kinds[k];

        completion_operands(c, !k, kinds[k], sizeof kinds[k]);
        if (k && !strcmp(kinds[0], kinds[1]))
            return;
        for (size_t len; at += strspn(at, " "), (len = strcspn(at, " "));
             at += len) {
            put_begin(c);
            put_kind(at, len);
            putchar('\n');
        }
    }
}

void completion_fish(const struct cmd *table)
{
    fputs(script_head, stdout);
    for (const struct cmd *c = table; c->name; c++) {
        if (c->flags & CMD_HIDDEN)
            continue;
        printf("complete -c rackhop -n __fish_use_subcommand -a %s -d ",
               c->name);
        put_quoted(c->summary);
        putchar('\n');
        for (const struct cmd_option *o = c->options; o && o->id; o++)
            put_option(c, o);
        put_operands(c);
    }
}
