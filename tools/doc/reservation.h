/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a run has reserved on a host that it brings guests to: memory, and a
 * share of the links on their way. Kept in that host's store, and shown in its
 * facts, so that another run plans with what is left.
 */
#ifndef RACKHOP_DOC_RESERVATION_H
#define RACKHOP_DOC_RESERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/domain.h"
#include "tools/base/uuid.h"
#include "tools/doc/json.h"

enum { RESERVATION_NAME = 65 }; /* bytes of a name, with its end */

/* A guest that comes to the host, or leaves it, in the order of the plan. */
struct reservation_row {
    char uuid[UUID_TEXT + 1];
    int64_t mib; /* < 0: it leaves, and gives back so much */
    char from[RESERVATION_NAME];
    double mbps; /* of its move; 0: not known */
};

struct reservation {
    char run[RESERVATION_NAME], executor[RESERVATION_NAME];
    uint64_t stamp;   /* of the last change; greater than that before */
    uint64_t renewed; /* seconds since 1970, by the host's own clock */
    struct reservation_row *row;
    size_t rows;
};

enum { RESERVATION_ROWS_MAX = 20000 };

/* Where a guest is, seen from the host. */
enum reservation_guest { GUEST_AWAY, GUEST_ARRIVING, GUEST_HERE };
typedef enum reservation_guest reservation_where_fn(void *arg,
                                                    const char *uuid);

/* The domains of a host, as arg of the function below; borrowed. */
struct reservation_domains {
    const struct xlx_domain *list;
    unsigned n;
    /* A guest that wants to come, or NULL: it is on its way, so nobody keeps
     * memory from it. */
    const char *guest;
};
enum reservation_guest reservation_where(void *arg, const char *uuid);
/* Is it a copy under construction? */
bool reservation_is_copy(const struct xlx_domain *d);

/* To be freed; NULL: no memory. */
char *reservation_format(const struct reservation *r);
/* 0; -EINVAL for a text that is none, -ENOMEM. Dispose after 0. */
int reservation_parse(const char *text, struct reservation *r);
void reservation_dispose(struct reservation *r);

/* Does the record keep such a name of a host as it is? */
bool reservation_name_ok(const char *name);
/*
 * A row as a word of a command line: UUID=MIB, or UUID=MIB@FROM:MBPS. 0 or
 * -EINVAL. The text is cut when it does not fit.
 */
int reservation_row_parse(const char *word, struct reservation_row *row);
void reservation_row_format(const struct reservation_row *row, char *buf,
                            size_t len);

/*
 * How much more memory than now the run needs at most, MiB: guests that have
 * arrived, and those that have left, are over; the others come and go in the
 * order of the plan.
 */
int64_t reservation_need_mib(const struct reservation *r,
                             reservation_where_fn *where, void *arg);

/* One element of "reservations" of the host's facts. */
void reservation_write(struct json_out *o, const struct reservation *r,
                       reservation_where_fn *where, void *arg);

#endif
