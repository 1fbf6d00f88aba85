/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says in a sentence what became of a move that was cut off. */
#include "tools/move/recover_impl.h"

#include <stdio.h>

static void text_set(struct settling *s, const char *what)
{
    struct recover *r = s->r;

    snprintf(r->text, sizeof r->text, "%s%s%s", what,
             *s->copy_text ? "; " : "", s->copy_text);
}

/*
 * Nobody but a person who has looked can tell where the guest is: which word
 * ends it follows from the record (ho_word_fits()).
 */
static void text_unknown(const struct settling *s, char *what, size_t len)
{
    const char *name = s->r->rec.name, *host = s->r->rec.host;
    char then[1300] = "";

    if (s->here_fits && s->there_fits)
        snprintf(then, sizeof then,
                 ". Look where it runs. If on this host, or nowhere, "
                 "`rackhop recover --resume %s` ends its move; if on %s, "
                 "`rackhop recover --drop %s` does",
                 name, host, name);
    else if (s->here_fits)
        snprintf(then, sizeof then,
                 ". Once you know that it does not run on %s, `rackhop "
                 "recover --resume %s` ends its move: it stays on this host",
                 host, name);
    else if (s->there_fits)
        snprintf(then, sizeof then,
                 ". Once you know that it does not run on this host, `rackhop "
                 "recover --drop %s` ends its move: no copy of it goes on "
                 "here",
                 name);
    snprintf(what, len, "%s: nothing was settled: %s%s", name, s->cause.text,
             then);
}

void recover_text_source(struct settling *s)
{
    struct recover *r = s->r;
    const char *name = r->rec.name, *host = r->rec.host;
    char what[2800];

    switch (r->verdict) {
    case HO_RUNS_HERE:
        snprintf(what, sizeof what,
                 "%s: its move to %s was cut off; it stays on this host", name,
                 host);
        break;
    case HO_GONE:
        if (s->boot == HO_BOOT_UNKNOWN) {
            snprintf(what, sizeof what,
                     "%s: its move to %s is closed, as you asked, and nothing "
                     "of that move is left on this host; if the guest runs "
                     "nowhere, start it again",
                     name, host);
            break;
        }
        snprintf(what, sizeof what,
                 "%s: its move to %s was cut off when this host went down, "
                 "and the guest went down with it; start it again",
                 name, host);
        break;
    case HO_RUNS_THERE:
        if (s->given_up)
            snprintf(what, sizeof what,
                     "%s: the copy on this host is given up, as you asked",
                     name);
        else
            snprintf(what, sizeof what, "%s was moved to %s", name, host);
        break;
    case HO_DOUBT:
        if (s->peer_open) {
            snprintf(what, sizeof what,
                     "%s is suspended on this host: %s was told to start it "
                     "and has not reported that it runs (%s). When that has "
                     "ended, run `rackhop recover %s`",
                     name, host, s->cause.text, name);
            break;
        }
        snprintf(what, sizeof what,
                 "%s is suspended on this host: %s was told to start it and "
                 "can't be asked now (%s). When it answers again, run "
                 "`rackhop recover %s`. Only if you know that the guest does "
                 "not run on %s and never will, run `rackhop recover --resume "
                 "%s`",
                 name, host, s->cause.text, name, host, name);
        break;
    case HO_LOST:
        snprintf(what, sizeof what,
                 "%s is suspended on this host: %s went down while it took "
                 "the guest over, and may have run it for a moment. `rackhop "
                 "recover --drop %s` gives up the copy on this host, so that "
                 "you can start the guest afresh, as after a power cut",
                 name, host, name);
        break;
    case HO_PAUSED:
        snprintf(what, sizeof what,
                 "%s is suspended on this host: %s. Solve that, then "
                 "`rackhop recover %s` resumes it",
                 name, s->cause.text, name);
        break;
    case HO_UNKNOWN: text_unknown(s, what, sizeof what); break;
    case HO_NOT_OURS:
    case HO_REFUSED:
    case HO_UNDECIDED:
        snprintf(what, sizeof what, "%s: nothing was settled: %s", name,
                 s->cause.text);
        break;
    }
    text_set(s, what);
}

void recover_text_target(struct settling *s)
{
    struct recover *r = s->r;
    const char *name = r->rec.name, *host = r->rec.host;
    char what[2800];

    switch (r->verdict) {
    case HO_RUNS_HERE:
        snprintf(what, sizeof what,
                 "%s, which came from %s, runs on this host", name, host);
        break;
    case HO_REFUSED:
        snprintf(what, sizeof what,
                 "%s: its move from %s to this host was cut off; it stays on "
                 "%s",
                 name, host, host);
        break;
    case HO_LOST:
        if (s->boot == HO_BOOT_UNKNOWN) {
            snprintf(what, sizeof what,
                     "%s: its move from %s is closed, as you asked; it was "
                     "accepted, and is not on this host any more",
                     name, host);
            break;
        }
        snprintf(what, sizeof what,
                 "%s had just come from %s when this host went down, and went "
                 "down with it; %s has its memory from before",
                 name, host, host);
        break;
    case HO_PAUSED:
        snprintf(
            what, sizeof what,
            "%s is paused on this host: %s. Solve that, then run `rackhop "
            "recover %s`",
            name, s->cause.text, name);
        break;
    case HO_UNKNOWN: text_unknown(s, what, sizeof what); break;
    case HO_GONE:
    case HO_RUNS_THERE:
    case HO_DOUBT:
    case HO_NOT_OURS:
    case HO_UNDECIDED:
        snprintf(what, sizeof what, "%s: nothing was settled: %s", name,
                 s->cause.text);
        break;
    }
    text_set(s, what);
}
