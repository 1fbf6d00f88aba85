/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The table of commands, with the options of each and their help. What a
 * command does stands in cmd_NAME.c. Longer than most files, since it is one
 * table: help, completion and the manual's check read it as a whole.
 */
#include "tools/cli/cmdtable.h"

#include <string.h>

/* Options that mean the same in several commands. */
/* clang-format off */
#define OPTIONS_END    { 0, NULL, NULL, NULL }
#define OPTION_YES     { OPT_YES, "yes", NULL, "do not ask" }
#define OPTION_EVENTS  { OPT_JSON, "json", NULL, \
                         "print one JSON object a line" }
#define OPTION_OBJECT  { OPT_JSON, "json", NULL, "print one JSON object" }
#define OPTION_SHOW    { OPT_DRY_RUN, "dry-run", NULL, \
                         "show the plan, move nothing" }
#define OPTION_RATE    { OPT_RATE, "rate", "RATE", \
                         "send no faster than RATE: 100Mbit, or Mbit/s" }
#define OPTION_SUSPEND { OPT_DOWNTIME, "downtime", "TIME", \
                         "suspend if the rest fits into TIME: 300ms, or ms" }
#define OPTION_SAMPLE  { OPT_SAMPLE, "sample", "TIME", \
                         "measure CPU use, steal and network so long (500ms)" }
#define OPTION_WRITE   { 'o', NULL, "FILE", \
                         "write the plan to FILE as well" }
#define OPTION_EXPLAIN { OPT_EXPLAIN, "explain", NULL, \
                         "show the terms of each target host's score" }
#define OPTION_ID      { OPT_ID, "id", "ID", \
                         "idempotent: the same ID never moves a guest twice" }
#define OPTION_HOLD    { OPT_HOLD, "hold", "SECONDS", \
                         "wait for a line `start` on standard input" }
#define OPTION_LANES   { OPT_LANES, "lanes", "N", \
                         "send over N connections" }
#define OPTION_SEED    { OPT_SEED, "seed", "N", \
                         "seed of the local search (1)" }
#define OPTION_FILE    { OPT_SNAPSHOT, "snapshot", "FILE", \
                         "use this snapshot, not the live hosts" }
#define OPTION_SORT(by_) { OPT_SORT, "sort", "COLUMN", "sort by " by_ }
#define OPTION_WORTH   { OPT_WORTH, "worth", "COST", \
                         "rebalance: what one host's balance is worth (400)" }
#define OPTIONS_COST   { OPT_ALPHA, "alpha", "COST", "cost of one GiB (1)" }, \
                       { OPT_BETA, "beta", "COST", "cost of one hop (1)" }, \
                       { OPT_DOWNTIME, "downtime", "TIME", \
                         "downtime to plan for (300ms)" }
/* clang-format on */

static const struct cmd_option facts_options[] = {
    { OPT_COMPACT, "compact", NULL, "print everything on one line" },
    OPTION_SAMPLE,
    { OPT_JSON, "json", NULL, NULL },
    OPTIONS_END,
};

