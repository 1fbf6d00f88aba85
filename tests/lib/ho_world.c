/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The world of ho_world.h. walk() meets everything that can happen in a fixed
 * order and counts; the one that was asked for is done. Longer than most
 * files, since whatever one host does is read with what the other sees of it.
 */
#include "tests/lib/ho_world.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct walk {
    unsigned n, want;
};

static bool pick(struct walk *k)
{
    return k->n++ == k->want;
}

static void note(struct world *w, unsigned i, const char *what)
{
    snprintf(w->last, sizeof w->last, "%c %s", i ? 'B' : 'A', what);
}

static void breaks(struct world *w, const char *law)
{
    if (!w->broken)
        w->broken = law;
}

/* --- copies ----------------------------------------------------------------- */

static struct w_copy *copy_of(struct w_host *h, unsigned epoch)
{
    for (unsigned i = 0; i < W_COPIES; i++)
        if (h->copies[i].state != HO_COPY_NONE && h->copies[i].epoch == epoch)
            return &h->copies[i];
    return NULL;
}

static struct w_copy *new_copy(struct w_host *h)
{
    for (unsigned i = 0; i < W_COPIES; i++)
        if (h->copies[i].state == HO_COPY_NONE)
            return &h->copies[i];
    return NULL;
}

static struct w_copy *running(struct w_host *h)
{
    for (unsigned i = 0; i < W_COPIES; i++)
        if (h->copies[i].state == HO_COPY_RUNS)
            return &h->copies[i];
    return NULL;
}

static bool state_is_held(const struct world *w)
{
    for (unsigned i = 0; i < W_HOSTS; i++)
        for (unsigned j = 0; j < W_COPIES; j++) {
            const struct w_copy *c = &w->host[i].copies[j];

            if (c->state != HO_COPY_NONE && c->whole && !c->stale)
                return true;
        }
    return false;
}

/* A guest that runs with a limit is known to its host's record: who settles the
 * move lifts it. */
static bool cap_is_forgotten(const struct world *w)
{
    for (unsigned i = 0; i < W_HOSTS; i++)
        for (unsigned j = 0; j < W_COPIES; j++) {
            const struct w_copy *c = &w->host[i].copies[j];

            if (c->state != HO_COPY_NONE && c->capped &&
                !w->host[i].rec.capped)
                return true;
        }
    return false;
}

static unsigned n_running(const struct world *w)
{
    unsigned n = 0;

    for (unsigned i = 0; i < W_HOSTS; i++)
        for (unsigned j = 0; j < W_COPIES; j++)
            n += w->host[i].copies[j].state == HO_COPY_RUNS;
    return n;
}

static void run(struct world *w, struct w_copy *c)
{
    if (c->stale)
        breaks(w, "I1: a copy goes on from before another one ran");
    if (!c->whole)
        breaks(w, "I2: a copy runs that is not whole");
    for (unsigned i = 0; i < W_HOSTS; i++)
        for (unsigned j = 0; j < W_COPIES; j++)
            if (&w->host[i].copies[j] != c)
                w->host[i].copies[j].stale = true;
    c->state = HO_COPY_RUNS;
    if (n_running(w) > 1)
        breaks(w, "I1: two copies run");
}

/* The copy that the source's record speaks of: the move's own epoch is not
 * its name, what it was before is. */
static struct w_copy *source_copy(struct w_host *h)
{
    struct w_copy *c;

    if (h->rec.old_boot)
        return NULL;
    c = copy_of(h, h->rec_copy);
    return c && c->state != HO_COPY_PAUSED ? c : NULL;
}

/* The copy of a target's record: the one that the move of that epoch built.
 * It was once any of the guest's. */
static struct w_copy *target_copy(const struct world *w, struct w_host *h,
                                  unsigned epoch)
{
    bool ran = h->rec.state == HO_ACCEPTED || h->rec.state == HO_DONE;

    if (!(w->left.old & W_OLD_COPY))
        return copy_of(h, epoch);
    for (unsigned i = 0; i < W_COPIES; i++)
        if (h->copies[i].state == HO_COPY_PAUSED ||
            (ran && h->copies[i].state != HO_COPY_NONE))
            return &h->copies[i];
    return NULL;
}

/* The same for a process: a session knows the copy that it has built. */
static struct w_copy *process_copy(const struct world *w, struct w_host *h,
                                   const struct w_process *p)
{
    if (p->h.role == HO_SOURCE)
        return source_copy(h);
    return p->what == W_SESSION ? copy_of(h, p->epoch)
                                : target_copy(w, h, p->epoch);
}

