/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The commands. Each command's options stand here beside their one line of
 * help; what they do stands in cmd_NAME.c.
 */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"

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
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option receive_options[] = {
    { 'e', NULL, NULL, "nobody is to wait for the guest's end" },
    { 'F', NULL, NULL, "stay in the foreground" },
    { 'p', NULL, NULL, "leave the guest paused" },
    { 'd', NULL, NULL, NULL },
    { OPT_GREET, "greet", NULL, "say first what this host is" },
    { OPT_PATH, "path", "FILE", "say as well whether FILE is here" },
    { 0, NULL, NULL, NULL },
};

static const struct cmd_option dirty_options[] = {
    { OPT_INTERVALS, "intervals", "MS,..", "how long to look each time" },
    { OPT_JSON, "json", NULL, "for programs" },
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
    { "migrate", cmd_migrate, "[OPTIONS] DOMAIN HOST",
      "move a running guest to another host", migrate_options, false },
    { "dirty", cmd_dirty, "[OPTIONS] DOMAIN",
      "measure how fast a guest dirties its memory", dirty_options, false },
    { "facts", cmd_facts, "[OPTIONS] [ADDRESS..]",
      "print what this host is, as JSON", facts_options, false },
    { "receive", cmd_receive, "[OPTIONS]",
      "the far end of a move; a sender starts it", receive_options, true },
    { "topology", cmd_topology, "[OPTIONS] [HOST HOST]",
      "the rack map, or all paths between two hosts", topology_options,
      false },
    { "version", cmd_version, "", "print the version", NULL, true },
    { NULL, NULL, NULL, NULL, NULL, false },
};
