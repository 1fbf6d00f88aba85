/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The commands. Each command's options stand here beside their one line of
 * help; what they do stands in cmd_NAME.c.
 */
#include "tools/cli/cmdtable.h"

#include <string.h>

static const struct cmd_option facts_options[] = {
    { OPT_COMPACT, "compact", NULL, "all on one line" },
    { OPT_SAMPLE, "sample", "MS", "how long to look at CPU use (500)" },
    { OPT_JSON, "json", NULL, NULL },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option migrate_options[] = {
    { OPT_DOWNTIME, "downtime", "MS", "suspend when the rest fits in this" },
    { OPT_DEADLINE, "deadline", "S", "pre-copy no longer than this" },
    { OPT_MAX_ROUNDS, "max-rounds", "N", "nor in more rounds (30)" },
    { OPT_ON_LIMIT, "on-limit", "abort|stop",
      "then give up, or stop the guest and copy (stop)" },
    { OPT_RATE, "rate", "MBIT", "send no faster than this" },
    { OPT_DRY_RUN, "dry-run", NULL, "check all, move nothing" },
    { OPT_JSON, "json", NULL, "one object a line, for programs" },
    { OPT_YES, "yes", NULL, "don't ask" },
    { 's', NULL, "CMD",
      "reach the host by CMD, not ssh; \"\": HOST is a "
      "command" },
    { 'C', NULL, "FILE", "send this configuration" },
    { 'e', NULL, NULL, "nobody is to wait there for the guest's end" },
    { 'F', NULL, NULL, "the same, in the foreground there" },
    { 'p', NULL, NULL, "leave the guest paused there" },
    { 'D', NULL, NULL, "keep the domain's number" },
    { OPT_DEBUG, "debug", NULL, "send all memory twice, to verify" },
    { OPT_LIVE, "live", NULL, NULL },
    { OPT_XL, "xl", NULL, "use xl there even where rackhop is" },
    { OPT_AS_XL, "as-xl", NULL, NULL }, /* of the front: never choose or ask */
    { OPT_ID, "id", "ID", "of this move: asked twice, it happens once" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option recover_options[] = {
    { OPT_RESUME, "resume", NULL,
      "when the other end can't be asked: it runs on here; only if you know "
      "that it does not run there and never will" },
    { OPT_DROP, "drop", NULL, "likewise: the copy here is given up" },
    { OPT_SETTLE, "settle", "UUID", NULL },
    { 0, NULL, NULL, NULL },
};
static const struct cmd_option receive_options[] = {
    { 'e', NULL, NULL, "nobody is to wait for the guest's end" },
    { 'F', NULL, NULL, "stay in the foreground" },
    { 'p', NULL, NULL, "leave the guest paused" },
    { 'd', NULL, NULL, NULL },
    { OPT_GREET, "greet", NULL, "say first what this host is" },
    { OPT_PATH, "path", "FILE", "say as well whether FILE is here" },
    { OPT_HANDOVER, "handover", "UUID",
      "keep to the sender's records; say the guest's last epoch here" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option dirty_options[] = {
    { OPT_INTERVALS, "intervals", "MS,..", "how long to look each time" },
    { OPT_JSON, "json", NULL, "for programs" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option plan_options[] = {
    { OPT_SNAPSHOT, "snapshot", "FILE", "plan for this, not for the hosts" },
    { 'o', NULL, "FILE", "write the plan there, for rackhop apply" },
    { OPT_JSON, "json", NULL, "the plan as JSON, for programs" },
    { OPT_EXPLAIN, "explain", NULL, "the terms of each move's score" },
    { OPT_BEST_EFFORT, "best-effort", NULL,
      "drain: move what can move, name the rest" },
    { OPT_MAX_MOVES, "max-moves", "N", "rebalance: no more than these" },
    { OPT_MAX_GIB, "max-gib", "GIB", "rebalance: send no more than this" },
    { OPT_WORTH, "worth", "COST",
      "rebalance: what a host's balance is worth (400)" },
    { OPT_ALPHA, "alpha", "COST", "cost of a GiB (1)" },
    { OPT_BETA, "beta", "COST", "cost of a hop (1)" },
    { OPT_DOWNTIME, "downtime", "MS", "downtime to plan for (300)" },
    { OPT_SEED, "seed", "N", "of the search (1)" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option apply_options[] = {
    { OPT_YES, "yes", NULL, "don't ask" },
    { OPT_RESUME, "resume", NULL,
      "go on with RUN, or the newest cut-off run" },
    { OPT_JSON, "json", NULL, "one object a line, for programs" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option drain_options[] = {
    { OPT_YES, "yes", NULL, "don't ask" },
    { OPT_DRY_RUN, "dry-run", NULL, "show the plan, move nothing" },
    { OPT_BEST_EFFORT, "best-effort", NULL,
      "move what can move, name the rest" },
    { OPT_JSON, "json", NULL, "one object a line, for programs" },
    { 'o', NULL, "FILE", "write the plan there as well" },
    { OPT_EXPLAIN, "explain", NULL, "the terms of each move's score" },
    { OPT_ALPHA, "alpha", "COST", "cost of a GiB (1)" },
    { OPT_BETA, "beta", "COST", "cost of a hop (1)" },
    { OPT_DOWNTIME, "downtime", "MS", "downtime to plan for (300)" },
    { OPT_SEED, "seed", "N", "of the search (1)" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option rebalance_options[] = {
    { OPT_YES, "yes", NULL, "don't ask" },
    { OPT_DRY_RUN, "dry-run", NULL, "show the plan, move nothing" },
    { OPT_MAX_MOVES, "max-moves", "N", "no more than these" },
    { OPT_MAX_GIB, "max-gib", "GIB", "send no more than this" },
    { OPT_WORTH, "worth", "COST", "what a host's balance is worth (400)" },
    { OPT_JSON, "json", NULL, "one object a line, for programs" },
    { 'o', NULL, "FILE", "write the plan there as well" },
    { OPT_EXPLAIN, "explain", NULL, "the terms of each move's score" },
    { OPT_ALPHA, "alpha", "COST", "cost of a GiB (1)" },
    { OPT_BETA, "beta", "COST", "cost of a hop (1)" },
    { OPT_DOWNTIME, "downtime", "MS", "downtime to plan for (300)" },
    { OPT_SEED, "seed", "N", "of the search (1)" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option status_options[] = {
    { OPT_WATCH, "watch", NULL, "again every second, until it ends" },
    { OPT_JSON, "json", NULL, "for programs" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option cancel_options[] = {
    { OPT_NOW, "now", NULL, "cancel the running moves as well" },
    { OPT_JSON, "json", NULL, "one object a line, for programs" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option move_options[] = {
    { OPT_ID, "id", "ID", "one id, one move, however often it is asked for" },
    { OPT_RATE, "rate", "MBIT", "send no faster than this" },
    { OPT_DOWNTIME, "downtime", "MS", "suspend when the rest fits in this" },
    { OPT_KNOWN, "known", NULL, "start nothing: only show what was started" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option claim_options[] = {
    { OPT_FORCE, "force", NULL,
      "release: whoever has it; its executor is gone for ever" },
    { OPT_JSON, "json", NULL, "list: one object a line" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option score_options[] = {
    { OPT_SNAPSHOT, "snapshot", "FILE", "score this, not the hosts" },
    { OPT_JSON, "json", NULL, "all candidates as JSON" },
    { OPT_LIMIT, "limit", "N", "show no more candidates (20)" },
    { OPT_ALPHA, "alpha", "COST", "cost of a GiB (1)" },
    { OPT_BETA, "beta", "COST", "cost of a hop (1)" },
    { OPT_DOWNTIME, "downtime", "MS", "downtime to plan for (300)" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option snapshot_options[] = {
    { 'o', NULL, "FILE", "write it there" },
    { OPT_DEADLINE, "deadline", "S", "wait no longer for a host (30)" },
    { OPT_SAMPLE, "sample", "MS", "how long to look at CPU use (500)" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option simulate_options[] = {
    { OPT_HOSTS, "hosts", "N", "hosts (40)" },
    { OPT_VMS, "vms", "N", "guests (400)" },
    { OPT_RACK, "rack", "N", "hosts in a rack (10)" },
    { OPT_POD, "pod", "N", "racks in a pod (2)" },
    { OPT_PLANES, "planes", "N", "ways between racks (1)" },
    { OPT_FILL, "fill", "PART", "of the memory that guests have (0.7)" },
    { OPT_SEED, "seed", "N", "another cluster (1)" },
    { OPT_QUIET, "quiet", NULL, "guests dirty no memory" },
    { OPT_MIXED, "mixed", NULL,
      "also networks, pinned guests, pairs that stay together" },
    { 'o', NULL, "FILE", "write it there" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option topology_options[] = {
    { OPT_FROM, "from", "DIR", "a directory of captures, not the network" },
    { OPT_MATRIX, "matrix", NULL, "hops between all hosts" },
    { OPT_JSON, "json", NULL, "rackhop-topology/1" },
    { OPT_DOT, "dot", NULL, "for graphviz" },
    { OPT_SVG, "svg", NULL, "a drawing (needs graphviz)" },
    { OPT_SLURM, "slurm", NULL, "Slurm's topology.conf" },
    { OPT_RFC8345, "rfc8345", NULL, "ietf-network in JSON" },
    { OPT_HDFS, "hdfs", NULL, "HDFS's rack table" },
    { OPT_PROMETHEUS, "prometheus", NULL, "metrics" },
    { OPT_WATCH, "watch", NULL, "again whenever lldpd sees a change" },
    { OPT_FACTS, "facts", NULL, "this host's own words, towards ADDRESS.." },
    { 0, NULL, NULL, NULL },
};

const struct cmd cmd_table[] = {
    { "migrate", cmd_migrate, "[OPTIONS] DOMAIN [HOST]",
      "move a running guest to another host", migrate_options, false },
    { "drain", cmd_drain, "[OPTIONS] HOST..|rack:NAME..",
      "empty hosts: plan, show, ask, move; then they are in maintenance",
      drain_options, false },
    { "undrain", cmd_undrain, "HOST..|rack:NAME..",
      "let hosts take guests again", NULL, false },
    { "rebalance", cmd_rebalance, "[OPTIONS]",
      "level memory and processors, by moves that pay", rebalance_options,
      false },
    { "plan", cmd_plan,
      "[OPTIONS] drain HOST..|rack:NAME.. | rebalance | migrate DOMAIN [HOST]",
      "plan moves, and prove how good the plan is", plan_options, false },
    { "apply", cmd_apply, "[OPTIONS] PLAN | --resume [RUN]",
      "carry out a plan, or go on with one", apply_options, false },
    { "status", cmd_status, "[OPTIONS] [RUN]",
      "how far a plan is that is being carried out", status_options, false },
    { "cancel", cmd_cancel, "[OPTIONS] [RUN]",
      "stop a plan between its moves, or at once", cancel_options, false },
    { "recover", cmd_recover, "[OPTIONS] [DOMAIN]",
      "settle moves that were cut off", recover_options, false },
    { "score", cmd_score, "[OPTIONS] DOMAIN",
      "list where a guest could go, at which cost, and why not", score_options,
      false },
    { "snapshot", cmd_snapshot, "[OPTIONS]",
      "ask all hosts, write the cluster as one document", snapshot_options,
      false },
    { "simulate", cmd_simulate, "[OPTIONS]",
      "write a made-up cluster, to try plans without Xen", simulate_options,
      false },
    { "dirty", cmd_dirty, "[OPTIONS] DOMAIN",
      "measure how fast a guest dirties its memory", dirty_options, false },
    { "facts", cmd_facts, "[OPTIONS] [ADDRESS..]",
      "print what this host is, as JSON", facts_options, false },
    { "receive", cmd_receive, "[OPTIONS]",
      "the far end of a move; a sender starts it", receive_options, true },
    { "claim", cmd_claim,
      "take RUN HOST UUID.. | release RUN [UUID..] | release --force UUID.. | "
      "list",
      "which run may move which guests of this host", claim_options, true },
    { "maintenance", cmd_maintenance, "set [BY] | clear | show",
      "this host's mark; drain and undrain set it", NULL, true },
    { "move", cmd_move, "run --id ID [OPTIONS] UUID HOST | cancel ID",
      "one move of a run; an executor starts it", move_options, true },
    { "topology", cmd_topology, "[OPTIONS] [HOST HOST]",
      "the rack map, or all paths between two hosts", topology_options,
      false },
    { "completion", cmd_completion, "bash | hosts | racks",
      "write the shell's completion, or names for it", NULL, true },
    { "version", cmd_version, "", "print the version", NULL, true },
    { NULL, NULL, NULL, NULL, NULL, false },
};

const struct cmd *cmd_find(const char *name)
{
    for (const struct cmd *c = cmd_table; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}
