/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The machine of handover.h. One function per effect says what follows from
 * what came of it, in the order in which a move that goes well meets them.
 */
#include "libxl-ext/handover.h"

#include <string.h>

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
    }
    return "?";
}

/* --- what to do ---------------------------------------------------------- */

static enum ho_effect doing(struct ho *h, enum ho_effect e)
{
    return h->doing = e;
}

static enum ho_effect store(struct ho *h, enum ho_state next)
{
    h->next = next;
    return doing(h, HO_STORE);
}

static enum ho_effect end(struct ho *h, enum ho_verdict v)
{
    h->verdict = v;
    return doing(h, HO_END);
}

/* --- the source ---------------------------------------------------------- */

/* It is on the disk, or was put there by somebody else: now its effect. */
static enum ho_effect source_is(struct ho *h, enum ho_state s)
{
    h->state = s;
    switch (s) {
    case HO_PREPARED: return doing(h, HO_STREAM);
    case HO_GO: return doing(h, HO_SAY_GO);
    case HO_DONE: return doing(h, HO_DROP);
    case HO_ABORTED: return doing(h, HO_RESUME);
    case HO_NONE:
    case HO_RECEIVING:
    case HO_READY:
    case HO_ACCEPTED: break;
    }
    return end(h, HO_NOT_OURS);
}

static enum ho_effect source_unstored(struct ho *h, enum ho_state s)
{
    switch (s) {
    case HO_GO:
        /* It may be on the disk: so it is not for us to resume, and it was
         * not said: so nobody else will run it. It waits. */
        h->maybe = true;
        return end(h, HO_PAUSED);
    case HO_ABORTED:
        /* Nobody will run it there: before GO, because GO is never said
         * now; after GO, because the target's refusal is durable. A record
         * that still says otherwise comes to the same when it is asked. */
        return doing(h, HO_RESUME);
    case HO_DONE:
        /* Durable over there, which is what counts. */
        return doing(h, HO_DROP);
    case HO_PREPARED:
    case HO_NONE:
    case HO_RECEIVING:
    case HO_READY:
    case HO_ACCEPTED: break;
    }
    return end(h, HO_RUNS_HERE);
}

static enum ho_effect source_next(struct ho *h, enum ho_input in)
{
    bool ok = in == HO_OK;

    switch (h->doing) {
    case HO_STREAM: return store(h, ok ? HO_GO : HO_ABORTED);
    case HO_SAY_GO:
        if (ok)
            return store(h, HO_DONE);
        return in == HO_GIVEN_BACK ? store(h, HO_ABORTED) : doing(h, HO_ASK);
    case HO_ASK:
        if (in == HO_ANS_RUNS)
            return store(h, HO_DONE);
        if (in == HO_ANS_REFUSED)
            return store(h, HO_ABORTED);
        return end(h, in == HO_ANS_LOST ? HO_LOST : HO_DOUBT);
    case HO_RESUME:
        if (h->gone)
            return end(h, HO_GONE);
        return end(h, ok ? HO_RUNS_HERE : HO_PAUSED);
    case HO_DROP: return end(h, HO_RUNS_THERE);
    case HO_STORE:
    case HO_BUILD:
    case HO_SAY_READY:
    case HO_START:
    case HO_REPORT:
    case HO_END: break;
    }
    return end(h, HO_NOT_OURS);
}

/* --- the target ---------------------------------------------------------- */

static enum ho_effect target_is(struct ho *h, enum ho_state s)
{
    h->state = s;
    switch (s) {
    case HO_RECEIVING: return doing(h, HO_BUILD);
    case HO_READY: return doing(h, HO_SAY_READY);
    case HO_ACCEPTED: return doing(h, HO_START);
    case HO_DONE: return h->lost ? end(h, HO_LOST) : doing(h, HO_REPORT);
    case HO_ABORTED:
        h->refused = true;
        return h->beside ? end(h, HO_REFUSED) : doing(h, HO_DROP);
    case HO_NONE:
    case HO_PREPARED:
    case HO_GO: break;
    }
    return end(h, HO_NOT_OURS);
}

