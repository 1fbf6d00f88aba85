/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the files that read a snapshot share. All of them report what is wrong
 * and go on, so that one reading names every fault of a file.
 */
#ifndef RACKHOP_DOC_SNAPSHOT_IMPL_H
#define RACKHOP_DOC_SNAPSHOT_IMPL_H

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/json.h"
#include "tools/doc/snapshot.h"
#include "topology/topology.h"

#define MIB_MAX     (1ll << 40) /* of any amount of memory */
#define WIRE_MAX    64          /* bytes on the wire for one of memory */
#define TSC_KHZ_MAX 1e9         /* of a time stamp counter */

/* The texts of a list, borrowed from the tree; its room is used again. */
struct snap_list {
    const char **s;
    size_t cap;
};

struct snap_reader {
    struct snapshot *s;
    const struct snapshot_problems *p;
    unsigned told;   /* how many things are wrong */
    bool of_hosts;   /* the text is what hosts say of themselves just now: what
                       is wrong is no problem, but a note in the cluster */
    char fault[300]; /* of_hosts: the first thing wrong with the element */
    char what[400];  /* the element at hand: "host r1h1", "domain web1" */
    struct snap_list networks, storage, pci, apart, together, apart_racks,
        only, devices, cards;
    struct plan_stock *stock; /* of the host at hand */
    size_t stock_room;
    struct strlist tells_runs; /* hosts that say which runs they carry out */
    struct strlist runs;       /* HOST/RUN */
    struct strlist pools;      /* words of the element at hand */
    struct plan_traffic *traffic;
    size_t traffic_cap;
    struct sight_talks *talks; /* NULL: no guest has any */
};

/* Reports, or notes for later (of_hosts), that something is wrong: with the element at hand, or in a whole
 * sentence (arg is the reader). */
void snap_tell(struct snap_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void snap_told(void *arg, const char *text);

/* The value of a member; one that is no text, or no number in its range, is
 * reported. */
bool snap_is_text(const struct json *v);
/* NULL: absent or null, or wrong and reported. */
const char *snap_text(struct snap_reader *r, const struct json *v,
                      const char *key, bool needed);
/* dflt when it is absent or null. A NaN as default: it has to be there. */
double snap_number(struct snap_reader *r, const struct json *v,
                   const char *key, double max, double dflt);
int64_t snap_whole(struct snap_reader *r, const struct json *v,
                   const char *key, int64_t max);
/* 0 or -ENOMEM; *out borrows from w and the tree. */
int snap_words(struct snap_reader *r, const struct json *v, const char *key,
               struct snap_list *w, struct plan_words *out);
void snap_features(struct snap_reader *r, const struct json *v,
                   const char *key, const char **pv, const char **hvm);
/* Starts an element, and reads its name. false: it is no object or has no
 * name, which was reported. */
bool snap_begin(struct snap_reader *r, const char *kind, uint32_t index,
                const struct json *v, const char **name);

/* What is wrong with the element (r->fault) leaves it out, with a note on its
 * host if that is known. 0 or -ENOMEM; of a file the fault was reported. */
int snap_leave_out(struct snap_reader *r, const char *host);

/* Each element of the lists, for json_parse(). arg is the reader. */
int snap_host(void *arg, uint32_t index, const struct json *v,
              struct msg *err);
int snap_domain(void *arg, uint32_t index, const struct json *v,
                struct msg *err);
/* Classes of devices of a host, and of those that a guest has. They borrow from
 * the reader until the next element. 0 or -ENOMEM. */
int snap_host_devices(struct snap_reader *r, const struct json *v,
                      struct plan_host *h);
int snap_guest_devices(struct snap_reader *r, const struct json *v,
                       struct plan_domain *d);
/* "xsave" of a guest, or one half of a host's: not known where it is not as
 * facts have it. */
struct plan_xsave snap_xsave(const struct json *v);
/* CPU pools of a host, and what a guest needs of them. *out borrows from the
 * reader until the next element. 0 or -ENOMEM. */
int snap_host_pools(struct snap_reader *r, const struct json *v,
                    struct plan_words *out);
int snap_guest_pool(struct snap_reader *r, const struct json *v,
                    struct plan_words *out);

/* What runs have reserved on a host, and which runs it carries out. 0 or
 * -ENOMEM. */
int snap_reserved(struct snap_reader *r, const struct json *host,
                  uint32_t index, const char *name);
/* All hosts were read: whose runs are alive is known. */
void snap_reserved_dead(struct snap_reader *r);
/* Takes from memory and links what other runs than `own` have reserved; before
 * the cluster is indexed. 0 or -ENOMEM. */
int snap_lay_reserved(struct snapshot *s, const char *own);

/* What a domain that was added sends to whom; who that is is known when all have
 * been read. 0 or -ENOMEM. */
int snap_talks_add(struct snap_reader *r, const struct json *v,
                   const char *uuid);
int snap_talks_end(struct snap_reader *r);
void snap_talks_dispose(struct snap_reader *r);

/* The map of the whole document. 0 or -ENOMEM. */
int snap_map(struct snap_reader *r, const struct json *root);

#endif