/* --- records ------------------------------------------------------------------ */

static enum ho_input fence(const struct w_host *h, const struct w_process *p)
{
    struct ho_record now = { h->rec.epoch, h->rec.state, true };

    return ho_fence(&p->h, p->epoch, p->tried, &now);
}

static void write_record(struct w_host *h, const struct w_process *p)
{
    struct w_copy *c;

    if (p->h.next == HO_PREPARED) {
        c = running(h);
        h->rec_copy = c ? c->epoch : 0;
    }
    if (h->rec.epoch != p->epoch)
        h->rec.old_boot = h->rec.bootless = h->rec.capped = false;
    h->rec.epoch = p->epoch;
    h->rec.role = p->h.role;
    h->rec.state = p->h.next;
    h->rec.lost = p->h.lost;
    if (p->h.role == HO_TARGET)
        h->past[p->epoch] = ho_answer(p->h.next, p->h.lost);
}

/* --- processes ------------------------------------------------------------------ */

/* Answers name their epoch: one to an older question is not taken. */
static void answer_to(struct world *w, unsigned asker, unsigned epoch,
                      enum ho_input in)
{
    struct w_process *a = &w->host[asker].p[0];

    if (a->what && a->epoch == epoch && a->h.doing == HO_ASK && a->said) {
        w->host[asker].answer = in;
        w->host[asker].answered = true;
    }
}

static void gone(struct world *w, unsigned i, unsigned slot)
{
    struct w_process *p = &w->host[i].p[slot];

    if (p->what == W_SESSION)
        w->wire = false;
    if (slot == 0) {
        w->host[i].answered = false;
        w->host[i].settled = false;
    }
    memset(p, 0, sizeof *p);
}

static void step(struct world *w, unsigned i, unsigned slot, enum ho_input in)
{
    struct w_process *p = &w->host[i].p[slot];
    bool settled;

    p->said = false;
    if (p->h.doing == HO_STORE)
        p->tried = in == HO_UNSTORED ? p->h.next : HO_NONE;
    if (ho_next(&p->h, in) != HO_END)
        return;
    if (p->h.verdict == HO_LOST && p->h.role == HO_SOURCE)
        w->was_lost_question = true;
    if (p->asked)
        answer_to(w, !i, p->epoch, w->host[i].past[p->epoch]);
    settled = p->h.verdict == HO_RUNS_HERE || p->h.verdict == HO_REFUSED ||
              p->h.verdict == HO_RUNS_THERE || p->h.verdict == HO_GONE;
    gone(w, i, slot);
    if (slot == 0)
        w->host[i].settled = settled;
}

static void found(const struct world *w, struct w_host *h, unsigned epoch,
                  struct ho_found *f)
{
    const struct w_copy *c = NULL;

    memset(f, 0, sizeof *f);
    f->role = HO_TARGET;
    f->boot = HO_BOOT_SAME;
    if (h->rec.epoch == epoch) {
        f->role = h->rec.role;
        f->state = h->rec.state;
        f->lost = h->rec.lost;
        if (h->rec.old_boot)
            f->boot = HO_BOOT_OTHER;
    }
    if (w->blind || (h->rec.epoch == epoch && h->rec.bootless))
        f->boot = w->left.old & W_OLD_BOOT ? HO_BOOT_OTHER : HO_BOOT_UNKNOWN;
    f->word = w->word;
    if (f->boot != HO_BOOT_OTHER)
        c = f->role == HO_SOURCE ? copy_of(h, h->rec_copy)
                                 : target_copy(w, h, epoch);
    f->copy = c ? c->state : HO_COPY_NONE;
    if (c && c->unpaused && w->left.old & W_OLD_LOOK)
        f->copy = HO_COPY_RUNS;
}

/* Is stock xl moving the copy of which the host's record speaks? */
static bool is_held(const struct world *w, unsigned i)
{
    struct w_host *h = (struct w_host *)&w->host[i];
    const struct w_copy *c = h->rec.role == HO_SOURCE
                                 ? copy_of(h, h->rec_copy)
                                 : copy_of(h, h->rec.epoch);

    return w->stock.on && w->stock.from == i && c && !h->rec.old_boot &&
           c->epoch == w->stock.source;
}

