/* SPDX-License-Identifier: LGPL-2.1-only */
/* The functions behind the rows of cmdtable.c, and the ids of options that
 * have no letter. */
#ifndef RACKHOP_CLI_CMDTABLE_H
#define RACKHOP_CLI_CMDTABLE_H

#include "tools/cli/cmd.h"

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
    OPT_MAX_PAUSE,
    OPT_MIN_REMAINING,
    OPT_THROTTLE,
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
    OPT_WITHIN,
    OPT_ALPHA,
    OPT_BETA,
    OPT_WORTH,
    OPT_MAX_MOVES,
    OPT_MAX_GIB,
    OPT_THRESHOLD,
    OPT_SOFT_APART,
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
    OPT_PORTS,
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
    OPT_LOST,
    OPT_CHECK,
    OPT_KNOWN,
    OPT_HOLD,
    OPT_LANES,
    OPT_FORCE,
    OPT_PARALLEL,
    OPT_CANARY,
    OPT_HOME,
    OPT_NO_HOME,
    OPT_NO_ARM,
    OPT_NO_WIRE,
    OPT_PATIENCE,
    OPT_MAX_AWAY,
    OPT_SAME_DOMAIN,
    OPT_TO_XEN,
    OPT_WITHOUT_FEATURES,
    OPT_LIST,
    OPT_AGAIN,
    OPT_RUNS,
    OPT_IF_EMPTY,
    OPT_IF_BOOT,
    OPT_ENV,
    OPT_HOOK,
    OPT_HOOK_AT,
    OPT_HOOK_AGAIN,
    OPT_HOOK_TIMEOUT,
    OPT_BACK_TIMEOUT,
    OPT_REBOOT,
    OPT_OFF,
    OPT_SOAK,
    OPT_WINDOW,
    OPT_SORT,
    OPT_HTML,
    OPT_HERE,
    OPT_LISTEN,
    OPT_WITH,
    OPT_SINCE,
    OPT_POLICY,
    OPT_NO_MEMORY,
    OPT_LOOKS,
    OPT_ONCE,
};

cmd_run cmd_agent;
cmd_run cmd_apply;
cmd_run cmd_autostart;
cmd_run cmd_cancel;
cmd_run cmd_check;
cmd_run cmd_claim;
cmd_run cmd_device;
cmd_run cmd_completion;
cmd_run cmd_daemon;
cmd_run cmd_dirty;
cmd_run cmd_drain;
cmd_run cmd_evacuate;
cmd_run cmd_facts;
cmd_run cmd_guests;
cmd_run cmd_home;
cmd_run cmd_hook;
cmd_run cmd_hosts;
cmd_run cmd_level;
cmd_run cmd_loops;
cmd_run cmd_maintenance;
cmd_run cmd_memory;
cmd_run cmd_metrics;
cmd_run cmd_migrate;
cmd_run cmd_move;
cmd_run cmd_plan;
cmd_run cmd_rebalance;
cmd_run cmd_recover;
cmd_run cmd_receive;
cmd_run cmd_report;
cmd_run cmd_replay;
cmd_run cmd_reserve;
cmd_run cmd_roll;
cmd_run cmd_runs;
cmd_run cmd_samples;
cmd_run cmd_score;
cmd_run cmd_simulate;
cmd_run cmd_snapshot;
cmd_run cmd_status;
cmd_run cmd_topology;
cmd_run cmd_undrain;
cmd_run cmd_version;

extern const struct cmd cmd_table[]; /* ends with name NULL */
const struct cmd *cmd_find(const char *name);

#endif
