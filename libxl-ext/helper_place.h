/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The placer of an armed restore (helper_arm.h): puts a guest's memory, read
 * as libxc's records, into a domain that libxl has finished already.
 * helper_place.c reads the records, helper_place_memory.c has the pages.
 */
#ifndef XLX_HELPER_PLACE_H
#define XLX_HELPER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/msg.h"

enum {
    PLACE_DAEMON_PAGES = 4, /* store, console and two of device models */
    PLACE_RECORD = 8 + FRAME_RECORD * (8 + FRAME_PAGE), /* the longest body */
};

struct place {
    /* the caller fills in; all stays the caller's */
    xc_interface *xch;
    xenforeignmemory_handle *memory;
    uint32_t domid;
    const struct word_arm *arm; /* what the domain was armed with */
    /* Exactly n bytes of libxc's stream, behind its static data. 0 or a
     * negative errno. */
    int (*read)(void *arg, void *buf, size_t n);
    void *arg;
    /* filled in: the guest's last CPU state, checked by Xen; ours to free */
    uint8_t *context;
    uint32_t context_len;
    struct msg why; /* of a failure */
    /* private */
    uint64_t pfns;      /* numbers that the domain may have */
    uint8_t *populated; /* a bit each */
    /* What was sent of the daemons' pages. It is not put into the domain, but
     * later changes are changes of it. */
    struct {
        uint64_t pfn;
        uint8_t page[FRAME_PAGE];
    } daemon[PLACE_DAEMON_PAGES];
    unsigned daemons;
    bool verify, params_seen;
    uint64_t differ; /* pages, to verify */
    uint8_t *body;
};

/* Frees what is ours, also of one that is all zeroes but for the caller's. */
void xlx_place_dispose(struct place *p);
/* Reads to libxc's END, and has Xen check the CPU state: memory is complete
 * then, and the vCPUs are down. 0, or a negative errno and p->why. */
int xlx_place_run(struct place *p);
/*
 * Puts all vCPUs down. 0, or a negative errno and why: also if the domain has
 * ended, since Xen ends one whose CPU state it took and could not work with.
 *
 * Between a load of a CPU state and this, the vCPUs are up, and a domain that
 * somebody has unpaused meanwhile would run. So both stand between an
 * xc_domain_pause() of ours and an xc_domain_unpause(): Xen counts them.
 */
int xlx_place_fence(xc_interface *xch, uint32_t domid, const uint8_t *context,
                    size_t len, struct msg *why);

/* --- helper_place_memory.c ---------------------------------------------------- */

/* Whether the parameter (HVM_PARAM_*) is the number of a page that daemons of
 * the host share with the guest. */
bool xlx_place_is_daemons(uint64_t param);
/* Which pages the daemons have, and how many numbers there are. */
int xlx_place_memory_begin(struct place *p);
/* One record: elements as libxc has them (wire/pfn_list.h), then the pages of
 * those with data. 0, or a negative errno and p->why. */
int xlx_place_pages(struct place *p, const uint64_t *elements, size_t n,
                    const uint8_t *pages);
/* For the decoder: the pages as they were sent last. */
int xlx_place_map(struct place *p, const uint64_t *pfns, size_t n,
                  const uint8_t **pages_r);
void xlx_place_unmap(struct place *p, const uint8_t *pages, size_t n);

#endif
