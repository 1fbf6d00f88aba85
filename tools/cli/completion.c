/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the bash completion of rackhop out of the table of commands. */
#include "tools/cli/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cmdtable.h"

/* What the script does with the tables. The line is split at blanks alone:
 * bash splits at ":" as well, which stands in rack:NAME. */
static const char script_head[] =
    "# bash completion of rackhop; `rackhop completion bash` wrote it.\n"
    "\n"
    "_rackhop_words() # words that fit go to COMPREPLY; not by compgen -W,\n"
    "{                # which runs what stands in them as $(command)\n"
    "    local w IFS=$' \\t\\n' -\n"
    "    set -f\n"
    "    for w in $1; do\n"
    "        case $w in\n"
    "        *[!A-Za-z0-9._:@%+/=-]*) ;;\n"
    "        \"$cur\"*) COMPREPLY+=(\"$w\") ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "_rackhop_files() # -f or -d\n"
    "{\n"
    "    local w\n"
    "    compopt -o filenames 2> /dev/null\n"
    "    while read -r w; do COMPREPLY+=(\"$w\"); done \\\n"
    "        < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n"
    "_rackhop_kind() # what an argument is called\n"
    "{\n"
    "    case $1 in\n"
    "    FILE | PLAN) _rackhop_files -f ;;\n"
    "    DIR) _rackhop_files -d ;;\n"
    "    HOST) _rackhop_words \"$(\"$me\" completion hosts 2> /dev/null)\" "
    ";;\n"
    "    RUN) _rackhop_words \"$(\"$me\" completion runs 2> /dev/null)\" "
    ";;\n"
    "    rack) _rackhop_words \"$(\"$me\" completion racks 2> /dev/null)\" "
    ";;\n"
    "    DOMAIN) _rackhop_words \"$(xl list 2> /dev/null |\n"
    "        while read -r d id _; do\n"
    "            case $id in '' | *[!0-9]* | 0) ;; *) echo \"$d\" ;; esac\n"
    "        done)\" ;;\n"
    "    *'|'*) _rackhop_words \"${1//|/ }\" ;;\n"
    "    esac\n"
    "}\n"
    "_rackhop()\n"
    "{\n"
    "    local line=${COMP_LINE:0:COMP_POINT} cur='' me cmd='' n=0 i w kind\n"
    "    local -a words\n"
    "    COMPREPLY=()\n"
    "    read -ra words <<< \"$line\"\n"
    "    case $line in *[[:blank:]]) ;; *)\n"
    "        cur=${words[-1]}\n"
    "        unset 'words[-1]' ;;\n"
    "    esac\n"
    "    me=${words[0]:-rackhop}\n"
    "    for ((i = 1; i < ${#words[@]}; i++)); do\n"
    "        w=${words[i]}\n"
    "        case $w in\n"
    "        --config | --color) [ -n \"$cmd\" ] || ((i++)) ;;\n"
    "        -*) [ -z \"$(_rackhop_argument \"$cmd\" \"$w\")\" ] || ((i++)) "
    ";;\n"
    "        *) if [ -z \"$cmd\" ]; then cmd=$w; else ((n++)); fi ;;\n"
    "        esac\n"
    "    done\n"
    "    if ((i > ${#words[@]})); then # an option that waits for its own\n"
    "        kind=$(_rackhop_argument \"$cmd\" \"$w\")\n"
    "        _rackhop_kind \"$kind\"\n"
    "    elif [[ $cur == --*=* ]]; then\n"
    "        kind=$(_rackhop_argument \"$cmd\" \"${cur%%=*}\")\n"
    "        cur=${cur#*=}\n"
    "        _rackhop_kind \"$kind\"\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        _rackhop_words \"$(_rackhop_options \"$cmd\")\"\n"
    "    elif [ -z \"$cmd\" ]; then\n"
    "        _rackhop_words \"$(_rackhop_commands)\"\n"
    "    else\n"
    "        for kind in $(_rackhop_operands \"$cmd\" \"$n\"); do\n"
    "            _rackhop_kind \"$kind\"\n"
    "        done\n"
    "    fi\n"
    "    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
    "        for i in \"${!COMPREPLY[@]}\"; do\n"
    "            COMPREPLY[i]=${COMPREPLY[i]#\"${cur%\"${cur##*:}\"}\"}\n"
    "        done\n"
    "    fi\n"
    "}\n";

