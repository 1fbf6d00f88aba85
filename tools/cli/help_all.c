/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the list of all commands, in groups. */
#include <string.h>

#include "tools/cli/cmdtable.h"
#include "tools/cli/help.h"

/* A command that no group has is listed in the last. */
static const struct {
    const char *title, *commands;
} groups[] = {
    { "See what there is:",
      " hosts guests topology score level runs status report samples metrics "
      "snapshot facts dirty loops " },
    { "Move guests:", " migrate drain evacuate undrain home rebalance roll " },
    { "Plan first, carry out later:", " plan apply simulate replay " },
    { "When something went wrong:", " check cancel recover " },
    { "Others:", "" },
};
enum { GROUPS = sizeof groups / sizeof *groups };

static bool group_has(unsigned group, const char *command)
{
    char word[40];

    snprintf(word, sizeof word, " %s ", command);
    return strstr(groups[group].commands, word);
}

static unsigned group_of(const char *command)
{
    unsigned g = 0;

    while (g + 1 < GROUPS && !group_has(g, command))
        g++;
    return g;
}

static void help_group(FILE *f, unsigned group)
{
    bool begun = false;

    for (const struct cmd *c = cmd_table; c->name; c++) {
        if (c->flags & CMD_HIDDEN || group_of(c->name) != group)
            continue;
        if (!begun)
            fprintf(f, "\n%s\n", groups[group].title);
        begun = true;
        fprintf(f, "  %-10s %s\n", c->name, c->summary);
    }
}

/* Those that programs start, and the manual names. */
static void help_hidden(FILE *f)
{
    int at = fprintf(f, "\nStarted by programs, or rarely by hand:");

    for (const struct cmd *c = cmd_table; c->name; c++) {
        int len = (int)strlen(c->name);

        if (!(c->flags & CMD_HIDDEN))
            continue;
        if (at + 1 + len > 79)
            at = fprintf(f, "\n ") - 1;
        at += fprintf(f, " %s", c->name);
    }
    fputc('\n', f);
}

void help_commands(FILE *f)
{
    fputs("usage: rackhop [-v] [--wide] [--color WHEN] [--config FILE] "
          "COMMAND [ARGS...]\n",
          f);
    for (unsigned g = 0; g < GROUPS; g++)
        help_group(f, g);
    help_hidden(f);
    fprintf(f,
            "\n`rackhop COMMAND --help` lists the options of a command.\n"
            "rackhop(1) explains all of them; rackhop-drain(7) is a guide.\n"
            "\n%s",
            help_exit_codes);
}
