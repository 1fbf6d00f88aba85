/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files that read a trace share. */
#ifndef RACKHOP_DOC_TRACE_IMPL_H
#define RACKHOP_DOC_TRACE_IMPL_H

#include "tools/doc/json.h"
#include "tools/doc/trace.h"

struct trace_reader {
    struct replay_trace *t;
    const char *name; /* of the file */
    char place[64];   /* "hosts[3]" */
    bool element;     /* one of a list is read: json.c says file and line */
    char **wants;     /* of each guest, its host's name, or NULL */
    size_t host_room, host_name_room;
    size_t guest_room, guest_name_room, wants_room, load_room;
    uint32_t loads; /* of each guest: steps, by the first of them */
    struct msg *err;
};

/* Begins an element of a list; what is wrong with it goes to err. */
void trace_begin(struct trace_reader *r, const char *list, uint32_t index,
                 struct msg *err);
/* "FILE:LINE: PLACE.KEY: reason"; v may be NULL. Returns -EINVAL. */
int trace_wrong(struct trace_reader *r, const struct json *v, const char *key,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A number of an object in [min, max]; absent or null: dflt, or it is refused
 * if that is NaN. */
int trace_number(struct trace_reader *r, const struct json *obj,
                 const char *key, double min, double max, double dflt,
                 double *to);
int trace_whole(struct trace_reader *r, const struct json *obj,
                const char *key, double max, double dflt, int64_t *to);
/* A name that is needed; borrowed from the tree. */
int trace_name(struct trace_reader *r, const struct json *obj,
               const char **to);

/* Each element of the lists, for json_parse(). arg is the reader. */
int trace_host(void *arg, uint32_t index, const struct json *v,
               struct msg *err);
int trace_guest(void *arg, uint32_t index, const struct json *v,
                struct msg *err);
/* All was read: finds the hosts of guests; no name stands twice. */
int trace_names(struct trace_reader *r);

#endif
