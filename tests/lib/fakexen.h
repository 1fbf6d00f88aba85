/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A Xen that is a piece of memory, for the real libxenguest: xc_domain_save and
 * xc_domain_restore as they are shipped run on it without a hypervisor. A
 * program that links it has these functions in place of those of libxenctrl and
 * libxenforeignmemory, because the dynamic linker prefers the program's.
 *
 * There is one domain, of type HVM (PVH is one to libxenguest), in a memfd: a
 * test makes it, the save helper that it starts finds it by its environment,
 * and both see the same bytes. PV guests, whose page tables libxenguest
 * rewrites, are not imitated.
 */
#ifndef TESTS_FAKEXEN_H
#define TESTS_FAKEXEN_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKEXEN_ENV "FAKEXEN_FD"

enum {
    FAKEXEN_PAGE = 4096,
    FAKEXEN_DOMID = 5,
    FAKEXEN_HOLE = 0xf,
    FAKEXEN_PARAMS = 64,
    FAKEXEN_CONTEXT_HEAD = 24,
    FAKEXEN_CONTEXT = 9001, /* bytes: no multiple of anything */
};

/* What the guest does while it is saved: after each look at the log-dirty
 * bitmap it writes to so many pages, at the same time as they are sent. */
struct fakexen_guest {
    uint32_t burst; /* pages it writes; 0: none */
    uint32_t hot;   /* they are among so many from the first one on */
    uint64_t first, seed;
    bool whole;     /* it writes whole pages; else a few words of each */
    uint32_t again; /* pages it writes before each batch of a round is sent,
                       which then takes as long as looks are apart */
    uint32_t pace;  /* pages/s it writes all the time */
};

struct fakexen {
    uint64_t pages, size;
    struct fakexen_guest guest;
    _Atomic uint32_t suspended, stop, running;
    _Atomic uint32_t logdirty; /* the mode is on */
    _Atomic uint32_t cleans;   /* looks that cleaned the bitmap */
    _Atomic uint64_t dirtied;  /* pages that they showed */
    _Atomic uint32_t peeks;    /* looks that did not clean it, at all of it */
    uint32_t peek_fails;       /* the so manieth of these does */
    _Atomic uint64_t arrived;  /* pages mapped to be written to */
    _Atomic uint32_t contexts; /* HVM contexts loaded that have a CPU */
    _Atomic uint32_t fences;   /* loaded that have none */
    _Atomic uint32_t up;       /* its CPU is */
    _Atomic uint32_t pauses;   /* Xen's count; a target begins with 1 */
    _Atomic uint32_t ran;      /* moments at which its CPU was up, unpaused */
    _Atomic uint32_t populated, chunks; /* pages; 2 MiB at once */
    _Atomic uint64_t claimed;
    uint32_t whole_only; /* it makes no 2 MiB at once */
    uint32_t refuses;    /* the so manieth context with a CPU */
    uint32_t crashes;    /* it takes that one, and the domain ends by it */
    _Atomic uint32_t crashed;
    /* types of pages, by the thread that began the process, and by others; each
     * waits until the other has asked for so many */
    _Atomic uint64_t asked, asked_beside;
    uint64_t after_beside, beside_after;
    uint64_t off_map;   /* pages that it owns and are not in its map */
    uint64_t ballooned; /* that it gets after they were counted once */
    uint64_t on_demand; /* that are made when they are asked for */
    _Atomic uint32_t counted;
    sem_t go, stopped;
    /* For a benchmark: each process maps all of the memory before it does
     * anything, and what that took is noted; the first one then waits to be
     * let go. A mapping of pages that are not in a row is a copy of them, which
     * is written back: a real one of Xen's costs no page faults either. */
    bool timed;
    _Atomic uint64_t prepared_us;
    sem_t prepared, begin;
};

/* A domain whose pages are all 0xa5 and, if it is a source, populated. Shared
 * with children; *fd_r (close-on-exec) is what FAKEXEN_ENV may name. */
struct fakexen *fakexen_new(uint64_t pages, bool source, int *fd_r);
void fakexen_free(struct fakexen *x);
/* This process's Xen has that domain. */
void fakexen_be(struct fakexen *x, int fd);
/* The one that this process's Xen has: by FAKEXEN_ENV, if by nothing else. */
struct fakexen *fakexen_here(void);

uint8_t *fakexen_page(struct fakexen *x, uint64_t pfn);
/* XEN_DOMCTL_PFINFO_*, shifted to 0 .. 15: 0 is a page with data. */
uint8_t *fakexen_type(struct fakexen *x, uint64_t pfn);
_Atomic uint64_t *fakexen_dirty(struct fakexen *x);
/* As Xen counts what a domain owns. */
uint64_t fakexen_owned(struct fakexen *x);
bool fakexen_is_populated(struct fakexen *x, uint64_t pfn);
/* Marks pages from pfn on as populated; false: one of them was, or is not of
 * this domain. */
bool fakexen_populate(struct fakexen *x, uint64_t pfn);

/* The guest writes to a page: memory and log-dirty bitmap. */
void fakexen_write(struct fakexen *x, uint64_t pfn, size_t at,
                   const void *data, size_t len);
/* What libxl does when the guest is asked to suspend: it writes no more. */
void fakexen_suspend(struct fakexen *x);
/* Of a timed one: what it says above, once in each process. */
void fakexen_prepare(struct fakexen *x);
/* Waits for the first process to be prepared; x->begin lets it go. 0, or none
 * is within a minute. */
int fakexen_await(struct fakexen *x);
/* fakexen_guest.c. Wakes the guest, in the process that saves it. */
void fakexen_guest_go(struct fakexen *x);
/* It writes to so many pages, at once. */
void fakexen_guest_write(struct fakexen *x, uint32_t pages, uint64_t *seed);

/* The CPU state of its one CPU: a head, a record, an end. */
void fakexen_context(uint8_t context[FAKEXEN_CONTEXT]);
/* Its HVM_PARAM_*, below FAKEXEN_PARAMS. */
uint64_t fakexen_param(const struct fakexen *x, uint32_t index);
/* The pages that the daemons of a host share with it, which a restore clears:
 * the last four. */
bool fakexen_is_special(const struct fakexen *x, uint64_t pfn);
/* Pages that differ, but for holes and special pages; the first one in *pfn_r.
 */
uint64_t fakexen_differ(struct fakexen *a, struct fakexen *b, uint64_t *pfn_r);

#endif