static void start_recover(struct world *w, unsigned i, unsigned epoch,
                          bool asked)
{
    struct w_host *h = &w->host[i];
    struct ho_found f;
    unsigned slot = h->p[0].what ? 1 : 0;
    struct w_process *p = &h->p[slot];

    found(w, h, epoch, &f);
    w->blind = false;
    w->word = HO_NONE;
    f.owner = slot == 1;
    f.asked = asked;
    memset(p, 0, sizeof *p);
    p->what = slot ? W_ANSWER : W_RECOVER;
    p->epoch = epoch;
    p->asked = asked;
    if (ho_restart(&p->h, &f) == HO_END) {
        if (p->h.verdict == HO_LOST && p->h.role == HO_SOURCE)
            w->was_lost_question = true;
        if (asked)
            answer_to(w, !i, epoch, h->past[epoch]);
        gone(w, i, slot);
        if (!slot)
            h->settled =
                ho_closed(h->rec.state) &&
                (f.boot != HO_BOOT_UNKNOWN || ho_word_fits(&f, f.word));
    }
}

/* The question of host i's process arrives at the other host. */
static void question(struct world *w, unsigned to, unsigned epoch)
{
    struct w_host *h = &w->host[to];

    if (h->rec.epoch > epoch || h->p[1].what || is_held(w, to))
        answer_to(w, !to, epoch, h->past[epoch]);
    else
        start_recover(w, to, epoch, true);
}

/* --- effects: what may come of what a process is doing ------------------------------ */

static void may_store(struct world *w, unsigned i, unsigned slot,
                      struct walk *k)
{
    struct w_host *h = &w->host[i];
    struct w_process *p = &h->p[slot];
    enum ho_input in = fence(h, p);

    if (in != HO_STORED) {
        if (pick(k)) {
            note(w, i, "is fenced");
            step(w, i, slot, in);
        }
        return;
    }
    if (!h->full && pick(k)) {
        note(w, i, ho_state_name(p->h.next));
        write_record(h, p);
        step(w, i, slot, HO_STORED);
    }
    if (h->full && pick(k)) {
        note(w, i, "writes nothing: disk full");
        step(w, i, slot, HO_UNSTORED);
    }
    if (w->left.failures && pick(k)) {
        note(w, i, "is not told that its write is durable");
        w->left.failures--;
        write_record(h, p);
        step(w, i, slot, HO_UNSTORED);
    }
    if (w->left.failures && pick(k)) {
        note(w, i, "writes in vain");
        w->left.failures--;
        step(w, i, slot, HO_UNSTORED);
    }
}

static void may_stream(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i], *far = &w->host[!i];
    struct w_process *p = &h->p[0];
    struct w_copy *c = source_copy(h);

    if (!p->said && !far->p[0].what && far->settled && pick(k)) {
        note(w, i, "connects");
        p->said = true;
        w->wire = true;
        w->ready = w->go = w->report = w->back = false;
        w->from = i;
        memset(&far->p[0], 0, sizeof far->p[0]);
        far->p[0].what = W_SESSION;
        far->p[0].epoch = p->epoch;
        ho_begin(&far->p[0].h, HO_TARGET);
        return;
    }
    if (c && c->state == HO_COPY_RUNS && w->left.caps && !h->rec.capped &&
        pick(k)) {
        note(w, i, "records that it limits the guest's CPU time");
        w->left.caps--;
        if (w->left.old & W_OLD_CAP)
            c->capped = true;
        else
            h->rec.capped = !h->full;
        return;
    }
    if (c && c->state == HO_COPY_RUNS && !c->capped && h->rec.capped &&
        pick(k)) {
        note(w, i, "limits the guest's CPU time");
        c->capped = true;
        return;
    }
    if (c && c->state == HO_COPY_RUNS && pick(k)) {
        note(w, i, "suspends");
        c->state = HO_COPY_SUSPENDED;
        return;
    }
    if (w->ready && w->from == i && c && c->state == HO_COPY_SUSPENDED &&
        pick(k)) {
        note(w, i, "hears READY");
        step(w, i, 0, HO_OK);
        return;
    }
    if (pick(k)) {
        note(w, i, "gives up before GO");
        w->wire = false;
        step(w, i, 0, HO_FAILED);
    }
}

static void may_say_go(struct world *w, unsigned i, struct walk *k)
{
    struct w_process *p = &w->host[i].p[0];

    if (!p->said) {
        if (pick(k)) {
            note(w, i, "says GO");
            p->said = true;
            w->go = w->wire;
        }
        return;
    }
    if (w->report && pick(k)) {
        note(w, i, "hears that it runs");
        step(w, i, 0, HO_OK);
        return;
    }
    if (w->back && pick(k)) {
        note(w, i, "is given it back");
        step(w, i, 0, HO_GIVEN_BACK);
        return;
    }
    if (pick(k)) {
        note(w, i, "hears nothing after GO");
        w->wire = false;
        step(w, i, 0, HO_FAILED);
    }
}