static const struct cmd_option migrate_options[] = {
    OPTION_SUSPEND,
    { OPT_MIN_REMAINING, "min-remaining", "PAGES",
      "suspend when at most PAGES are dirty, whatever time they take" },
    { OPT_MAX_PAUSE, "max-pause", "TIME",
      "give up rather than suspend for longer than TIME: 2s, or ms" },
    { OPT_THROTTLE, "throttle", NULL,
      "slow the guest down if it dirties memory too fast" },
    { OPT_NO_ARM, "no-arm", NULL,
      "have libxl finish the guest's domain when all memory is there" },
    { OPT_NO_WIRE, "no-wire", NULL, "send the guest over ssh" },
    OPTION_LANES,
    { OPT_PATIENCE, "patience", "TIME",
      "wait up to TIME for a connection that was cut off: 1h (300s)" },
    { OPT_DEADLINE, "deadline", "TIME",
      "stop pre-copy after TIME: 5m, or seconds" },
    { OPT_MAX_ROUNDS, "max-rounds", "N", "stop pre-copy after N rounds (30)" },
    { OPT_ON_LIMIT, "on-limit", "abort|stop",
      "at a limit, give up, or suspend and copy (stop)" },
    OPTION_RATE,
    { OPT_DRY_RUN, "dry-run", NULL, "check everything, move nothing" },
    OPTION_EVENTS,
    OPTION_YES,
    { 's', NULL, "CMD",
      "reach HOST by CMD; if CMD is empty, HOST is the command" },
    { 'C', NULL, "FILE", "send FILE as the guest's configuration" },
    { 'e', NULL, NULL, "leave no process on HOST to handle reboots" },
    { 'F', NULL, NULL, "the same as -e" },
    { 'p', NULL, NULL, "leave the guest paused on HOST" },
    { 'D', NULL, NULL, "keep the domain's number" },
    { OPT_DEBUG, "debug", NULL, "send all memory twice, and compare" },
    { OPT_LIVE, "live", NULL, NULL },
    { OPT_XL, "xl", NULL, "use xl on HOST even if rackhop is installed" },
    /* for tools/xl-front: choose no host, ask nothing */
    { OPT_AS_XL, "as-xl", NULL, NULL },
    OPTION_ID,
    OPTION_HOLD,
    OPTIONS_END,
};

static const struct cmd_option recover_options[] = {
    { OPT_RESUME, "resume", NULL,
      "resume the guest on this host although the other host cannot be "
      "asked; only if you know that it does not run on the other host and "
      "never will" },
    { OPT_DROP, "drop", NULL,
      "destroy the copy on this host although the other host cannot be "
      "asked" },
    { OPT_LOST, "lost", NULL,
      "give up the devices that the other host of the move was to give to the "
      "guest or to release; only if that host is lost for good" },
    { OPT_CHECK, "check", NULL,
      "only check that what this host has on record is as it was written" },
    { OPT_SETTLE, "settle", "UUID", NULL },
    OPTIONS_END,
};

static const struct cmd_option receive_options[] = {
    { 'e', NULL, NULL, "leave no process to handle reboots" },
    { 'F', NULL, NULL, "stay in the foreground" },
    { 'p', NULL, NULL, "leave the guest paused" },
    { 'd', NULL, NULL, NULL },
    { OPT_GREET, "greet", NULL, "print first what this host is" },
    { OPT_PATH, "path", "FILE", "print also whether this host has FILE" },
    { OPT_HANDOVER, "handover", "UUID",
      "record this guest's move; print its last epoch" },
    OPTIONS_END,
};

