/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the memory for a guest that comes: what is free, and what dom0 gives.
 *
 * As xl's freemem(), but for many at once. One guest at a time looks, until
 * its memory is there (the caller of xlx_receive_run() sees to that); what
 * others were admitted with and have not taken yet is not for it; and dom0 is
 * asked for what is missing beside that, never below what it keeps. The loop
 * goes on meanwhile, so that the source host hears signs of life.
 */
#include "libxl-ext/receive_impl.h"

#include <errno.h>
#include <inttypes.h>

#include <libxl_utils.h>

enum {
    PAGE_KIB = 4,
    LOOK_MS = 500, /* between two looks at the memory */
    STUCK_S = 10,  /* dom0 gives no more, others take no more */
    /* together less than a source host waits for bytes to get through */
    TURN_S = 90,   /* for those that look for their memory before it */
    MEMORY_S = 75, /* for all of it */
};

struct look { /* how far it has come */
    struct xlx_room room;
    uint64_t lacking, least; /* KiB, now and at best */
    uint64_t better_us;      /* when that was */
};

/* What Xen has set aside for guests that arrive is free to nobody else; they
 * have it already where dominfo tells what each has. */
static int memory_read_free(struct receiver *m, struct xlx_room *room,
                            struct msg *err)
{
    libxl_physinfo p;
    uint64_t pages;
    int r;

    libxl_physinfo_init(&p);
    r = libxl_get_physinfo(m->r->x->ctx, &p);
    pages = p.free_pages + p.scrub_pages;
    pages -= p.outstanding_pages < pages ? p.outstanding_pages : pages;
    room->free_kib = pages * PAGE_KIB;
    libxl_physinfo_dispose(&p);
    if (!r)
        return 0;
    msg_set(err, "the target host's free memory can't be read: %s",
            xlx_libxl_text(r));
    return xlx_libxl_errno(r);
}

static int memory_read_need(struct receiver *m, struct xlx_room *room,
                            struct msg *err)
{
    int r = libxl_domain_need_memory(m->r->x->ctx, &m->config, INVALID_DOMID,
                                     &room->need_kib);

    if (!r)
        return 0;
    msg_set(err, "what memory the guest needs can't be told: %s",
            xlx_libxl_text(r));
    return xlx_libxl_errno(r);
}

/* Lets the loop run for a moment. 0, or -EINTR when cancelled */
static int memory_pause(struct receiver *m, struct msg *err)
{
    int rc = loop_run(&m->loop, NULL, NULL, clock_us() + LOOK_MS * 1000ull);

    if (rc == -ETIMEDOUT && !m->pump.eof && !m->pump.error)
        return 0;
    if (rc == -ETIMEDOUT) {
        msg_set(err, "the source host has gone");
        return -EPIPE;
    }
    msg_set(err, "cancelled at the target host");
    return rc ? rc : -EINTR;
}

/* Waits until it is this guest's turn to look for memory. */
static int memory_await_turn(struct receiver *m, struct msg *err)
{
    uint64_t until = clock_us() + TURN_S * SECONDS;

    while (m->r->admit_begin) {
        int rc = m->r->admit_begin(m->r->admit_arg, err);

        if (rc != -EAGAIN || clock_us() >= until)
            return rc;
        rc = memory_pause(m, err);
        if (rc)
            return rc;
    }
    return 0;
}

/*
 * Free memory is read after what others have of theirs: memory that one takes
 * at that moment then counts twice, and never not at all.
 */
static int memory_look(struct receiver *m, struct look *l, struct msg *err)
{
    uint64_t wanted;
    int rc = memory_read_free(m, &l->room, err);

    if (!rc && m->r->admit)
        rc = m->r->admit(m->r->admit_arg, &l->room, err);
    if (!rc)
        rc = memory_read_free(m, &l->room, err);
    if (rc)
        return rc;
    wanted = l->room.need_kib + l->room.owed_kib;
    l->lacking = wanted > l->room.free_kib ? wanted - l->room.free_kib : 0;
    if (l->lacking < l->least) {
        l->least = l->lacking;
        l->better_us = clock_us();
    }
    return 0;
}

/*
 * Dom0 is to have so much less than it has now, not than its target: what it
 * was asked for before and has not given yet is asked for once. False: it
 * can't be asked.
 */
static bool memory_ask_dom0(struct receiver *m, const struct look *l)
{
    libxl_ctx *ctx = m->r->x->ctx;
    uint64_t target, wanted;

    if (libxl_get_memory_target(ctx, 0, &target))
        return false;
    wanted = l->room.dom0_kib - l->lacking;
    return wanted >= target ||
           !libxl_set_memory_target(ctx, 0, (int64_t)wanted - (int64_t)target,
                                    1, 0);
}

/* Is it of use to go on? Where others take memory at this moment, the figures
 * are off by some of it for that moment. */
static bool memory_may_come(struct receiver *m, const struct look *l,
                            uint64_t until)
{
    uint64_t now = clock_us();

    if (now >= until || now - l->better_us > STUCK_S * SECONDS)
        return false;
    if (l->lacking > l->room.balloon_kib)
        return l->room.owed_kib > 0;
    return memory_ask_dom0(m, l);
}

static int memory_find(struct receiver *m, struct msg *err)
{
    struct look l = { .room.uuid = m->r->uuid, .least = UINT64_MAX };
    int rc = memory_await_turn(m, err);
    uint64_t until = clock_us() + MEMORY_S * SECONDS;

    if (!rc)
        rc = memory_read_need(m, &l.room, err);
    while (!rc) {
        rc = memory_look(m, &l, err);
        if (rc || !l.lacking)
            return rc;
        if (!memory_may_come(m, &l, until))
            break;
        rc = memory_pause(m, err);
    }
    if (rc)
        return rc;
    msg_set(err,
            "the target host has not enough free memory: %" PRIu64
            " MiB are needed and %" PRIu64 " MiB free",
            (l.room.need_kib + 1023) / 1024,
            (l.room.free_kib > l.room.owed_kib
                 ? l.room.free_kib - l.room.owed_kib
                 : 0) /
                1024);
    return -ENOMEM;
}

int xlx_receive_memory(struct receiver *m, struct msg *err)
{
    int rc = memory_find(m, err);

    if (m->r->admit_end)
        m->r->admit_end(m->r->admit_arg);
    return rc;
}