static void may_ask(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i];
    struct w_process *p = &h->p[0];

    if (!p->said && w->left.blind && pick(k)) {
        note(w, i, "asks a host that can't tell its boot");
        w->left.blind--;
        w->blind = true;
        p->said = true;
        h->answered = false;
        w->asked |= (uint8_t)(1u << p->epoch);
        question(w, !i, p->epoch);
        w->blind = false;
        return;
    }
    if (!p->said && pick(k)) {
        note(w, i, "asks");
        p->said = true;
        h->answered = false;
        w->asked |= (uint8_t)(1u << p->epoch);
        question(w, !i, p->epoch);
        return;
    }
    if (h->answered && pick(k)) {
        note(w, i, "has its answer");
        h->answered = false;
        step(w, i, 0, h->answer ? h->answer : HO_ANS_NONE);
        return;
    }
    if (pick(k)) {
        note(w, i, "has no answer");
        step(w, i, 0, HO_ANS_NONE);
    }
}

/*
 * The guest has ended, and may have been started again with the limit that it
 * had. `recover` looks for that; a session, at whose end it may not be back
 * yet, leaves the move for `recover`.
 */
static void resume_of_none(struct world *w, unsigned i)
{
    struct w_host *h = &w->host[i];
    bool session = h->p[0].what == W_SESSION;
    struct w_copy *c = running(h);

    if (!session && c && h->rec.capped && !h->rec.old_boot &&
        !(w->left.old & W_OLD_DOMAIN))
        c->capped = false;
    step(w, i, 0, HO_OK);
    if (session && h->rec.capped && !(w->left.old & W_OLD_OVER))
        h->settled = false;
}

static void may_resume(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i];
    struct w_copy *c = source_copy(h);

    if (is_held(w, i)) { /* it looks again right before it resumes */
        if (pick(k)) {
            note(w, i, "leaves it to stock xl");
            step(w, i, 0, HO_FAILED);
        }
        return;
    }
    if (!c) {
        if (pick(k)) {
            note(w, i, "has nothing to resume");
            resume_of_none(w, i);
        }
        return;
    }
    if (pick(k)) {
        note(w, i, "resumes");
        if (h->rec.capped)
            c->capped = false;
        if (c->state == HO_COPY_SUSPENDED)
            run(w, c);
        step(w, i, 0, HO_OK);
        return;
    }
    if (w->left.failures && c->capped && pick(k)) {
        note(w, i, "resumes, and can't lift the limit");
        w->left.failures--;
        if (c->state == HO_COPY_SUSPENDED)
            run(w, c);
        step(w, i, 0, HO_OK);
        h->settled = false; /* nor does it say that the move is over */
        return;
    }
    if (w->left.failures && c->state == HO_COPY_SUSPENDED && pick(k)) {
        note(w, i, "can't resume");
        w->left.failures--;
        step(w, i, 0, HO_FAILED);
    }
}

static void may_drop(struct world *w, unsigned i, unsigned slot,
                     struct walk *k)
{
    struct w_host *h = &w->host[i];
    struct w_process *p = &h->p[slot];
    struct w_copy *c = process_copy(w, h, p);
    enum ho_copy only =
        p->h.role == HO_SOURCE ? HO_COPY_SUSPENDED : HO_COPY_PAUSED;

    if (!pick(k))
        return;
    note(w, i, "drops its copy");
    if (c && c->state == only)
        memset(c, 0, sizeof *c);
    step(w, i, slot, HO_OK);
}

static void may_build(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i], *far = &w->host[!i];
    struct w_process *p = &h->p[0], *s = &far->p[0];
    struct w_copy *c;

    if (!p->said) {
        c = new_copy(h);
        if (c && pick(k)) {
            note(w, i, "builds");
            *c = (struct w_copy){ .state = HO_COPY_PAUSED, .epoch = p->epoch };
            p->said = true;
            return;
        }
        if (c && w->left.arms && pick(k)) {
            note(w, i, "builds, and is armed");
            w->left.arms--;
            *c = (struct w_copy){ .state = HO_COPY_PAUSED,
                                  .epoch = p->epoch,
                                  .down = true };
            p->said = true;
            return;
        }
    } else if (w->wire && w->from == !i && s->h.doing == HO_STREAM) {
        const struct w_copy *theirs = source_copy(far);

        c = copy_of(h, p->epoch);
        if (c && theirs && theirs->state == HO_COPY_SUSPENDED && pick(k)) {
            note(w, i, "has it all");
            c->whole = true;
            c->stale = theirs->stale;
            c->kept = c->down;
            if (c->unpaused && w->left.old & W_OLD_CHECK)
                run(w, c);
            step(w, i, 0, HO_OK);
            return;
        }
    }
    if (pick(k)) {
        note(w, i, "can't build");
        w->wire = false;
        step(w, i, 0, HO_FAILED);
    }
}