static enum ho_effect target_unstored(struct ho *h, enum ho_state s)
{
    switch (s) {
    case HO_READY: return store(h, HO_ABORTED);
    case HO_ACCEPTED:
        /* Perhaps it was accepted. It did not run, so it can still be
         * refused, if that can be written. */
        h->maybe = true;
        return store(h, HO_ABORTED);
    case HO_ABORTED:
        if (h->maybe || h->state == HO_ACCEPTED)
            return end(h, HO_PAUSED); /* the source may wait for us to run
                                         it */
        if (h->beside)
            return end(h, HO_NOT_OURS); /* its owner may still accept it */
        h->refused = true;
        return doing(h, HO_DROP); /* not accepted: never will be */
    case HO_DONE: return h->lost ? end(h, HO_LOST) : doing(h, HO_REPORT);
    case HO_RECEIVING:
    case HO_NONE:
    case HO_PREPARED:
    case HO_GO: break;
    }
    return end(h, HO_REFUSED);
}

static enum ho_effect target_next(struct ho *h, enum ho_input in)
{
    bool ok = in == HO_OK;

    switch (h->doing) {
    case HO_BUILD: return store(h, ok ? HO_READY : HO_ABORTED);
    case HO_SAY_READY: return store(h, ok ? HO_ACCEPTED : HO_ABORTED);
    case HO_START: return store(h, ok ? HO_DONE : HO_ABORTED);
    case HO_DROP: return doing(h, HO_REPORT);
    case HO_REPORT: return end(h, h->refused ? HO_REFUSED : HO_RUNS_HERE);
    case HO_STORE:
    case HO_STREAM:
    case HO_SAY_GO:
    case HO_ASK:
    case HO_RESUME:
    case HO_END: break;
    }
    return end(h, HO_NOT_OURS);
}

/* --- both ---------------------------------------------------------------- */

static enum ho_effect is(struct ho *h, enum ho_state s)
{
    return h->role == HO_SOURCE ? source_is(h, s) : target_is(h, s);
}

enum ho_effect ho_next(struct ho *h, enum ho_input in)
{
    if (h->doing != HO_STORE)
        return h->role == HO_SOURCE ? source_next(h, in) : target_next(h, in);
    switch (in) {
    case HO_STORED: return is(h, h->next);
    case HO_FENCED_ABORTED: return is(h, HO_ABORTED);
    case HO_FENCED_DONE: return is(h, HO_DONE);
    case HO_FENCED_NEWER: return end(h, HO_NOT_OURS);
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
    return h->role == HO_SOURCE ? source_unstored(h, h->next)
                                : target_unstored(h, h->next);
}

enum ho_effect ho_begin(struct ho *h, enum ho_role role)
{
    *h = (struct ho){ .role = role };
    return store(h, role == HO_SOURCE ? HO_PREPARED : HO_RECEIVING);
}

/* --- after a restart ----------------------------------------------------- */

static enum ho_effect source_restart(struct ho *h, const struct ho_found *f)
{
    if (f->owner)
        return end(h, HO_NOT_OURS);
    h->gone = !f->same_boot;
    switch (f->state) {
    case HO_PREPARED: return store(h, HO_ABORTED);
    case HO_GO:
        if (f->decided == HO_DONE || f->decided == HO_ABORTED)
            return store(h, f->decided);
        return doing(h, HO_ASK);
    case HO_DONE:
    case HO_ABORTED: return source_is(h, f->state);
    case HO_NONE:
    case HO_RECEIVING:
    case HO_READY:
    case HO_ACCEPTED: break;
    }
    return end(h, HO_NOT_OURS);
}

static enum ho_effect target_restart(struct ho *h, const struct ho_found *f)
{
    switch (f->state) {
    case HO_RECEIVING:
    case HO_READY:
        /* beside a living receiver this is all: it finds itself fenced, and
         * drops its copy itself */
        if (f->owner && !f->asked)
            break;
        h->beside = f->owner;
        return store(h, HO_ABORTED);
    case HO_ACCEPTED:
        if (f->owner)
            break;
        if (!f->same_boot) {
            h->lost = true;
            return store(h, HO_DONE);
        }
        /* One that is there no more has run and ended: nobody drops what
         * was accepted. */
        if (f->copy == HO_COPY_PAUSED && !f->paused)
            return doing(h, HO_START);
        return store(h, HO_DONE);
    case HO_DONE: return end(h, f->lost ? HO_LOST : HO_RUNS_HERE);
    case HO_ABORTED:
        if (f->owner)
            break;
        return target_is(h, HO_ABORTED);
    case HO_NONE: /* a source asks past GO, when READY was on record here */
    case HO_PREPARED:
    case HO_GO: break;
    }
    return end(h, HO_NOT_OURS);
}

enum ho_effect ho_restart(struct ho *h, const struct ho_found *f)
{
    *h = (struct ho){ .role = f->role, .state = f->state };
    return f->role == HO_SOURCE ? source_restart(h, f) : target_restart(h, f);
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
