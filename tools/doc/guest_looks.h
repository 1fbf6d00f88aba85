/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How the guests of a host run, as far as it is compared before and after work
 * on the host: a part of its rackhop-facts/1, which a roll keeps in its record.
 */
#ifndef RACKHOP_DOC_GUEST_LOOKS_H
#define RACKHOP_DOC_GUEST_LOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/json.h"

struct guest_look {
    char uuid[37];
    char name[65]; /* cut to fit */
    /* each < 0: not known */
    double steal;       /* share of the time that its vCPUs wait for a
                           processor, 0 to 1 */
    double dirty_mib_s; /* measured; facts do not tell it */
    double tx_bytes_s;  /* it sent to the network */
    int64_t tx_bytes;   /* since its network interfaces are there */
};

enum { GUEST_LOOKS_MAX = 4096 }; /* of one host */

struct guest_looks {
    struct guest_look *look;
    size_t n;
    unsigned cpus; /* of the host; 0: not known */
};

void guest_looks_dispose(struct guest_looks *l);
/* NULL: there is none of that UUID. */
const struct guest_look *guest_looks_find(const struct guest_looks *l,
                                          const char *uuid);

/* The guests that are on the host, from the text of its rackhop-facts/1, which
 * is not trusted. l is empty before, and to be disposed of either way. 0, or a
 * negative errno and a sentence. */
int guest_looks_parse(struct guest_looks *l, const void *text, size_t len,
                      struct msg *err);

/* From what `rackhop dirty --json` says of that guest, in MiB/s; < 0: nothing
 * that can be. */
double guest_dirty_parse(const char *uuid, const void *text, size_t len);

/* An array; and what that wrote, 0, -EINVAL or -ENOMEM. */
void guest_looks_write(struct json_out *o, const struct guest_looks *l);
int guest_looks_read(struct guest_looks *l, const struct json *v);

#endif