static void may_say_ready(struct world *w, unsigned i, struct walk *k)
{
    struct w_process *p = &w->host[i].p[0];

    if (!p->said && pick(k)) {
        note(w, i, "says READY");
        p->said = true;
        w->ready = w->wire;
        return;
    }
    if (p->said && w->go && w->from == !i && pick(k)) {
        note(w, i, "hears GO");
        step(w, i, 0, HO_OK);
        return;
    }
    if (pick(k)) {
        note(w, i, "hears no GO");
        w->wire = false;
        step(w, i, 0, HO_FAILED);
    }
}

static void may_start(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i];
    struct w_copy *c = process_copy(w, h, &h->p[0]);

    if (c && c->down && !c->kept) {
        if (pick(k)) {
            note(w, i, "has no CPU state for it");
            step(w, i, 0, HO_FAILED);
        }
        return;
    }
    if (c && c->down && pick(k)) {
        note(w, i, "loads its CPU state");
        c->down = c->unpaused = false; /* it is paused first */
        return;
    }
    if (c && !c->down && pick(k)) {
        note(w, i, "starts it");
        c->kept = false;
        if (c->state == HO_COPY_PAUSED)
            run(w, c);
        step(w, i, 0, HO_OK);
        return;
    }
    if (!c && pick(k)) {
        note(w, i, "has nothing to start");
        step(w, i, 0, HO_FAILED);
        return;
    }
    if (w->left.failures && pick(k)) {
        note(w, i, "can't start it");
        w->left.failures--;
        step(w, i, 0, HO_FAILED);
    }
}

static void may_report(struct world *w, unsigned i, unsigned slot,
                       struct walk *k)
{
    struct w_process *p = &w->host[i].p[slot];

    if (!pick(k))
        return;
    note(w, i, "reports");
    if (p->what == W_SESSION && w->wire && w->go) {
        if (p->h.refused)
            w->back = true;
        else
            w->report = true;
    }
    step(w, i, slot, HO_OK);
}

static void may_step(struct world *w, unsigned i, unsigned slot,
                     struct walk *k)
{
    switch (w->host[i].p[slot].h.doing) {
    case HO_STORE: may_store(w, i, slot, k); break;
    case HO_STREAM: may_stream(w, i, k); break;
    case HO_SAY_GO: may_say_go(w, i, k); break;
    case HO_ASK: may_ask(w, i, k); break;
    case HO_RESUME: may_resume(w, i, k); break;
    case HO_DROP: may_drop(w, i, slot, k); break;
    case HO_BUILD: may_build(w, i, k); break;
    case HO_SAY_READY: may_say_ready(w, i, k); break;
    case HO_START: may_start(w, i, k); break;
    case HO_REPORT: may_report(w, i, slot, k); break;
    case HO_END: break;
    }
}

/* --- what happens to hosts and wires ------------------------------------------------- */

/* Stock xl's move fails: what it built goes, what it suspended goes on. */
static void stock_ends(struct world *w)
{
    struct w_copy *from = copy_of(&w->host[w->stock.from], w->stock.source);
    struct w_copy *to = copy_of(&w->host[!w->stock.from], w->stock.copy);

    w->stock.on = false;
    if (to)
        memset(to, 0, sizeof *to);
    if (from && from->state == HO_COPY_SUSPENDED)
        run(w, from);
}

static void stock_begins(struct world *w, unsigned i)
{
    struct w_copy *to = new_copy(&w->host[!i]);

    w->stock.on = true;
    w->stock.suspended = false;
    w->stock.from = i;
    w->stock.source = running(&w->host[i])->epoch;
    w->stock.copy = W_EPOCHS + w->stock.n++;
    *to = (struct w_copy){ .state = HO_COPY_PAUSED, .epoch = w->stock.copy };
}

/* It tells the other host to let it run, and then destroys its own copy. */
static void stock_goes_on(struct world *w)
{
    struct w_copy *from = copy_of(&w->host[w->stock.from], w->stock.source);
    struct w_copy *to = copy_of(&w->host[!w->stock.from], w->stock.copy);

    if (!from || !to) {
        stock_ends(w);
        return;
    }
    if (!w->stock.suspended) {
        from->state = HO_COPY_SUSPENDED;
        to->whole = from->whole;
        to->stale = from->stale;
        w->stock.suspended = true;
        return;
    }
    run(w, to);
    memset(from, 0, sizeof *from);
    w->stock.on = false;
}