static const struct cmd_option dirty_options[] = {
    { OPT_INTERVALS, "intervals", "MS,..",
      "measure over intervals of these lengths" },
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option samples_options[] = {
    { OPT_SINCE, "since", "TIME", "so far back: 90s, 10m, 3h, 7d (10m)" },
    { OPT_HERE, "here", NULL, "only what this host has kept" },
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option plan_options[] = {
    { OPT_SNAPSHOT, "snapshot", "FILE",
      "plan for this snapshot, not for the live hosts" },
    { 'o', NULL, "FILE", "write the plan to FILE, for rackhop apply" },
    { OPT_JSON, "json", NULL, "print the plan as JSON" },
    OPTION_EXPLAIN,
    { OPT_BEST_EFFORT, "best-effort", NULL,
      "drain: move what can move, name the rest" },
    { OPT_WITHIN, "within", "TIME", "evacuate: when the hosts go down" },
    { OPT_SOFT_APART, "soft-apart", NULL,
      "drain: break apart groups where nothing else works" },
    { OPT_MAX_MOVES, "max-moves", "N", "rebalance: make at most N moves" },
    { OPT_MAX_GIB, "max-gib", "GIB",
      "rebalance: send at most GIB, or 1.5TiB" },
    { OPT_THRESHOLD, "threshold", "PERCENT",
      "rebalance: level only while a host uses more than this (0)" },
    OPTION_WORTH,
    OPTIONS_COST,
    OPTION_SEED,
    OPTIONS_END,
};

static const struct cmd_option apply_options[] = {
    OPTION_YES,
    { OPT_RESUME, "resume", NULL,
      "continue RUN, or the newest run that was cut off" },
    OPTION_EVENTS,
    OPTIONS_END,
};

static const struct cmd_option drain_options[] = {
    OPTION_YES,
    OPTION_SHOW,
    { OPT_BEST_EFFORT, "best-effort", NULL,
      "move what can move, name the rest" },
    { OPT_SOFT_APART, "soft-apart", NULL,
      "break apart groups where nothing else works" },
    OPTION_EVENTS,
    OPTION_WRITE,
    OPTION_EXPLAIN,
    OPTIONS_COST,
    OPTION_SEED,
    OPTIONS_END,
};

static const struct cmd_option evacuate_options[] = {
    { OPT_WITHIN, "within", "TIME",
      "when they go down: 90s, 5m; guests that can't make it are named" },
    OPTION_YES,
    OPTION_SHOW,
    OPTION_EVENTS,
    OPTION_WRITE,
    OPTION_EXPLAIN,
    OPTIONS_COST,
    OPTION_SEED,
    OPTIONS_END,
};

static const struct cmd_option undrain_options[] = {
    OPTION_OBJECT,
    { OPT_FORCE, "force", NULL, "also hosts that a roll works on" },
    OPTIONS_END,
};

static const struct cmd_option home_options[] = {
    OPTION_YES,
    OPTION_SHOW,
    { OPT_LIST, "list", NULL, "list the guests that are away, move nothing" },
    OPTION_EVENTS,
    OPTION_WRITE,
    OPTION_EXPLAIN,
    OPTIONS_COST,
    OPTIONS_END,
};

static const struct cmd_option rebalance_options[] = {
    OPTION_YES,
    OPTION_SHOW,
    { OPT_MAX_MOVES, "max-moves", "N", "make at most N moves" },
    { OPT_MAX_GIB, "max-gib", "GIB", "send at most GIB, or 1.5TiB" },
    { OPT_THRESHOLD, "threshold", "PERCENT",
      "level only while a host uses more than this (0)" },
    OPTION_WORTH,
    OPTION_EVENTS,
    OPTION_WRITE,
    OPTION_EXPLAIN,
    OPTIONS_COST,
    OPTION_SEED,
    OPTIONS_END,
};

static const struct cmd_option roll_options[] = {
    { OPT_HOOK, "hook", "CMD",
      "do CMD on each host, once it is empty and in maintenance" },
    { OPT_HOOK_AT, "hook-at", "host|admin",
      "run CMD on the host, or for it from this host (host)" },
    { OPT_REBOOT, "reboot", NULL,
      "CMD reboots the host: wait until it has booted anew" },
    { OPT_OFF, "off", NULL, "the hosts go off, and stay off" },
    { OPT_CHECK, "check", "CMD",
      "run CMD when a host is back; a failure stops the roll" },
    { OPT_SOAK, "soak", "TIME",
      "watch the canaries for TIME (10m) before the next wave (0)" },
    { OPT_WINDOW, "window", "HH:MM-HH:MM",
      "begin waves at this time of the day only" },
    { OPT_HOOK_TIMEOUT, "hook-timeout", "TIME",
      "end a hook or a check after TIME (1h)" },
    { OPT_BACK_TIMEOUT, "back-timeout", "TIME",
      "wait at most TIME for a host to be back (20m)" },
    { OPT_HOOK_AGAIN, "hook-again", NULL,
      "a hook that was cut off may run once more" },
    { OPT_RESUME, "resume", NULL,
      "continue ROLL, or the one that was cut off" },
    OPTION_YES,
    { OPT_DRY_RUN, "dry-run", NULL, "show the waves, do nothing" },
    { OPT_PARALLEL, "parallel", "N|max",
      "empty at most N hosts at once, or as many as can be (1)" },
    { OPT_CANARY, "canary", "N",
      "N hosts go first, in a wave of their own (0)" },
    { OPT_HOME, "home", NULL,
      "guests return when their host is done (the default)" },
    { OPT_NO_HOME, "no-home", NULL, "guests stay where they went" },
    { OPT_MAX_AWAY, "max-away", "GIB",
      "move guests of at most GIB, or 1.5TiB, away in a wave" },
    { OPT_SAME_DOMAIN, "same-domain", NULL,
      "hosts of one fault domain may be down at once" },
    { OPT_TO_XEN, "to-xen", "VERSION",
      "hosts come back with this Xen; no guest moves to an older one" },
    { OPT_WITHOUT_FEATURES, "without-features", "LIST",
      "hosts come back without these CPU features, such as avx512f,rtm" },
    { OPT_SNAPSHOT, "snapshot", "FILE",
      "with --dry-run: plan for this snapshot, not for the live hosts" },
    { OPT_JSON, "json", NULL,
      "print one JSON object a line; with --dry-run: the waves" },
    { OPT_EXPLAIN, "explain", NULL, "show the moves of each wave" },
    OPTIONS_COST,
    OPTIONS_END,
};

static const struct cmd_option status_options[] = {
    { OPT_WATCH, "watch", NULL, "repeat every second until the run ends" },
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option check_options[] = {
    OPTION_OBJECT,
    { OPT_HERE, "here", NULL, NULL },
    { OPT_LISTEN, "listen", NULL, NULL },
    OPTIONS_END,
};

static const struct cmd_option report_options[] = {
    { OPT_HTML, "html", "FILE", "write a page for a browser to FILE" },
    { OPT_SNAPSHOT, "snapshot", "FILE",
      "show racks and links as this snapshot has them" },
    { OPT_JSON, "json", NULL, "print the report as JSON" },
    OPTIONS_END,
};

static const struct cmd_option cancel_options[] = {
    { OPT_NOW, "now", NULL, "cancel the running moves as well" },
    OPTION_EVENTS,
    OPTIONS_END,
};

static const struct cmd_option move_options[] = {
    OPTION_ID,
    OPTION_HOLD,
    OPTION_LANES,
    OPTION_RATE,
    OPTION_SUSPEND,
    { OPT_KNOWN, "known", NULL,
      "start nothing; only show a move that was started" },
    OPTIONS_END,
};

static const struct cmd_option hook_options[] = {
    { OPT_ID, "id", "ID", "idempotent: the same ID is never run twice" },
    { OPT_DEADLINE, "deadline", "S", "end it after S seconds" },
    { OPT_AGAIN, "again", NULL, "run it once more if it was lost or failed" },
    { OPT_RUNS, "runs", "N", "run it anew if it was lost, N times in all" },
    { OPT_IF_EMPTY, "if-empty", NULL,
      "start it only in maintenance, with no guest and no other hook here" },
    { OPT_IF_BOOT, "if-boot", "ID", "and in this boot of the host" },
    { OPT_ENV, "env", "NAME=VALUE", "what the command is told" },
    { OPT_JSON, "json", NULL, "show: print one JSON object a line" },
    OPTIONS_END,
};

static const struct cmd_option reserve_options[] = {
    { OPT_JSON, "json", NULL, "list: print one JSON object a line" },
    OPTIONS_END,
};

static const struct cmd_option device_options[] = {
    { OPT_JSON, "json", NULL, "list: print one JSON object a line" },
    OPTIONS_END,
};

static const struct cmd_option claim_options[] = {
    { OPT_FORCE, "force", NULL,
      "release the claims of any run, whose executor is gone for ever" },
    { OPT_JSON, "json", NULL, "list: print one JSON object a line" },
    OPTIONS_END,
};

static const struct cmd_option score_options[] = {
    OPTION_FILE,
    { OPT_JSON, "json", NULL, "print the scores as JSON" },
    { OPT_LIMIT, "limit", "N",
      "show at most N candidates and N refused hosts (20)" },
    OPTIONS_COST,
    OPTIONS_END,
};

static const struct cmd_option hosts_options[] = {
    OPTION_FILE,
    OPTION_SORT("name, rack, state, xen, guests, memory, cpu, "
                "last-move or reserved"),
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option guests_options[] = {
    OPTION_FILE,
    OPTION_SORT("name, host, memory, dirty, vcpus, cpu or targets"),
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option runs_options[] = {
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option memory_options[] = {
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option level_options[] = {
    { OPT_SNAPSHOT, "snapshot", "FILE",
      "use this snapshot, not the live hosts" },
    { OPT_WITH, "with", "HOST",
      "show: what is lost when HOST joins the others" },
    { OPT_FORCE, "force", NULL, NULL }, /* of create, for tools/xl-front */
    { OPT_JSON, "json", NULL, "show, audit: print one JSON object" },
    OPTIONS_END,
};

static const struct cmd_option snapshot_options[] = {
    { 'o', NULL, "FILE", "write the snapshot to FILE" },
    { OPT_DEADLINE, "deadline", "TIME", "wait at most TIME for a host (30s)" },
    OPTION_SAMPLE,
    OPTIONS_END,
};

static const struct cmd_option simulate_options[] = {
    { OPT_HOSTS, "hosts", "N", "number of hosts (40)" },
    { OPT_VMS, "vms", "N", "number of guests (400)" },
    { OPT_RACK, "rack", "N", "hosts in a rack (10)" },
    { OPT_POD, "pod", "N", "racks in a pod (2)" },
    { OPT_PLANES, "planes", "N", "separate paths between racks (1)" },
    { OPT_FILL, "fill", "PART", "part of the memory that guests use (0.7)" },
    { OPT_SEED, "seed", "N", "make another cluster (1)" },
    { OPT_QUIET, "quiet", NULL, "guests dirty no memory" },
    { OPT_MIXED, "mixed", NULL,
      "add a network, pinned guests, inseparable pairs" },
    { 'o', NULL, "FILE", "write the snapshot to FILE" },
    OPTIONS_END,
};

static const struct cmd_option loops_options[] = { OPTION_OBJECT,
                                                   OPTIONS_END };
static const struct cmd_option daemon_options[] = {
    { OPT_ONCE, "once", NULL, "look once, and end" },
    OPTIONS_END,
};

static const struct cmd_option metrics_options[] = {
    OPTION_FILE,
    { 'o', NULL, "FILE", "replace FILE with them, as a whole" },
    OPTIONS_END,
};

static const struct cmd_option replay_options[] = {
    { OPT_POLICY, "policy", "FILE", "settings of the loops" },
    { OPT_NO_MEMORY, "no-memory", NULL,
      "leave memory out of the rules once guests are placed" },
    { OPT_EXPLAIN, "explain", NULL, "show each move with its reason" },
    { OPT_LOOKS, "looks", NULL,
      "decide again what rackhopd has decided, from its records" },
    OPTION_OBJECT,
    OPTIONS_END,
};

static const struct cmd_option topology_options[] = {
    { OPT_FROM, "from", "DIR",
      "read a directory of captures, not the network" },
    { OPT_SNAPSHOT, "snapshot", "FILE", "show the map of this snapshot" },
    { OPT_MATRIX, "matrix", NULL, "print the hops between all hosts" },
    { OPT_JSON, "json", NULL, "print rackhop-topology/1" },
    { OPT_DOT, "dot", NULL, "print input for graphviz" },
    { OPT_SVG, "svg", NULL, "print a drawing: racks, cables, memory used" },
    { OPT_PORTS, "ports", NULL, "with --svg: name the ports of each cable" },
    { OPT_SLURM, "slurm", NULL, "print Slurm's topology.conf" },
    { OPT_RFC8345, "rfc8345", NULL, "print the ietf-network model as JSON" },
    { OPT_HDFS, "hdfs", NULL, "print HDFS's rack table" },
    { OPT_PROMETHEUS, "prometheus", NULL, "print metrics" },
    { OPT_WATCH, "watch", NULL,
      "print again whenever lldpd reports a change" },
    { OPT_FACTS, "facts", NULL,
      "print what this host reports, for ADDRESS.." },
    OPTIONS_END,
};

const struct cmd cmd_table[] = {
    { "migrate", cmd_migrate, "[OPTIONS] DOMAIN [HOST]",
      "move a running guest to another host", migrate_options, 0 },
    { "drain", cmd_drain, "[OPTIONS] HOST..|rack:NAME..",
      "move all guests off hosts and put them in maintenance", drain_options,
      CMD_RACKS },
    { "evacuate", cmd_evacuate, "[OPTIONS] --within TIME HOST..|rack:NAME..",
      "empty hosts that go down soon, what matters most first",
      evacuate_options, CMD_RACKS },
    { "undrain", cmd_undrain, "[OPTIONS] HOST..|rack:NAME..",
      "let hosts take guests again", undrain_options, 0 },
    { "home", cmd_home, "[OPTIONS] [HOST..|rack:NAME..|DOMAIN..]",
      "bring guests back that were moved off their hosts", home_options,
      CMD_RACKS },
    { "rebalance", cmd_rebalance, "[OPTIONS]",
      "even out memory and CPU use, by moves that are worth their cost",
      rebalance_options, CMD_RACKS },
    { "roll", cmd_roll,
      "[OPTIONS] --hook CMD HOST..|rack:NAME..|all | --resume [ROLL]",
      "work on hosts in waves, no guest stopped: rolling maintenance",
      roll_options, CMD_RACKS },
    { "plan", cmd_plan,
      "[OPTIONS] drain HOST..|rack:NAME.. | migrate DOMAIN [HOST] | "
      "evacuate HOST..|rack:NAME.. | rebalance | home "
      "[HOST..|rack:NAME..|DOMAIN..]",
      "plan moves, and prove how good the plan is", plan_options, CMD_RACKS },
    { "apply", cmd_apply, "[OPTIONS] PLAN | --resume [RUN]",
      "carry out a plan, or continue one that was cut off", apply_options, 0 },
    { "status", cmd_status, "[OPTIONS] [RUN]", "show the progress of a run",
      status_options, 0 },
    { "check", cmd_check, "[OPTIONS] [HOST..]",
      "check hosts and switches, and say what to do about each fault",
      check_options, CMD_RACKS },
    { "report", cmd_report, "[OPTIONS] [RUN|PLAN]",
      "show what a plan will do, or what a run did beside its plan",
      report_options, 0 },
    { "cancel", cmd_cancel, "[OPTIONS] [RUN]",
      "stop a run between its moves, or at once", cancel_options, 0 },
    { "runs", cmd_runs, "[OPTIONS]",
      "list the runs and rolls that were begun here, and their ends",
      runs_options, 0 },
    { "hosts", cmd_hosts, "[OPTIONS] [HOST..|rack:NAME..]",
      "list hosts: their state, guests, memory and CPUs", hosts_options, 0 },
    { "guests", cmd_guests, "[OPTIONS] [HOST..|rack:NAME..]",
      "list guests: where they are, and where they can go", guests_options,
      0 },
    { "metrics", cmd_metrics, "[OPTIONS]",
      "print hosts, guests, links and moves as metrics for Prometheus",
      metrics_options, 0 },
    { "recover", cmd_recover, "[OPTIONS] [DOMAIN]",
      "settle moves that were cut off", recover_options, CMD_GOES_ON },
    { "score", cmd_score, "[OPTIONS] DOMAIN",
      "list where a guest could go, at which cost, and why not elsewhere",
      score_options, CMD_RACKS },
    { "level", cmd_level,
      "[OPTIONS] [show | audit | line [LEVEL] | set LEVEL] "
      "[HOST..|rack:NAME..]",
      "show what guests may see of CPUs to go to all hosts, and who can't",
      level_options, 0 },
    { "snapshot", cmd_snapshot, "[OPTIONS]",
      "ask all hosts, and write the cluster as one document", snapshot_options,
      0 },
    { "simulate", cmd_simulate, "[OPTIONS]",
      "write a made-up cluster, to try plans without Xen", simulate_options,
      0 },
    { "replay", cmd_replay, "[OPTIONS] TRACE|--looks [DIR]",
      "show what the loops would have moved under a known load",
      replay_options, 0 },
    { "dirty", cmd_dirty, "[OPTIONS] DOMAIN",
      "measure how fast a guest dirties its memory", dirty_options, 0 },
    { "facts", cmd_facts, "[OPTIONS] [ADDRESS..]",
      "print what this host is, as JSON", facts_options, CMD_GOES_ON },
    { "samples", cmd_samples, "[OPTIONS] [GUEST|HOST|GUEST@HOST]",
      "show what the agent has sampled", samples_options, 0 },
    { "loops", cmd_loops, "[OPTIONS]",
      "show what the loops of rackhopd see, want and did", loops_options, 0 },
    { "daemon", cmd_daemon, "[OPTIONS]", "look after the cluster: rackhopd(8)",
      daemon_options, CMD_HIDDEN },
    { "agent", cmd_agent, "", "sample this host and its guests", NULL,
      CMD_HIDDEN },
    { "receive", cmd_receive, "[OPTIONS]",
      "receive a guest; the source host starts this command", receive_options,
      CMD_HIDDEN },
    { "claim", cmd_claim,
      "take RUN HOST UUID.. | release RUN [UUID..] | release --force UUID.. | "
      "list",
      "show, take or release the claims of runs on this host's guests",
      claim_options, CMD_HIDDEN },
    { "reserve", cmd_reserve,
      "list | take RUN HOST [ROW..] | renew RUN | release RUN",
      "show, take or release the reservations of runs on this host",
      reserve_options, CMD_HIDDEN },
    { "device", cmd_device,
      "list | free, reserve UUID MOVE HOST LIST | setup, give, up, release, "
      "finish UUID MOVE",
      "show, keep or give devices of this host for guests that come",
      device_options, CMD_HIDDEN },
    { "autostart", cmd_autostart, "[list | take | here UUID.. | warn FILE..]",
      "list guests that this host does not start at boot any more", NULL,
      CMD_HIDDEN | CMD_PLAIN },
    { "memory", cmd_memory,
      "[OPTIONS] set DOMAIN MIB [BY] | back DOMAIN [MIB] | list",
      "give a guest of this host more memory or less; rackhopd uses it",
      memory_options, CMD_HIDDEN },
    { "maintenance", cmd_maintenance,
      "[OPTIONS] set [BY] | hold BY HOST | release BY | clear [BY] | show",
      "put this host in maintenance; drain and undrain use this command",
      undrain_options, CMD_HIDDEN },
    { "move", cmd_move, "run --id ID [OPTIONS] UUID HOST | cancel ID",
      "make one move of a run; the executor of the run starts this command",
      move_options, CMD_HIDDEN },
    { "hook", cmd_hook, "run --id ID [OPTIONS] -- COMMAND | show [ID]",
      "run a hook of a roll on this host, at most once, or show what ran",
      hook_options, CMD_HIDDEN | CMD_PLAIN },
    { "topology", cmd_topology, "[OPTIONS] [rack:NAME | HOST HOST]",
      "show the rack map, one rack, or all paths between two hosts",
      topology_options, CMD_RACKS },
    { "completion", cmd_completion, "bash | zsh | fish | hosts | racks | runs",
      "write the completion for a shell, or names for it", NULL, CMD_HIDDEN },
    { "version", cmd_version, "", "print the version", NULL, CMD_HIDDEN },
    { NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct cmd *cmd_find(const char *name)
{
    for (const struct cmd *c = cmd_table; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}
