/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hooks and checks, the commands that a roll has run on a host: the record of
 * one in the host's store, and the line that tells another rackhop of it.
 */
#ifndef RACKHOP_DOC_HOOK_H
#define RACKHOP_DOC_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/json.h"

enum {
    HOOK_ID = 160,        /* ROLL.WAVE.HOST.hook, or .check */
    HOOK_TAIL = 16 << 10, /* bytes of output that a line has at most */
    HOOK_LINE = 64 << 10, /* bytes of a line at most: MOVELINE_MAX as well */
    HOOK_DEADLINE_S_MAX = 7 * 86400,
    HOOK_ENV_MAX = 16, /* variables that a hook is told */
};

enum hook_state {
    HOOK_RUNNING,
    HOOK_ENDED,
    HOOK_LOST, /* nobody knows how it ended, see enum hook_lost */
};

enum hook_lost {
    HOOK_LOST_NOT,
    HOOK_LOST_PROCESS, /* its process has gone without a result */
    HOOK_LOST_BOOT,    /* the host was booted since it began */
};

/* What a host has on record of a hook; the members of a line as well. */
struct hook_record {
    char id[HOOK_ID + 1];
    char sha256[65]; /* of the command */
    char boot[40];   /* the boot in which it began */
    int64_t pid;     /* of its process, which leads its group */
    uint64_t start;  /* when that started, in the kernel's ticks */
    enum hook_state state;
    enum hook_lost lost;
    int code;   /* its exit code; -1: none, it has not ended or by a signal */
    int signal; /* that ended it; 0: none */
    bool timed_out;
    unsigned runs;        /* how often it was started: 1, more by --again */
    unsigned deadline_s;  /* 0: it had none */
    int64_t began, ended; /* seconds since 1970, for people; 0: not yet */
};

/* As record_id_ok(), but up to HOOK_ID characters long. */
bool hook_id_ok(const char *id);
/* To be freed; NULL: no memory. */
char *hook_record_format(const struct hook_record *r);
/* 0, or -EINVAL and what is wrong; name is what messages call it. */
int hook_record_parse(struct hook_record *r, const char *name,
                      const char *text, struct msg *err);

/* How it stands, to follow its name: "ended with exit code 1". In buf. */
enum { HOOK_OUTCOME = 80 };
const char *hook_outcome(const struct hook_record *r, char *buf, size_t len);

/* {"event":"hook", ..}: what `rackhop hook run` and `hook show --json` print.
 * output must have been filtered (hook_output_filter()). */
void hook_event_write(struct json_out *o, const struct hook_record *r,
                      const char *output);

struct hook_event {
    struct hook_record job;     /* sha256, pid and start are empty */
    char output[HOOK_TAIL + 1]; /* its last bytes, lines and tabs kept; safe
                                   to print */
};

/* A line of another host, which is not trusted. 0, or -EINVAL: it is no such
 * line. An empty line (a sign of life) is none either. */
int hook_event_parse(struct hook_event *e, const void *text, size_t len);

/* The last `most` bytes of what a command printed, safe to show: filtered by
 * text_printable() line by line. To be freed; NULL: no memory. */
char *hook_output_filter(const char *text, size_t len, size_t most);

/* May a hook be told this: "NAME=VALUE", its name one of those that are
 * documented, its value short and printable? 0, or -EINVAL and why not. */
int hook_env_check(const char *assignment, struct msg *err);

#endif