static void may_stock(struct world *w, struct walk *k)
{
    for (unsigned i = 0; i < W_HOSTS && !w->stock.on; i++)
        if (w->left.stock && w->stock.n < W_STOCK && running(&w->host[i]) &&
            w->host[i].p[0].what != W_SESSION && new_copy(&w->host[!i]) &&
            pick(k)) {
            note(w, i, "lets stock xl move it");
            w->left.stock--;
            stock_begins(w, i);
            return;
        }
    if (w->stock.on && pick(k)) {
        note(w, w->stock.from, "has stock xl go on");
        stock_goes_on(w);
        return;
    }
    if (w->stock.on && pick(k)) {
        note(w, w->stock.from, "has stock xl give up");
        stock_ends(w);
    }
}

static void reboot(struct world *w, unsigned i)
{
    struct w_host *h = &w->host[i];

    for (unsigned j = 0; j < W_COPIES; j++) {
        const struct w_copy *c = &h->copies[j];

        if ((c->state == HO_COPY_RUNS || c->state == HO_COPY_SUSPENDED) &&
            c->whole && !c->stale)
            w->guest_lost = true;
    }
    memset(h->copies, 0, sizeof h->copies);
    if (w->stock.on)
        stock_ends(w);
    gone(w, i, 0);
    gone(w, i, 1);
    w->wire = false;
    h->rec.old_boot = true;
}

/* A person says where the guest is, and may be wrong. */
static void may_say(struct world *w, unsigned i, struct walk *k)
{
    static const enum ho_state words[] = { HO_ABORTED, HO_DONE };

    for (unsigned n = 0; n < 2; n++)
        if (pick(k)) {
            note(w, i,
                 n ? "is told that it is elsewhere"
                   : "is told that it is here");
            w->word = words[n];
            start_recover(w, i, w->host[i].rec.epoch, false);
            return;
        }
}

static void may_begin(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i];
    unsigned epoch;

    if (h->p[0].what)
        return;
    epoch = w->host[0].rec.epoch > w->host[1].rec.epoch
                ? w->host[0].rec.epoch + 1
                : w->host[1].rec.epoch + 1;
    if (w->left.moves && epoch < W_EPOCHS && running(h) && h->settled &&
        !w->stock.on && pick(k)) {
        note(w, i, "begins to move it");
        w->left.moves--;
        w->wire = w->ready = w->go = w->report = w->back = false;
        memset(&h->p[0], 0, sizeof h->p[0]);
        h->p[0].what = W_SESSION;
        h->p[0].epoch = epoch;
        ho_begin(&h->p[0].h, HO_SOURCE);
        return;
    }
    if (is_held(w, i))
        return; /* recover says so, and does nothing */
    if (h->rec.epoch && pick(k)) {
        note(w, i, "recovers");
        start_recover(w, i, h->rec.epoch, false);
        return;
    }
    if (h->rec.epoch && w->left.blind && pick(k)) {
        note(w, i, "recovers, and can't tell its boot");
        w->left.blind--;
        w->blind = true;
        start_recover(w, i, h->rec.epoch, false);
        return;
    }
    if (h->rec.epoch && h->rec.bootless)
        may_say(w, i, k);
}

static void may_break(struct world *w, unsigned i, struct walk *k)
{
    struct w_host *h = &w->host[i];

    for (unsigned slot = 0; slot < 2; slot++)
        if (w->left.kills && h->p[slot].what && pick(k)) {
            note(w, i, "loses a process");
            w->left.kills--;
            gone(w, i, slot);
            return;
        }
    if (w->left.reboots && pick(k)) {
        note(w, i, "reboots");
        w->left.reboots--;
        reboot(w, i);
        return;
    }
    if (w->left.guest_reboots && running(h) && running(h)->capped && pick(k)) {
        note(w, i, "has its guest reboot, which keeps its limit");
        w->left.guest_reboots--;
        running(h)->epoch = W_REBOOTED; /* another domain */
        return;
    }
    if (w->left.losses && h->rec.epoch && pick(k)) {
        note(w, i, "loses its records");
        w->left.losses--;
        w->records_lost = true;
        memset(&h->rec, 0, sizeof h->rec);
        memset(h->past, 0, sizeof h->past);
        return;
    }
    if (w->left.bootless && h->rec.epoch && !h->rec.bootless && pick(k)) {
        note(w, i, "can't tell the boot of its record any more");
        w->left.bootless--;
        h->rec.bootless = true;
        h->settled = false;
        return;
    }
    if (w->left.failures && pick(k)) {
        note(w, i, h->full ? "has space again" : "has no space left");
        w->left.failures--;
        h->full = !h->full;
    }
}

