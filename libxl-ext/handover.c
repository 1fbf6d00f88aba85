/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides which host may run the guest: the machine of handover.h.
 *
 * For each end there are three functions: what follows when a state is on
 * record (reached), when it could not be recorded (unstored), and from what
 * came of an effect (next). The arms stand in the order in which a move that
 * goes well meets them.
 */
#include "libxl-ext/handover.h"

#include <stdlib.h>
#include <string.h>

/*
 * The machine's own states lead to none of the arms that end in this. Drivers
 * are told "not ours" and touch nothing; a build for tests stops.
 */
#ifdef RACKHOP_TRAPS
#define HO_IMPOSSIBLE() abort()
#else
#define HO_IMPOSSIBLE() ((void)0)
#endif

static const char *const state_names[] = {
    [HO_NONE] = "none",   [HO_PREPARED] = "prepared",
    [HO_GO] = "go",       [HO_RECEIVING] = "receiving",
    [HO_READY] = "ready", [HO_ACCEPTED] = "accepted",
    [HO_DONE] = "done",   [HO_ABORTED] = "aborted",
};

const char *ho_state_name(enum ho_state s)
{
    return state_names[s];
}

enum ho_state ho_state_parse(const char *s)
{
    for (int i = HO_PREPARED; i <= HO_ABORTED; i++)
        if (!strcmp(s, state_names[i]))
            return (enum ho_state)i;
    return HO_NONE;
}

bool ho_closed(enum ho_state s)
{
    return s == HO_NONE || s == HO_DONE || s == HO_ABORTED;
}

const char *ho_verdict_name(enum ho_verdict v)
{
    switch (v) {
    case HO_UNDECIDED: return "undecided";
    case HO_RUNS_HERE: return "runs here";
    case HO_RUNS_THERE: return "runs there";
    case HO_REFUSED: return "refused";
    case HO_GONE: return "gone";
    case HO_PAUSED: return "paused";
    case HO_DOUBT: return "in doubt";
    case HO_LOST: return "lost";
    case HO_NOT_OURS: return "not ours";
    case HO_UNKNOWN: return "unknown";
    }
    return "?";
}

/* --- what to do ---------------------------------------------------------- */

static enum ho_effect ho_do(struct ho *h, enum ho_effect e)
{
    return h->doing = e;
}

static enum ho_effect ho_write(struct ho *h, enum ho_state next)
{
    h->next = next;
    return ho_do(h, HO_STORE);
}

static enum ho_effect ho_end(struct ho *h, enum ho_verdict v)
{
    h->verdict = v;
    return ho_do(h, HO_END);
}

/* --- the source ---------------------------------------------------------- */

/* The state is on record, by our write or by another's: its effect follows. */
static enum ho_effect ho_source_reached(struct ho *h, enum ho_state s)
{
    h->state = s;
    switch (s) {
    case HO_PREPARED: return ho_do(h, HO_STREAM);
    case HO_GO: return ho_do(h, HO_SAY_GO);
    case HO_DONE: return ho_do(h, HO_DROP);
    case HO_ABORTED: return ho_do(h, HO_RESUME);
    case HO_NONE:
    case HO_RECEIVING:
    case HO_READY:
    case HO_ACCEPTED: break;
    }
    HO_IMPOSSIBLE();
    return ho_end(h, HO_NOT_OURS);
}

static enum ho_effect ho_source_unstored(struct ho *h, enum ho_state s)
{
    switch (s) {
    case HO_GO:
        /* GO may be on the disk, so we may not resume the guest; it was not
         * said, so the target host will not run it. The guest waits. */
        h->maybe = true;
        return ho_end(h, HO_PAUSED);
    case HO_ABORTED:
        /* The target host will not run it: before GO, because GO is never
         * said now; after GO, because its refusal is durable. A record that
         * still says otherwise leads to the same answer when it is asked. */
        return ho_do(h, HO_RESUME);
    case HO_DONE:
        /* It is durable at the target host, which is what counts. */
        return ho_do(h, HO_DROP);
    case HO_PREPARED: return ho_end(h, HO_RUNS_HERE); /* nothing has begun */
    case HO_NONE:
    case HO_RECEIVING:
    case HO_READY:
    case HO_ACCEPTED: break;
    }
    HO_IMPOSSIBLE();
    return ho_end(h, HO_RUNS_HERE);
}

static enum ho_effect ho_source_next(struct ho *h, enum ho_input in)
{
    bool ok = in == HO_OK;