static void put_commands(const struct cmd *table)
{
    fputs("_rackhop_commands()\n{\n    echo '", stdout);
    for (const struct cmd *c = table; c->name; c++)
        if (!(c->flags & CMD_HIDDEN))
            printf("%s%s", c == table ? "" : " ", c->name);
    fputs("'\n}\n", stdout);
}

static void put_options(const struct cmd *table)
{
    fputs("_rackhop_options()\n{\n    case $1 in\n"
          "    '') echo '--verbose --wide --color --config --show-config "
          "--version "
          "--help' "
          ";;\n",
          stdout);
    for (const struct cmd *c = table; c->name; c++) {
        if (c->flags & CMD_HIDDEN)
            continue;
        printf("    %s) echo '--help", c->name);
        for (const struct cmd_option *o = c->options; o && o->id; o++) {
            if (o->text && o->name)
                printf(" --%s", o->name);
            else if (o->text)
                printf(" -%c", o->id);
        }
        fputs("' ;;\n", stdout);
    }
    fputs("    esac\n}\n", stdout);
}

/* Also of options that help does not show: they take their word all the
 * same. */
static void put_arguments(const struct cmd *table)
{
    fputs("_rackhop_argument()\n{\n    case $1:$2 in\n"
          "    :--config) echo FILE ;;\n"
          "    :--color) echo 'always|never|auto' ;;\n",
          stdout);
    for (const struct cmd *c = table; c->name; c++)
        for (const struct cmd_option *o = c->options; o && o->id; o++) {
            if (!o->arg)
                continue;
            if (o->name)
                printf("    %s:--%s) echo '%s' ;;\n", c->name, o->name,
                       o->arg);
            if (o->id < 256)
                printf("    %s:-%c) echo '%s' ;;\n", c->name, o->id, o->arg);
        }
    fputs("    esac\n}\n", stdout);
}

/* The words of a usage line that are typed as they stand, and choose what
 * follows: "drain|migrate". */
static void usage_words(const char *args, char *buf, size_t len)
{
    size_t n = 0;

    *buf = '\0';
    while (*args && n < len) {
        size_t word = strcspn(args, " |[]");
        size_t small = strspn(args, "abcdefghijklmnopqrstuvwxyz");

        if (small && small == word && isalpha((unsigned char)*args) &&
            strncmp(args, "all", word))
            n += (size_t)snprintf(buf + n, len - n, "%s%.*s", n ? "|" : "",
                                  (int)word, args);
        args += word ? word : 1;
    }
}

/* "migrate DOMAIN HOST" takes each in its turn; where words choose what
 * follows, anything of it may. */
void completion_operands(const struct cmd *c, bool first, char *buf,
                         size_t len)
{
    bool domain = strstr(c->args, "DOMAIN");
    bool either = strstr(c->args, "|DOMAIN"); /* or a host */
    const char *later = strstr(c->args, "|all")        ? "HOST rack all|"
                        : strstr(c->args, "rack:NAME") ? "HOST rack"
                        : strstr(c->args, "HOST")      ? "HOST"
                                                       : "";

    usage_words(c->args, buf, len);
    if (!first)
        snprintf(buf, len, "%s%s", later,
                 either || (*buf && domain) ? " DOMAIN" : "");
    else if (!*buf)
        snprintf(buf, len, "%s",
                 either                     ? "HOST rack DOMAIN"
                 : domain                   ? "DOMAIN"
                 : strstr(c->args, "PLAN")  ? "PLAN"
                 : strstr(c->args, "[RUN]") ? "RUN"
                                            : later);
}

static void put_operands(const struct cmd *table)
{
    char kinds[200];

    fputs("_rackhop_operands()\n{\n    local first=no\n"
          "    [ \"$2\" != 0 ] || first=yes\n    case $1:$first in\n",
          stdout);
    for (const struct cmd *c = table; c->name; c++) {
        if (c->flags & CMD_HIDDEN)
            continue;
        completion_operands(c, true, kinds, sizeof kinds);
        printf("    %s:yes) echo '%s' ;;\n", c->name, kinds);
        completion_operands(c, false, kinds, sizeof kinds);
        printf("    %s:no) echo '%s' ;;\n", c->name, kinds);
    }
    fputs("    esac\n}\n", stdout);
}

void completion_bash(const struct cmd *table)
{
    fputs(script_head, stdout);
    put_commands(table);
    put_options(table);
    put_arguments(table);
    put_operands(table);
    puts("complete -F _rackhop rackhop");
}
