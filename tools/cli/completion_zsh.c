/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the completion of rackhop for zsh. */
#include "tools/cli/completion.h"

#include <stdio.h>
#include <string.h>

#include "tools/cli/cmdtable.h"

static const char script_head[] =
    "#compdef rackhop\n"
    "# zsh completion of rackhop; `rackhop completion zsh` wrote it.\n"
    "\n"
    "_rackhop_names() # hosts, racks or runs\n"
    "{\n"
    "    local -a names\n"
    "    names=(${(f)\"$(rackhop completion $1 2> /dev/null)\"})\n"
    "    compadd -a names\n"
    "}\n"
    "_rackhop_guests()\n"
    "{\n"
    "    local -a names\n"
    "    names=(${(f)\"$(xl list 2> /dev/null | "
    "awk 'NR > 1 && $2 > 0 { print $1 }')\"})\n"
    "    compadd -a names\n"
    "}\n"
    "_rackhop_kinds() # what operands are called\n"
    "{\n"
    "    local kind\n"
    "    for kind in $*; do\n"
    "        case $kind in\n"
    "        FILE | PLAN) _files ;;\n"
    "        DIR) _files -/ ;;\n"
    "        HOST) _rackhop_names hosts ;;\n"
    "        rack) _rackhop_names racks ;;\n"
    "        RUN) _rackhop_names runs ;;\n"
    "        DOMAIN) _rackhop_guests ;;\n"
    "        *'|'*) compadd - ${(s:|:)kind} ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "_rackhop()\n"
    "{\n"
    "    local curcontext=\"$curcontext\" state\n"
    "    local -a line commands\n"
    "    typeset -A opt_args\n"
    "    _arguments -C \\\n"
    "        '(-v --verbose)'{-v,--verbose}'[show more messages]' \\\n"
    "        '--wide[show tables with all columns]' \\\n"
    "        '--color[colours]:when:(always never auto)' \\\n"
    "        '--config[read this configuration]:file:_files' \\\n"
    "        '--show-config[print all settings]' \\\n"
    "        '--version[print the version]' \\\n"
    "        '--help[list the commands]' \\\n"
    "        '1:command:->command' '*::argument:->arguments'\n"
    "    case $state in\n";

/* Within single quotes, and brackets or colons of zsh. */
static void put_quoted(const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *s))
            printf("\\%c", *s);
        else
            putchar(*s);
    }
}

static void put_commands(const struct cmd *table)
{
    puts("    command)\n        commands=(");
    for (const struct cmd *c = table; c->name; c++) {
        if (c->flags & CMD_HIDDEN)
            continue;
        printf("            '%s:", c->name);
        put_quoted(c->summary);
        puts("'");
    }
    puts("        )\n        _describe command commands ;;");
}

static void put_option(const struct cmd_option *o)
{
    if (!o->text)
        return;
    fputs(" \\\n            '", stdout);
    if (o->name)
        printf("--%s", o->name);
    else
        printf("-%c", o->id);
    putchar('[');
    put_quoted(o->text);
    putchar(']');
    if (o->arg) {
        putchar(':');
        put_quoted(o->arg);
        printf(":_rackhop_kinds \"%s\"", o->arg);
    }
    putchar('\'');
}

/* Each kind in quotes, for zsh evaluates the line once more. */
static void put_operand(const char *which, const char *kinds)
{
    if (*kinds)
        printf(" \\\n            '%s:operand:_rackhop_kinds", which);
    for (const char *at = kinds; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");

        printf(" \"%.*s\"", (int)len, at);
        at += len;
    }
    if (*kinds)
        putchar('\'');
}

static void put_command(const struct cmd *c)
{
    char first[200], later[200];

    completion_operands(c, true, first, sizeof first);
    completion_operands(c, false, later, sizeof later);
    printf("        %s) _arguments '--help[show the options]'", c->name);
    for (const struct cmd_option *o = c->options; o && o->id; o++)
        put_option(o);
    put_operand("1", first);
    put_operand("*", later);
    puts(" ;;");
}

void completion_zsh(const struct cmd *table)
{
    fputs(script_head, stdout);
    put_commands(table);
    puts("    arguments)\n        case $words[1] in");
    for (const struct cmd *c = table; c->name; c++)
        if (!(c->flags & CMD_HIDDEN))
            put_command(c);
    puts("        esac ;;\n    esac\n}\n\n_rackhop \"$@\"");
}