    switch (h->doing) {
    case HO_STREAM: return ho_write(h, ok ? HO_GO : HO_ABORTED);
    case HO_SAY_GO:
        if (ok)
            return ho_write(h, HO_DONE);
        return in == HO_GIVEN_BACK ? ho_write(h, HO_ABORTED)
                                   : ho_do(h, HO_ASK);
    case HO_ASK:
        if (in == HO_ANS_RUNS)
            return ho_write(h, HO_DONE);
        if (in == HO_ANS_REFUSED)
            return ho_write(h, HO_ABORTED);
        return ho_end(h, in == HO_ANS_LOST ? HO_LOST : HO_DOUBT);
    case HO_RESUME:
        if (h->gone)
            return ho_end(h, HO_GONE);
        return ho_end(h, ok ? HO_RUNS_HERE : HO_PAUSED);
    case HO_DROP: return ho_end(h, HO_RUNS_THERE);
    case HO_STORE:
    case HO_BUILD:
    case HO_SAY_READY:
    case HO_START:
    case HO_REPORT:
    case HO_END: break;
    }
    HO_IMPOSSIBLE();
    return ho_end(h, HO_NOT_OURS);
}

/* --- the target ---------------------------------------------------------- */

static enum ho_effect ho_target_reached(struct ho *h, enum ho_state s)
{
    h->state = s;
    switch (s) {
    case HO_RECEIVING: return ho_do(h, HO_BUILD);
    case HO_READY: return ho_do(h, HO_SAY_READY);
    case HO_ACCEPTED: return ho_do(h, HO_START);
    case HO_DONE: return h->lost ? ho_end(h, HO_LOST) : ho_do(h, HO_REPORT);
    case HO_ABORTED:
        h->refused = true;
        return h->beside ? ho_end(h, HO_REFUSED) : ho_do(h, HO_DROP);
    case HO_NONE:
    case HO_PREPARED:
    case HO_GO: break;
    }
    HO_IMPOSSIBLE();
    return ho_end(h, HO_NOT_OURS);
}

static enum ho_effect ho_target_unstored(struct ho *h, enum ho_state s)
{
    switch (s) {
    case HO_READY: return ho_write(h, HO_ABORTED);
    case HO_ACCEPTED:
        /* ACCEPTED may be on the disk. The guest did not run, so it can still
         * be refused, if that can be written. */
        h->maybe = true;
        return ho_write(h, HO_ABORTED);
    case HO_ABORTED:
        if (h->maybe || h->state == HO_ACCEPTED)
            return ho_end(h, HO_PAUSED); /* the source may count on us */
        if (h->beside)
            return ho_end(h, HO_NOT_OURS); /* its owner may still accept it */
        h->refused = true;
        return ho_do(h, HO_DROP); /* not accepted: never will be */
    case HO_DONE: return h->lost ? ho_end(h, HO_LOST) : ho_do(h, HO_REPORT);
    case HO_RECEIVING: return ho_end(h, HO_REFUSED); /* nothing has begun */
    case HO_NONE:
    case HO_PREPARED:
    case HO_GO: break;
    }
    HO_IMPOSSIBLE();
    return ho_end(h, HO_REFUSED);
}

static enum ho_effect ho_target_next(struct ho *h, enum ho_input in)
{
    bool ok = in == HO_OK;

    switch (h->doing) {
    case HO_BUILD: return ho_write(h, ok ? HO_READY : HO_ABORTED);
    case HO_SAY_READY: return ho_write(h, ok ? HO_ACCEPTED : HO_ABORTED);
    case HO_START: return ho_write(h, ok ? HO_DONE : HO_ABORTED);
    case HO_DROP: return ho_do(h, HO_REPORT);
    case HO_REPORT: return ho_end(h, h->refused ? HO_REFUSED : HO_RUNS_HERE);
    case HO_STORE:
    case HO_STREAM:
    case HO_SAY_GO:
    case HO_ASK:
    case HO_RESUME:
    case HO_END: break;
    }
    HO_IMPOSSIBLE();
    return ho_end(h, HO_NOT_OURS);
}

/* --- both ---------------------------------------------------------------- */

static enum ho_effect ho_reached(struct ho *h, enum ho_state s)
{
    return h->role == HO_SOURCE ? ho_source_reached(h, s)
                                : ho_target_reached(h, s);
}

enum ho_effect ho_next(struct ho *h, enum ho_input in)
{
    if (h->doing != HO_STORE)
        return h->role == HO_SOURCE ? ho_source_next(h, in)
                                    : ho_target_next(h, in);
    switch (in) {
    case HO_STORED: return ho_reached(h, h->next);
    case HO_FENCED_ABORTED: return ho_reached(h, HO_ABORTED);
    case HO_FENCED_DONE: return ho_reached(h, HO_DONE);
    case HO_FENCED_NEWER: return ho_end(h, HO_NOT_OURS);
    case HO_UNSTORED:
    case HO_OK:
    case HO_FAILED:
    case HO_GIVEN_BACK:
    case HO_ANS_RUNS:
    case HO_ANS_REFUSED:
    case HO_ANS_LOST:
    case HO_ANS_OPEN:
    case HO_ANS_UNKNOWN:
    case HO_ANS_NONE: break;
    }
    return h->role == HO_SOURCE ? ho_source_unstored(h, h->next)
                                : ho_target_unstored(h, h->next);
}

