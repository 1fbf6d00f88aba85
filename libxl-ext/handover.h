/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which host may run the guest: the states of a move at both hosts.
 *
 * It is one pure machine. Inputs are messages, failures and restarts; outputs
 * are effects. It reads no clock, does no I/O and allocates nothing. Both
 * hosts, `recover` and the simulator all drive it in the same way:
 *
 *     eff = ho_begin(&h, role);             or ho_restart(&h, &found)
 *     while (eff != HO_END)
 *         eff = ho_next(&h, what came of eff);
 *
 * The laws, whatever is cut, killed, lost, late or repeated:
 *   I1  at most one copy of the guest runs at every instant;
 *   I2  no guest's state is lost while a host that holds it is up;
 *   I3  every move ends with the guest running at the source host, running at
 *       the target host, or paused on one of them, and one command goes on;
 *   I4  a guest that stays is as it was: a limit of its CPU time is recorded
 *       before it is set, and who settles the move lifts it.
 *
 * How they are kept (two-phase commit, the target being the one that
 * commits):
 *
 *   source    PREPARED ............ GO ...................... DONE
 *   target       RECEIVING . READY .... ACCEPTED . runs . DONE
 *
 *   Each state is durable before the effect that follows from it. Until GO
 *   the source alone decides, and decides to stay whatever goes wrong. With
 *   GO it has given the guest away and may not decide any more: it asks. The
 *   target may refuse until it has written ACCEPTED, and being asked about a
 *   move that it has not accepted makes it refuse for ever (ABORTED): no
 *   question stays open once both ends can be reached, and no clock decides
 *   anything after GO.
 *
 *   A record belongs to one epoch of one guest; epochs only grow. A write
 *   goes through only if the record is still what its writer saw last, so
 *   a process that slept through a decision is refused (HO_FENCED_*).
 *
 * Only one process at an end acts on a guest (a lock that dies with it); the
 * answer to the other end's question is the exception, and all that it may
 * do beside a living process is to refuse.
 */
#ifndef XLX_HANDOVER_H
#define XLX_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"

enum ho_role { HO_SOURCE, HO_TARGET };

enum ho_state {
    HO_NONE,
    HO_PREPARED,  /* source: the guest is here, running or suspended */
    HO_GO,        /* source: given away, suspended here until DONE */
    HO_RECEIVING, /* target: it may be building */
    HO_READY,     /* target: holds all of it, paused */
    HO_ACCEPTED,  /* target: it will run it, or may have */
    HO_DONE,      /* it runs at the target */
    HO_ABORTED,   /* it stays at the source; the target never will */
};
/* "prepared", ..; for the records and for people. */
const char *ho_state_name(enum ho_state s);
/* HO_NONE for what is no state. */
enum ho_state ho_state_parse(const char *s);
/* Whether nothing is left to be decided in that state. */
bool ho_closed(enum ho_state s);

/* What the driver is to do next. */
enum ho_effect {
    HO_STORE,     /* write h->next; then HO_STORED, .. or HO_FENCED_* */
    HO_STREAM,    /* source: send it all, until READY has come */
    HO_SAY_GO,    /* source: say GO, await the report */
    HO_ASK,       /* source: ask the target's record */
    HO_RESUME,    /* source: it stays: resume it if it is suspended */
    HO_DROP,      /* end this host's copy, which will never run */
    HO_BUILD,     /* target: receive it all, paused */
    HO_SAY_READY, /* target: say READY, await GO */
    HO_START,     /* target: let it run */
    HO_REPORT,    /* target: say what came of it */
    HO_END,       /* h->verdict */
};

/* What came of it. */
enum ho_input {
    HO_STORED,
    HO_UNSTORED,       /* failed; it may or may not be on the disk */
    HO_FENCED_ABORTED, /* another process settled this epoch: the guest
                          stays at the source host */
    HO_FENCED_DONE,    /* .. it runs at the target host */
    HO_FENCED_NEWER,   /* a later epoch owns the guest */
    HO_OK,             /* the effect was done: READY came, it runs, .. */
    HO_FAILED,         /* it was not: cut, cancelled, refused, timed out */
    HO_GIVEN_BACK,     /* of SAY_GO: the target refused, for ever */
    /* of ASK */
    HO_ANS_RUNS,
    HO_ANS_REFUSED,
    HO_ANS_LOST,    /* it may have run until the target host went down */
    HO_ANS_OPEN,    /* a process has accepted it, and not come further */
    HO_ANS_UNKNOWN, /* it has no record: its store was lost, or it is another
                       machine. It said READY, so this is no refusal. */
    HO_ANS_NONE,    /* no answer */
};

enum ho_verdict {
    HO_UNDECIDED,
    HO_RUNS_HERE,  /* source: stayed; target: arrived */
    HO_RUNS_THERE, /* source only */
    HO_REFUSED,    /* target: nothing is left of it on this host */
    HO_GONE,       /* source: it went down with this host's last boot */
    HO_PAUSED,     /* on this host, whole; `recover` goes on from that */
    HO_DOUBT,      /* source: paused; the target host can't be asked now */
    HO_LOST,       /* source: paused; it may have run at the target host and
                      gone down with that. target: that is what happened */
    HO_NOT_OURS,   /* a newer move, or a living process, owns it */
    HO_UNKNOWN,    /* what would decide it can't be read now: nothing was
                      decided or done */
};
const char *ho_verdict_name(enum ho_verdict v);