/* A person unpauses a copy that was armed, by mistake; or removes a file. */
static void may_meddle(struct world *w, unsigned i, struct walk *k)
{
    for (unsigned j = 0; j < W_COPIES; j++) {
        struct w_copy *c = &w->host[i].copies[j];

        if (w->left.unpauses && c->down && !c->unpaused && pick(k)) {
            note(w, i, "has its armed copy unpaused");
            w->left.unpauses--;
            c->unpaused = true;
            if (w->left.old & W_OLD_FENCE)
                run(w, c);
            return;
        }
        if (w->left.forgets && c->kept && pick(k)) {
            note(w, i, "loses the CPU state of its armed copy");
            w->left.forgets--;
            c->kept = false;
            return;
        }
    }
}

static void may_happen(struct world *w, struct walk *k)
{
    if (w->left.cuts && w->wire && pick(k)) {
        note(w, 0, "wire is cut, what was on it arrives");
        w->left.cuts--;
        w->wire = false;
        return;
    }
    if (w->left.cuts && (w->wire || w->go || w->ready) && pick(k)) {
        note(w, 0, "wire is cut, what was on it is lost");
        w->left.cuts--;
        w->wire = w->ready = w->go = w->report = w->back = false;
        return;
    }
    for (unsigned e = 1; w->left.questions && e < W_EPOCHS; e++)
        for (unsigned i = 0; i < W_HOSTS; i++)
            if (w->asked & (1u << e) && !w->host[i].p[1].what && pick(k)) {
                note(w, i, "is asked once more");
                w->left.questions--;
                question(w, i, e);
                return;
            }
}

static void walk(struct world *w, struct walk *k)
{
    for (unsigned i = 0; i < W_HOSTS && k->n <= k->want; i++) {
        for (unsigned slot = 0; slot < 2; slot++)
            if (w->host[i].p[slot].what && k->n <= k->want)
                may_step(w, i, slot, k);
        if (k->n <= k->want)
            may_begin(w, i, k);
        if (k->n <= k->want)
            may_break(w, i, k);
        if (k->n <= k->want)
            may_meddle(w, i, k);
    }
    if (k->n <= k->want)
        may_stock(w, k);
    if (k->n <= k->want)
        may_happen(w, k);
}

unsigned world_actions(const struct world *w)
{
    struct world copy = *w;
    struct walk k = { 0, UINT_MAX };

    walk(&copy, &k);
    return k.n;
}

void world_do(struct world *w, unsigned action)
{
    struct walk k = { 0, action };
    bool held = state_is_held(w);

    walk(w, &k);
    if (held && !state_is_held(w) && !w->guest_lost)
        breaks(w, "I2: the last whole copy is gone");
    if (cap_is_forgotten(w) && !w->records_lost)
        breaks(w, "I4: a limit of CPU time is set that no record has");
}

void world_init(struct world *w, const struct w_faults *f)
{
    memset(w, 0, sizeof *w);
    w->host[0].copies[0] =
        (struct w_copy){ .state = HO_COPY_RUNS, .whole = true };
    w->left = *f;
    for (unsigned i = 0; i < W_HOSTS; i++)
        w->host[i].settled = true;
}

/* --- I3 ------------------------------------------------------------------------------ */

/* A process that nobody disturbs: the first thing that can come of what it is
 * doing is that it works. */
static void undisturbed(struct world *w, unsigned i, unsigned slot)
{
    for (unsigned n = 0; w->host[i].p[slot].what; n++) {
        struct walk k = { 0, 0 };
        unsigned far = w->host[!i].p[0].asked ? 0 : 1;

        if (n > 60) {
            breaks(w, "I3: it never comes to an end");
            return;
        }
        if (w->host[i].p[slot].h.doing == HO_ASK && w->host[i].p[slot].said &&
            w->host[!i].p[far].asked)
            may_step(w, !i, far, &k);
        else
            may_step(w, i, slot, &k);
    }
}

/* The word that `recover` names to the person who reads it. */
static enum ho_state fitting_word(const struct world *w, struct w_host *h)
{
    struct ho_found f;

    found(w, h, h->rec.epoch, &f);
    return ho_word_fits(&f, HO_ABORTED) ? HO_ABORTED : HO_DONE;
}