enum ho_effect ho_begin(struct ho *h, enum ho_role role)
{
    *h = (struct ho){ .role = role };
    return ho_write(h, role == HO_SOURCE ? HO_PREPARED : HO_RECEIVING);
}

/* --- after a restart ----------------------------------------------------- */

static enum ho_effect ho_source_restart(struct ho *h, const struct ho_found *f)
{
    if (f->owner)
        return ho_end(h, HO_NOT_OURS);
    h->gone = f->boot == HO_BOOT_OTHER;
    switch (f->state) {
    case HO_PREPARED: return ho_write(h, HO_ABORTED);
    case HO_GO:
        if (f->decided == HO_DONE || f->decided == HO_ABORTED)
            return ho_write(h, f->decided);
        return ho_do(h, HO_ASK);
    case HO_DONE:
    case HO_ABORTED: return ho_source_reached(h, f->state);
    case HO_NONE:
    case HO_RECEIVING:
    case HO_READY:
    case HO_ACCEPTED: break;
    }
    return ho_end(h, HO_NOT_OURS);
}

static enum ho_effect ho_target_restart(struct ho *h, const struct ho_found *f)
{
    switch (f->state) {
    case HO_RECEIVING:
    case HO_READY:
        /* a living process is fenced at its next write, and drops its copy */
        if (f->owner && !f->asked)
            break;
        h->beside = f->owner;
        return ho_write(h, HO_ABORTED);
    case HO_ACCEPTED:
        if (f->owner)
            break;
        if (f->boot == HO_BOOT_OTHER) {
            h->lost = true;
            return ho_write(h, HO_DONE);
        }
        /* A copy that is gone has run and ended: what was accepted is never
         * dropped. */
        if (f->copy == HO_COPY_PAUSED && !f->paused)
            return ho_do(h, HO_START);
        return ho_write(h, HO_DONE);
    case HO_DONE: return ho_end(h, f->lost ? HO_LOST : HO_RUNS_HERE);
    case HO_ABORTED:
        if (f->owner)
            break;
        return ho_target_reached(h, HO_ABORTED);
    case HO_NONE: /* a source asks past GO, when READY was on record here */
    case HO_PREPARED:
    case HO_GO: break;
    }
    return ho_end(h, HO_NOT_OURS);
}

bool ho_word_fits(const struct ho_found *f, enum ho_state word)
{
    bool here = word == HO_ABORTED, there = word == HO_DONE;

    switch (f->state) {
    case HO_PREPARED: return here; /* it was never given away */
    case HO_GO: return here || there;
    case HO_ACCEPTED: return here || (there && f->copy == HO_COPY_NONE);
    case HO_RECEIVING:
    case HO_READY: return there; /* what was not accepted never runs here */
    case HO_DONE: return f->role == HO_SOURCE ? there : here || there;
    case HO_ABORTED: return f->role == HO_SOURCE ? here : there;
    case HO_NONE: break;
    }
    return false;
}

enum ho_effect ho_restart(struct ho *h, const struct ho_found *f)
{
    struct ho_found by_word = *f;

    *h = (struct ho){ .role = f->role, .state = f->state };
    if (f->boot == HO_BOOT_UNKNOWN) {
        if (!ho_word_fits(f, f->word))
            return ho_end(h, HO_UNKNOWN);
        by_word.boot = f->copy == HO_COPY_NONE ? HO_BOOT_OTHER : HO_BOOT_SAME;
    }
    return f->role == HO_SOURCE ? ho_source_restart(h, &by_word)
                                : ho_target_restart(h, &by_word);
}

/* --- records ------------------------------------------------------------- */

enum ho_input ho_fence(const struct ho *h, uint64_t epoch, enum ho_state tried,
                       const struct ho_record *now)
{
    bool first = h->state == HO_NONE;

    if (now->epoch < epoch) /* an older move has to be closed */
        return first && ho_closed(now->state) ? HO_STORED : HO_FENCED_NEWER;
    if (now->epoch > epoch)
        return HO_FENCED_NEWER;
    if (now->mine &&
        (now->state == h->state || (tried != HO_NONE && now->state == tried)))
        return HO_STORED;
    if (now->state == HO_ABORTED)
        return HO_FENCED_ABORTED;
    return now->state == HO_DONE ? HO_FENCED_DONE : HO_FENCED_NEWER;
}

enum ho_input ho_answer(enum ho_state state, bool lost)
{
    switch (state) {
    case HO_DONE: return lost ? HO_ANS_LOST : HO_ANS_RUNS;
    case HO_ABORTED: return HO_ANS_REFUSED;
    case HO_ACCEPTED: return HO_ANS_OPEN;
    case HO_NONE: return HO_ANS_UNKNOWN;
    case HO_PREPARED:
    case HO_GO:
    case HO_RECEIVING:
    case HO_READY: break;
    }
    return HO_ANS_NONE;
}
