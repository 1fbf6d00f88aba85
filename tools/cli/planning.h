/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The options of the commands that plan, in any order with their operands, and
 * the snapshot that they ask for.
 */
#ifndef RACKHOP_CLI_PLANNING_H
#define RACKHOP_CLI_PLANNING_H

#include <stdbool.h>
#include <stddef.h>

#include "scheduler/roll.h"
#include "scheduler/scheduler.h"
#include "tools/cli/cmd.h"
#include "tools/doc/roll_record.h"
#include "tools/doc/snapshot.h"

struct planning {
    struct app *app;
    struct plan_settings set;
    struct plan_roll_options roll;
    struct roll_work work;    /* of a roll, without its commands: */
    const char *hook, *check; /* these */
    bool resume;              /* no roll is planned, but one continued .. */
    bool given;               /* .. with other options, which is wrong */
    const char *snapshot;     /* file; NULL: ask the hosts */
    const char *out;          /* file for the document; NULL: none */
    const char *with;         /* level: a host that would join the others */
    bool json;                /* the document on stdout */
    bool force;               /* of undrain: hosts of a roll as well */
    bool explain;
    bool yes, dry_run;         /* of commands that carry plans out */
    bool list;                 /* show what is known, plan nothing */
    const char *sort;          /* a column of a list; NULL: none */
    long limit;                /* rows of a score */
    const struct homes *homes; /* for the snapshot; may be NULL */
    struct snapshot snap;
    size_t dead;    /* hosts that are missing from it */
    char **operand; /* borrowed from argv */
    int operands;
};

/*
 * Reads the options and operands of a command. 0, or an exit code with the
 * message printed, -1 for "exit 0" after --help. planning_dispose() either
 * way.
 */
int planning_args(struct planning *p, struct app *app, const struct cmd *self,
                  int argc, char **argv);
/* Takes the snapshot: 0, or an exit code with everything printed. */
int planning_load(struct planning *p);
void planning_dispose(struct planning *p);

/* The settings that the configuration asks for. */
void planning_settings(struct plan_settings *s, const struct config *c);
/* How long a host's facts are waited for. */
unsigned planning_wait_s(const struct app *app);
/* Asks all hosts, tells of those that are dead: 0 and the snapshot's text, to
 * be freed; or an exit code, the reason printed. */
int planning_collect(struct app *app, unsigned deadline_s, unsigned sample_ms,
                     char **text_r, size_t *len_r, size_t *dead_r);

#endif
