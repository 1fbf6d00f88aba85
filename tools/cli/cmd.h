/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The command table: one row a command, one file a command. Help, option
 * parsing and completion come from the rows.
 */
#ifndef RACKHOP_CLI_CMD_H
#define RACKHOP_CLI_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/quantity.h"
#include "tools/complain.h"
#include "tools/config.h"
#include "tools/exit.h"

/* One option. Options with an argument have its name in `arg`. */
struct cmd_option {
    int id;           /* what cmd_next() returns; the letter if there is one */
    const char *name; /* "downtime"; NULL: a letter only */
    const char *arg;  /* "MS", or NULL */
    const char *text; /* one line of help; NULL: not shown */
};

/* What main hands to each command. */
struct app {
    const char *conf_path; /* of the configuration */
    struct config conf;
    int verbose;       /* -v, counted */
    bool tty;          /* stdout is a terminal */
    bool colour;       /* and wants colours, or .. */
    const char *color; /* .. the argument of --color; NULL: none */
    bool wide;         /* --wide: tables with all columns */
};

struct cmd;
/* What a row runs, with the row itself, for its options. An exit code. */
typedef int cmd_run(struct app *app, const struct cmd *self, int argc,
                    char **argv);

enum cmd_flag {
    CMD_HIDDEN = 1,  /* started by programs, not by people */
    CMD_PLAIN = 2,   /* its operands may look like options, and come last */
    CMD_GOES_ON = 4, /* also with a configuration that contradicts itself */
    CMD_RACKS = 8,   /* what the configuration says of racks matters to it */
};

struct cmd {
    const char *name;
    cmd_run *run;
    const char *args;                 /* "[OPTIONS] DOMAIN HOST" */
    const char *summary;              /* one line */
    const struct cmd_option *options; /* ends with id 0; may be NULL */
    unsigned flags;                   /* enum cmd_flag */
};

void cmd_help(const struct cmd *c);

/*
 * Options of one command, in turn; they may stand before and behind operands,
 * which are moved to the end of argv. Returns the id of the next (its argument
 * in it->arg), 0 when only operands are left (argv[it->index] is the first), or
 * -1 after an error was printed. --help prints and returns -2: exit 0.
 */
struct cmd_iter {
    const struct cmd *cmd;
    int argc;
    char **argv;
    const char *arg;
    int index;
};
void cmd_iter_init(struct cmd_iter *it, const struct cmd *self, int argc,
                   char **argv);
int cmd_next(struct cmd_iter *it);
/*
 * Of a command whose first word says what to do (`claim list --json`): that
 * word; cmd_next() then reads on behind it, and it->argv[it->index] is the
 * first operand. NULL: there is none, with an exit code in *code and all said.
 */
const char *cmd_verb(struct cmd_iter *it, const struct cmd *self, int argc,
                     char **argv, int *code);
/* Exit code for a negative result of cmd_next(). */
int cmd_iter_exit(int r);

/* Before anything is moved: is there somebody to ask, or no need to (yes)?
 * RC_OK, or RC_USAGE and the reason was printed. */
enum exit_code cmd_may_ask(const struct app *app, const char *cmd, bool yes,
                           bool json);
/* RC_OK: the person at the terminal says yes. */
enum exit_code cmd_ask(const char *question);

/* complain(), and how to get help; returns RC_USAGE. */
int usage_error(const char *cmd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A number of an option in [min, max]: 0, or -1 after saying what is wrong. */
int parse_long(const char *what, const char *s, long min, long max, long *r);
int parse_double(const char *what, const char *s, double min, double max,
                 double *r);
/* The same of a quantity with its unit (quantity.h), in the unit of its kind:
 * any number, or a whole one. */
int parse_quantity(const char *what, enum quantity kind, const char *s,
                   double min, double max, double *r);
int parse_quantity_long(const char *what, enum quantity kind, const char *s,
                        long min, long max, long *r);

#endif