void world_settle(struct world *w)
{
    struct w_faults none = { 0 };
    bool left = false, held = state_is_held(w);
    unsigned n;

    none.old = w->left.old;
    w->left = none;
    if (w->stock.on)
        stock_ends(w);
    for (unsigned i = 0; i < W_HOSTS; i++) {
        w->host[i].full = false;
        gone(w, i, 0);
        gone(w, i, 1);
    }
    w->was_lost_question = false;
    for (unsigned i = 0; i < 2 * W_HOSTS; i++) {
        struct w_host *h = &w->host[i % W_HOSTS];

        if (!h->rec.epoch)
            continue;
        if (h->rec.bootless)
            w->word = fitting_word(w, h);
        start_recover(w, i % W_HOSTS, h->rec.epoch, false);
        undisturbed(w, i % W_HOSTS, 0);
    }
    if (held && !state_is_held(w) && !w->guest_lost)
        breaks(w, "I2: recovery loses the last whole copy");
    if (w->records_lost)
        return;
    for (unsigned i = 0; i < W_HOSTS; i++) {
        const struct w_host *h = &w->host[i];

        if (!ho_closed(h->rec.state) &&
            !(h->rec.state == HO_GO && w->was_lost_question))
            breaks(w, "I3: a record stays open");
        for (unsigned j = 0; j < W_COPIES; j++) {
            if (h->copies[j].state == HO_COPY_PAUSED ||
                (h->copies[j].state == HO_COPY_SUSPENDED &&
                 !w->was_lost_question))
                left = true;
            if (h->copies[j].state == HO_COPY_RUNS && h->copies[j].capped)
                breaks(w, "I4: a guest runs and stays limited");
        }
    }
    if (left)
        breaks(w, "I3: a copy is left that does not run");
    n = n_running(w);
    if (n == 0 && !w->guest_lost && !w->was_lost_question)
        breaks(w, "I3: it runs nowhere");
}

/* --- the key --------------------------------------------------------------------------- */

unsigned world_key(const struct world *w, uint8_t key[W_KEY])
{
    unsigned n = 0;

#define PUT(v) (key[n++] = (uint8_t)(v))
    for (unsigned i = 0; i < W_HOSTS; i++) {
        const struct w_host *h = &w->host[i];

        PUT(h->rec.epoch << 4 | h->rec.state);
        PUT(h->rec.role | h->rec.lost << 1 | h->rec.old_boot << 2 |
            h->answered << 3 | h->full << 4 | h->settled << 5 |
            h->rec.bootless << 6);
        PUT(h->rec_copy);
        PUT(h->answer | h->rec.capped << 4 | h->copies[0].capped << 5 |
            h->copies[1].capped << 6 | h->copies[2].capped << 7);
        for (unsigned j = 0; j < W_EPOCHS; j++)
            PUT(h->past[j]);
        for (unsigned j = 0; j < W_COPIES; j++)
            PUT(h->copies[j].state | h->copies[j].stale << 3 |
                h->copies[j].epoch << 4);
        PUT(h->copies[0].whole | h->copies[1].whole << 1 |
            h->copies[2].whole << 2);
        for (unsigned j = 0; j < W_COPIES; j++)
            PUT(h->copies[j].down | h->copies[j].kept << 1 |
                h->copies[j].unpaused << 2);
        for (unsigned j = 0; j < 2; j++) {
            const struct w_process *p = &h->p[j];

            PUT(p->what | p->said << 3 | p->asked << 4 | p->h.role << 5);
            if (!p->what)
                continue;
            PUT(p->epoch << 4 | p->tried);
            PUT(p->h.state | p->h.next << 4);
            PUT(p->h.doing | p->h.refused << 4 | p->h.lost << 5 |
                p->h.maybe << 6);
            PUT(p->h.gone | p->h.beside << 1);
        }
    }
    PUT(w->wire | w->ready << 1 | w->go << 2 | w->report << 3 | w->back << 4 |
        w->from << 5 | w->guest_lost << 6 | w->was_lost_question << 7);
    PUT(w->asked);
    PUT(w->left.kills);
    PUT(w->left.reboots << 4 | w->left.failures);
    PUT(w->left.cuts << 4 | w->left.questions);
    PUT(w->left.moves << 4 | w->left.losses << 1 | w->records_lost);
    PUT(w->left.blind << 4 | w->left.stock << 2 | w->left.bootless);
    PUT(w->left.caps << 4 | w->left.guest_reboots);
    PUT(w->left.arms << 4 | w->left.unpauses << 2 | w->left.forgets);
    PUT(w->stock.on | w->stock.suspended << 1 | w->stock.from << 2 |
        w->stock.n << 3);
    PUT(w->stock.source << 4 | w->stock.copy);
#undef PUT
    return n;
}
