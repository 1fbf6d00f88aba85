/* SPDX-License-Identifier: LGPL-2.1-only */
/* Says the amounts and the state of a report in a person's words. */
#include "tools/view/report_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *words_time(char buf[WORDS_SHOWN], double s)
{
    long whole = lround(fmin(fmax(s, 0), 1e9));

    if (s < 0)
        snprintf(buf, WORDS_SHOWN, "-");
    else if (s < 99.95)
        snprintf(buf, WORDS_SHOWN, "%.1f s", s);
    else if (whole < 3600)
        snprintf(buf, WORDS_SHOWN, "%ld min %ld s", whole / 60, whole % 60);
    else
        snprintf(buf, WORDS_SHOWN, "%ld h %ld min", whole / 3600,
                 whole % 3600 / 60);
    return buf;
}

const char *words_pause(char buf[WORDS_SHOWN], double ms)
{
    if (ms < 0)
        snprintf(buf, WORDS_SHOWN, "-");
    else if (ms < 9999.5)
        snprintf(buf, WORDS_SHOWN, "%.0f ms", ms);
    else
        words_time(buf, ms / 1000);
    return buf;
}

const char *words_gib(char buf[WORDS_SHOWN], double gib)
{
    if (gib < 0)
        snprintf(buf, WORDS_SHOWN, "-");
    else if (gib < 1023.95)
        snprintf(buf, WORDS_SHOWN, "%.*f GiB", gib < 9.995 ? 2 : 1, gib);
    else
        snprintf(buf, WORDS_SHOWN, "%.1f TiB", gib / 1024);
    return buf;
}

const char *words_rate(char buf[WORDS_SHOWN], double mbps)
{
    if (mbps < 0)
        snprintf(buf, WORDS_SHOWN, "-");
    else if (mbps < 999.5)
        snprintf(buf, WORDS_SHOWN, "%.0f Mbit/s", mbps);
    else
        snprintf(buf, WORDS_SHOWN, "%.1f Gbit/s", mbps / 1000);
    return buf;
}

const char *words_goal(char buf[TITLE_SHOWN], const struct report *r)
{
    enum { NAMED = 3 };
    bool evacuate = !strcmp(r->goal, "evacuate");
    bool drain = evacuate || !strcmp(r->goal, "drain");
    size_t len = (size_t)snprintf(buf, TITLE_SHOWN, "%s%s",
                                  evacuate ? "Evacuation"
                                  : drain  ? "Drain"
                                  : !strcmp(r->goal, "rebalance") ? "Rebalance"
                                  : !strcmp(r->goal, "home")    ? "Return home"
                                  : !strcmp(r->goal, "migrate") ? "Migration"
                                                                : r->goal,
                                  !r->hosts->n ? ""
                                  : drain      ? " of "
                                               : " to ");

    for (size_t i = 0; i < r->hosts->n && i < NAMED; i++)
        if (len < TITLE_SHOWN)
            len += (size_t)snprintf(buf + len, TITLE_SHOWN - len, "%s%s",
                                    !i ? ""
                                    : i + 1 == r->hosts->n && i + 1 <= NAMED
                                        ? " and "
                                        : ", ",
                                    r->hosts->s[i]);
    if (r->hosts->n > NAMED && len < TITLE_SHOWN)
        snprintf(buf + len, TITLE_SHOWN - len, " and %zu more",
                 r->hosts->n - NAMED);
    return buf;
}

uint32_t words_count(const struct report *r, enum move_state state)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += r->move[i].state == state;
    return n;
}

static const char *words_end(const struct report *r)
{
    if (r->alive)
        return "It is under way.";
    if (!r->ended)
        return words_count(r, MOVE_DOUBT)
                   ? "It waits for a guest in doubt to be settled."
                   : "It was cut off.";
    switch (r->code) {
    case RC_OK: return "It is done.";
    case RC_PARTLY: return "It is partly done.";
    case RC_DOUBT: return "It ended with a guest in doubt.";
    default: return "It has failed.";
    }
}

const char *words_state(char buf[TITLE_SHOWN], const struct report *r)
{
    uint32_t failed = words_count(r, MOVE_FAILED);
    uint32_t doubt = words_count(r, MOVE_DOUBT);
    char extra[80] = "";

    if (r->infeasible && !r->move_n) {
        snprintf(buf, TITLE_SHOWN, "There is no plan.");
    } else if (!r->of_run) {
        snprintf(buf, TITLE_SHOWN,
                 "A plan of %u move%s. Nothing has been moved.", r->move_n,
                 r->move_n == 1 ? "" : "s");
    } else {
        if (failed || doubt)
            snprintf(extra, sizeof extra, ", %u failed, %u in doubt", failed,
                     doubt);
        snprintf(buf, TITLE_SHOWN, "%s %u of %u moves are done%s.",
                 words_end(r), r->done, r->move_n, extra);
    }
    return buf;
}