struct ho {
    enum ho_role role;
    enum ho_state state; /* as far as we know it is on the disk */
    enum ho_state next;  /* of HO_STORE */
    enum ho_effect doing;
    enum ho_verdict verdict;
    bool refused; /* of HO_REPORT: it does not run here */
    bool lost;    /* goes into a DONE record: nobody knows what it did */
    /* private */
    bool maybe;  /* `state` may have been overtaken by a failed write */
    bool gone;   /* it went down with an earlier boot */
    bool beside; /* a living process has the copy: it drops it */
};

/* A move begins at this end. */
enum ho_effect ho_begin(struct ho *h, enum ho_role role);
enum ho_effect ho_next(struct ho *h, enum ho_input in);

/* A copy of the guest on this host. */
enum ho_copy {
    HO_COPY_NONE,
    HO_COPY_RUNS,
    HO_COPY_PAUSED, /* built and never started (at a source: no such) */
    HO_COPY_SUSPENDED,
};

/*
 * Whether the record is of this boot of the host. Each of the first two
 * allows what the other forbids: a copy that is gone with its boot may be
 * started again elsewhere, and one that is not may not. So what can't be read
 * is neither, and settles nothing: until an administrator says so (ho_found's
 * word).
 */
enum ho_boot { HO_BOOT_UNKNOWN, HO_BOOT_SAME, HO_BOOT_OTHER };

/* What `recover` finds. */
struct ho_found {
    enum ho_role role;
    enum ho_state state;
    enum ho_boot boot;
    bool owner;        /* a living process has the move in hand */
    bool asked;        /* by the other end; it has no process any more, or
                   one that awaits the answer */
    bool paused;       /* the guest is to stay paused (-p) */
    bool lost;         /* the record says so */
    enum ho_copy copy; /* the one that this very move was of or has built: a
                          guest of that UUID may have others on the host,
                          such as one that stock xl brings back */
    /* source, HO_GO: the administrator decides what can't be asked. HO_DONE:
     * it runs there, or shall not go on; HO_ABORTED: it does not run there
     * and never will. */
    enum ho_state decided;
    /* HO_BOOT_UNKNOWN: the administrator has looked where the guest is.
     * HO_ABORTED: on this host, if it is anywhere; HO_DONE: elsewhere, or it
     * shall not go on here. Then `copy` stands for the boot: a copy that the
     * record is about is of the boot in which it was made, and one that is
     * not there has gone. The laws bind as ever; the other end is asked as
     * ever. */
    enum ho_state word;
};
enum ho_effect ho_restart(struct ho *h, const struct ho_found *f);
/* Whether what follows from the record and the copy is what that word says.
 * One that does not fit settles nothing. */
bool ho_word_fits(const struct ho_found *f, enum ho_state word);

/* What a record says about which process may write it next. */
struct ho_record {
    uint64_t epoch;
    enum ho_state state; /* HO_NONE: there is no record */
    bool mine;           /* it is of this very move */
};
/*
 * May the machine's next state be written over this record? HO_STORED: yes,
 * if the record is still the same when that is done; else what stands in the
 * way. tried: a state that was written without learning whether it was.
 */
enum ho_input ho_fence(const struct ho *h, uint64_t epoch, enum ho_state tried,
                       const struct ho_record *now);

struct xlx_cap; /* cap.h */

/*
 * What a session needs from the keeper of the records. Each call returns when
 * it is through; NULL instead of the table: nothing is recorded or asked, and
 * the promise is xl's own.
 */
struct xlx_handover {
    void *arg;
    /* The target, once it knows which guest it is, before it looks whether
     * there is room: takes the guest's lock, settles what an earlier move
     * left. 0, or a negative errno and the reason. NULL: not wanted. */
    int (*enter)(void *arg, const char *uuid, struct msg *err);
    /* Makes h->next durable: HO_STORED, HO_UNSTORED or HO_FENCED_*. uuid and
     * name are the guest's, domid its copy's on this host; 0: it has none
     * yet. */
    enum ho_input (*store)(void *arg, const struct ho *h, const char *uuid,
                           const char *name, uint32_t domid);
    /* The target: a text that tells the copy that this move builds from any
     * other of the same guest; xenstore keeps it beside the copy. */
    const char *(*mark)(void *arg);
    /* The source: makes durable, before each step, to what it is about to
     * limit the guest's CPU time, and what is to be put back whatever becomes
     * of the move. 0, or a negative errno: then it does not. NULL: it may
     * not. */
    int (*capped)(void *arg, const struct xlx_cap *cap);
    /* The source asks the target, for at most so many seconds: HO_ANS_*. */
    enum ho_input (*ask)(void *arg, unsigned seconds);
    /* Why it failed last, as the end of a sentence. */
    const char *(*why)(void *arg);
};

/* The target's answer to a source that asks, after what it found was settled
 * as far as it can be (h as its machine ended; state as in the record now). */
enum ho_input ho_answer(enum ho_state state, bool lost);

#endif
