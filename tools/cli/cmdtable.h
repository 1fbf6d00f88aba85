/* SPDX-License-Identifier: LGPL-2.1-only */
/* The functions behind the rows of cmdtable.c, and the ids of options that
 * have no letter. */
#ifndef RACKHOP_CLI_CMDTABLE_H
#define RACKHOP_CLI_CMDTABLE_H

struct app;

/* Options without a letter; one name, one id, whichever command has it. */
enum opt_id {
    OPT_FIRST = 256,
    OPT_JSON,
    OPT_COMPACT,
    OPT_SAMPLE,
    OPT_GREET,
    OPT_PATH,
    OPT_DEBUG,
    OPT_LIVE,
    OPT_DOWNTIME,
    OPT_DEADLINE,
    OPT_MAX_ROUNDS,
    OPT_ON_LIMIT,
    OPT_RATE,
    OPT_DRY_RUN,
    OPT_YES,
    OPT_XL,
    OPT_AS_XL,
    OPT_INTERVALS,
    OPT_SNAPSHOT,
    OPT_EXPLAIN,
    OPT_BEST_EFFORT,
    OPT_ALPHA,
    OPT_BETA,
    OPT_WORTH,
    OPT_MAX_MOVES,
    OPT_MAX_GIB,
    OPT_SEED,
    OPT_LIMIT,
    OPT_HOSTS,
    OPT_VMS,
    OPT_RACK,
    OPT_POD,
    OPT_PLANES,
    OPT_FILL,
    OPT_QUIET,
    OPT_MIXED,
    OPT_FROM,
    OPT_MATRIX,
    OPT_DOT,
    OPT_SVG,
    OPT_SLURM,
    OPT_RFC8345,
    OPT_HDFS,
    OPT_PROMETHEUS,
    OPT_WATCH,
    OPT_FACTS,
    OPT_RESUME,
    OPT_NOW,
    OPT_ID,
    OPT_HANDOVER,
    OPT_SETTLE,
    OPT_DROP,
    OPT_KNOWN,
    OPT_FORCE,
};

int cmd_apply(struct app *app, int argc, char **argv);
int cmd_cancel(struct app *app, int argc, char **argv);
int cmd_claim(struct app *app, int argc, char **argv);
int cmd_completion(struct app *app, int argc, char **argv);
int cmd_dirty(struct app *app, int argc, char **argv);
int cmd_drain(struct app *app, int argc, char **argv);
int cmd_facts(struct app *app, int argc, char **argv);
int cmd_maintenance(struct app *app, int argc, char **argv);
int cmd_migrate(struct app *app, int argc, char **argv);
int cmd_move(struct app *app, int argc, char **argv);
int cmd_plan(struct app *app, int argc, char **argv);
int cmd_rebalance(struct app *app, int argc, char **argv);
int cmd_recover(struct app *app, int argc, char **argv);
int cmd_receive(struct app *app, int argc, char **argv);
int cmd_score(struct app *app, int argc, char **argv);
int cmd_simulate(struct app *app, int argc, char **argv);
int cmd_snapshot(struct app *app, int argc, char **argv);
int cmd_status(struct app *app, int argc, char **argv);
int cmd_topology(struct app *app, int argc, char **argv);
int cmd_undrain(struct app *app, int argc, char **argv);
int cmd_version(struct app *app, int argc, char **argv);

#endif
