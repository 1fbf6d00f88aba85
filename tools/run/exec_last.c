/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Ends a run that empties hosts and has made all of its moves: one look at those
 * hosts, while the hosts of its moves take back what the run had claimed and
 * reserved there.
 *
 * The look asks the emptied hosts alone, and for no more than whether they are
 * empty. When one is not, or can't tell, all hosts are looked at, and what is
 * left is planned. It does not matter which of the calls comes first: a claim
 * on a guest that has left its host, and memory for one that has come, keep
 * nobody off anything. A plan that is made all the same claims and reserves
 * anew, and an executor that goes on after a kill gives back once more.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/doc/facts.h"
#include "tools/run/exec_impl.h"

enum { LAST_WORDS = 5 };

/* What the hosts of one list are to do. */
struct last_ask {
    const char *args[LAST_WORDS];
    struct strlist hosts;
};

enum last_kind { LAST_LOOK, LAST_CLAIMS, LAST_RESERVED, LAST_KINDS };

static int last_add(struct strlist *hosts, const char *host)
{
    return strlist_has(hosts, host) ? 0 : strlist_add(hosts, host);
}

static int last_fill(const struct exec *e, struct last_ask ask[LAST_KINDS])
{
    const struct run *r = e->run;
    int rc = 0;

    ask[LAST_LOOK] = (struct last_ask){ .args = { "facts", "--compact",
                                                  "--sample", "0", NULL } };
    ask[LAST_CLAIMS] =
        (struct last_ask){ .args = { "claim", "release", r->name, NULL } };
    ask[LAST_RESERVED] =
        (struct last_ask){ .args = { "reserve", "release", r->name, NULL } };
    for (size_t i = 0; i < r->hosts.n && !rc; i++)
        rc = last_add(&ask[LAST_LOOK].hosts, r->hosts.s[i]);
    for (uint32_t i = 0; i < r->move_n && !rc; i++)
        rc = last_add(&ask[LAST_CLAIMS].hosts, r->move[i].from);
    for (size_t i = 0; i < e->p->reserved.n && !rc; i++)
        rc = last_add(&ask[LAST_RESERVED].hosts, e->p->reserved.s[i]);
    return rc;
}

/* All calls of all kinds, in the order of the kinds. */
static int last_calls(struct last_ask ask[LAST_KINDS],
                      struct remote_call **call_r, size_t *n_r)
{
    size_t n = 0;

    for (int k = 0; k < LAST_KINDS; k++)
        n += ask[k].hosts.n;
    *n_r = n;
    *call_r = calloc(n + 1, sizeof **call_r);
    if (!*call_r)
        return -ENOMEM;
    for (int k = LAST_KINDS - 1; k >= 0; k--)
        for (size_t i = ask[k].hosts.n; i > 0; i--)
            (*call_r)[--n] =
                (struct remote_call){ .host = ask[k].hosts.s[i - 1],
                                      .args = ask[k].args };
    return 0;
}

/* The first n calls are looks. */
static bool last_are_empty(const struct remote_call *call, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct msg ignored;

        if (call[i].rc || !call[i].out ||
            !facts_is_empty(call[i].out, call[i].len, &ignored))
            return false;
    }
    return true;
}

static bool last_have_done_it(const struct remote_call *call, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (call[i].rc)
            return false;
    return true;
}

/* It is not to be made any more, or another attempt of the same guest was. */
static bool last_is_settled(const struct run *r, uint32_t move)
{
    switch (r->move[move].state) {
    case MOVE_DONE:
    case MOVE_SKIPPED: return true;
    case MOVE_PLANNED: return r->move[move].replaced;
    case MOVE_FAILED: return !run_is_last(r, move);
    case MOVE_STARTED:
    case MOVE_DOUBT: break;
    }
    return false;
}

/* Has all been done that was planned, and no guest been left behind? What failed
 * or is in doubt may be seen elsewhere, and the rest be planned again. An
 * executor that goes on may not know of all that was done before it. */
static bool last_is_due(const struct exec *e)
{
    const struct run *r = e->run;

    if (!e->p->has_snap || e->resumed || r->stranded)
        return false;
    for (uint32_t i = 0; i < r->move_n; i++)
        if (!last_is_settled(r, i))
            return false;
    return r->move_n;
}

bool exec_last_look(struct exec *e)
{
    struct last_ask ask[LAST_KINDS] = { { .args = { NULL } } };
    struct remote_call *call = NULL;
    bool empty = false;
    size_t n = 0, looks;

    if (!last_is_due(e))
        return false;
    if (!last_fill(e, ask) && !last_calls(ask, &call, &n) &&
        !remote_each(&e->remote, call, n)) {
        looks = ask[LAST_LOOK].hosts.n;
        empty = last_are_empty(call, looks);
        e->p->given_back = last_have_done_it(call + looks, n - looks);
    }
    if (call)
        remote_dispose(call, n);
    free(call);
    for (int k = 0; k < LAST_KINDS; k++)
        strlist_dispose(&ask[k].hosts);
    return empty;
}
