/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Settings: /etc/rackhop/rackhop.conf in xl.conf's syntax. One table of rows
 * (config.c) is the parser, the check and --show-config. rackhop.conf(5) is
 * written by hand; tests/manual.py compares it with the table.
 */
#ifndef RACKHOP_CONFIG_H
#define RACKHOP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/base/msg.h"
#include "tools/config_classes.h"
#include "tools/config_rows.h"

/* Connections of a move: CHUNK_LANES of libxl-ext/wire/chunk.h. */
enum { LANES_MAX = 8 };

struct config {
    struct strlist
        include;          /* files that are read before the one that says so */
    char *hosts_file;     /* more hosts, a line each; or NULL */
    struct strlist files; /* that were read; no setting */
    /* Sentences with file and line about what was read and can hardly be
     * meant; no setting. */
    struct strlist notes;
    bool lenient; /* the caller's: see config_load() */
    struct host_rows hosts;
    struct switch_rows switches;
    struct group_rows racks;       /* names for derived racks */
    struct group_rows apart;       /* guests that are never on one host */
    struct group_rows apart_racks; /* guests that are never in one rack */
    struct group_rows together;    /* guests that are always on one host */
    struct group_rows only;        /* the hosts that may have a guest */
    struct strlist pinned;         /* guests that stay where they are */
    struct group_rows priority;    /* guests that matter, by numbers */
    struct group_rows tags;        /* names for several guests */
    struct group_rows swap_disks;  /* disks of guests that hold swap */
    struct class_rows pci_class;   /* devices that guests can change */
    char *pci_moves;               /* "off" or "on": .. when they move */
    double idle_w, peak_w; /* of this host, in watts; peak_w 0: not known */
    char *topology_plan;   /* a DOT file, or NULL */
    char *lldpd_socket;    /* NULL: the usual one */
    long snmp_timeout_ms, snmp_tries; /* a switch's answer */
    long ssh_timeout_s;               /* a host's facts */
    long late_s; /* a move that takes so long beyond twice its prediction */
    char *ssh_command;
    /* certificates of lanes: "off", "on" or "require"; where they are, or NULL:
     * in libvirt's places; and the hosts, patterns, whose certificates count */
    char *wire_pki, *wire_pki_dir;
    struct strlist wire_pki_hosts;
    /* what becomes of the wishes of each loop: "off", "observe", "advise" or
     * "act" */
    char *loop_health, *loop_memory, *loop_noise, *loop_balance, *loop_power;
    char *loop_affinity;
    /* commands that switch a host off and on; NULL: none can be */
    char *power_off, *power_on;
    long power_boot_s;     /* until a host takes guests that is switched on */
    double memory_floor;   /* percent of its most memory that a guest keeps; 0:
                              it gives nothing */
    long loops_interval_s; /* between two looks */
    double loops_silent;   /* percent of the hosts that may be silent */
    char *loops_policy;    /* a file of their settings, or NULL */
    char *hooks_dir;       /* programs to run before and after runs, or NULL */
    bool sample_talks;     /* the agent counts what guests send each other */
    bool log_moves;        /* each has a line in the system's log */
    char *autostart;       /* "follow" or "leave" */
    bool xenstore_data;    /* data/ and vm-data/ go with a guest */
    bool arm;              /* finish a domain before its guest is suspended */
    bool level_create;     /* guests are created under the CPU level */
    bool throttle;         /* slow guests down that dirty too fast */
    bool leave_out;        /* pages out of a round that are dirty again */
    char *codec;           /* "auto", "off", "none", "lz4" or "zstd" */
    char *wire;            /* "auto" or "off": lanes, or ssh */
    long lanes;            /* connections of a move; 0: by the rack map */
    char *migration_network; /* where guests are taken in, or NULL */
    char *wire_ports;        /* and on which ports */
    long patience_s;         /* a move waits so long for a lane */
    double alpha;            /* cost of a GiB */
    double beta;             /* cost of a hop */
    /* further terms of a destination's score; they choose among equals */
    double weight_uplink, weight_memory, weight_cpu, weight_traffic;
    double weight_dirtying, weight_future;
    double worth;       /* rebalance: of a host's balance, in cost */
    double threshold;   /* rebalance: percent that a host may use; 0: none */
    double stream_mbps; /* most that one move reaches; 0: the links decide */
    long downtime_ms;
    long max_pause_ms; /* a move gives up rather than pause longer; 0: none */
    long overhead_ms;  /* of a pause: devices, the start of the copy */
    long setup_ms;     /* of a move: connecting, checks */
    bool learn_times;  /* both, from moves that were made */
    double overcommit; /* vCPUs for each cpu */
    double cpu_limit, memory_limit; /* parts that plans fill at most, if they
                                       can */
    char *other_tsc;   /* "warn" or "refuse": the target host's counter */
    bool require_path; /* no move over a path that the map lacks */
    long streams;      /* moves at once, in all */
    long host_streams; /* moves at once for each host */
    long link_streams; /* moves at once over each link */
};

/* What commands say that need hosts where none is configured; RC_USAGE. */
extern const char config_no_hosts[];

/* All defaults. After it config_dispose() is fine. */
void config_init(struct config *c);
void config_dispose(struct config *c);
/*
 * Reads a file over the defaults. A file that is not there is no error unless
 * must_exist; one that this user may not read is -EACCES, and the defaults
 * stay. 0, or a negative errno and one sentence in err.
 *
 * What a row of `racks` names and nothing knows is a note, for all but lenient
 * commands, which ask for no rack. A setting that is
 * set twice, a host or a switch that is there twice, and a switch that can't be
 * asked are errors, unless c->lenient: then they are notes, and what is last
 * counts. That is for commands that must not stop between two moves.
 */
int config_load(struct config *c, const char *path, bool must_exist,
                struct msg *err);
/* A priority of guests, 0 to CONFIG_PRIORITY_MOST; < 0: the text is none. */
enum { CONFIG_PRIORITY_MOST = 1000 };
int config_priority(const char *text);
/* Which files were read, and the notes: lines that begin with "##". */
void config_show_files(const struct config *c, const char *path, FILE *f);
/* All settings, in the file's own syntax; of those that are not as they would
 * be without a file, the default as well. Files that were read are not named
 * as settings again. What switches are asked with stands
 * there as "***" without secrets. */
void config_show(const struct config *c, bool secrets, FILE *f);

#endif
