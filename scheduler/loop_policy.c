/* SPDX-License-Identifier: LGPL-2.1-only */
/* The settings of the loops: a row each, with its range and default. */
#include "scheduler/loop.h"

#include <errno.h>
#include <string.h>

#define ROW(name_, min_, max_, dflt_, text_)                                  \
    {                                                                         \
#name_, offsetof(struct loop_policy, name_), min_, max_, dflt_, text_ \
    }

const struct loop_policy_row loop_policy_rows[] = {
    ROW(health, 0, 1, 1, "empty hosts that are about to fail"),
    ROW(power, 0, 1, 1, "empty hosts so that they can be off"),
    ROW(balance, 0, 1, 1, "take load off hosts that are over their CPU"),
    ROW(noise, 0, 1, 1, "part guests of which one makes others wait"),
    ROW(starve, 0, 1, 1, "give more memory to guests that lack it"),
    ROW(affinity, 0, 1, 1, "bring guests together that talk with each other"),
    ROW(memory, 0, 1, 1, "heed the memory of hosts"),
    ROW(health_hosts, 0, 1000, 1,
        "hosts that are emptied for their health in an hour, at most"),
    ROW(health_s, 60, 604800, 14400,
        "how long guests are down when their host fails"),
    ROW(health_history_s, 60, 2592000, 86400,
        "time that the usual figures of hosts look back"),
    ROW(noise_steal, 0, 1, 0.1, "part of its time that a victim waits"),
    ROW(noise_s, 1, 86400, 600,
        "time that noise or a lack of memory lasts that nobody ends"),
    ROW(starve_rate, 0, 1e9, 20,
        "pages a second read that may be a lack of memory"),
    ROW(starve_times, 1, 1e6, 4, "and as a multiple of the guest's own past"),
    ROW(look_s, 1, 3600, 30, "time between two looks"),
    ROW(settle_s, 1, 86400, 300,
        "how long hosts could be emptied before one is"),
    ROW(last_s, 1, 86400, 50,
        "time that too much demand lasts, by experience"),
    ROW(horizon_s, 60, 604800, 7200, "time over which a move has to pay"),
    ROW(history_s, 60, 2592000, 7200, "time that means of demand look back"),
    ROW(moves_per_hour, 0, 1e6, 0, "moves an hour at most; 0: guests"),
    ROW(gib_per_hour, 0, 1e9, 0, "GiB moved an hour; 0: memory of guests"),
    ROW(kept_back, 0, 1, 0.03,
        "share of an hour's moves and GiB that power and affinity leave"),
    ROW(cooldown_s, 0, 86400, 300, "time between two moves of a guest"),
    ROW(return_s, 0, 86400, 3600, "time before a guest may return to a host"),
    ROW(hold_s, 0, 86400, 3600, "time that a host stays on at least"),
    ROW(spare_hosts, 0, 1000, 0,
        "hosts that may fail at once: the others have room for their guests"),
    ROW(percentile, 0, 99, 95,
        "percentile of a day's demand that balance decides by; 0: the moment"),
    ROW(fill, 0.1, 1, 1, "share of a host's CPU that moves fill at most"),
    ROW(violation_wh, 0, 1e6, 600,
        "price of an hour of one host with more demand than CPU"),
    ROW(mended, 0, 1, 0.08,
        "share of violations to come that balance will not avoid"),
    ROW(gib_wh, 0, 1e6, 2, "price of a move, for each GiB"),
    ROW(move_wh, 0, 1e6, 0.2, "price of a move, for its pause and after it"),
    ROW(hop_wh, 0, 1e6, 0.05,
        "worth of a hop less, for each GiB that guests send each other"),
    ROW(gain, 1, 1000, 1.2, "benefit / price of a wish, at least"),
    { NULL, 0, 0, 0, 0, NULL },
};

static double *policy_value(struct loop_policy *p,
                            const struct loop_policy_row *row)
{
    return (double *)(void *)((char *)p + row->offset);
}

void loop_policy_init(struct loop_policy *p)
{
    for (const struct loop_policy_row *r = loop_policy_rows; r->name; r++)
        *policy_value(p, r) = r->dflt;
}

int loop_policy_set(struct loop_policy *p, const char *name, double value)
{
    for (const struct loop_policy_row *r = loop_policy_rows; r->name; r++) {
        if (strcmp(r->name, name))
            continue;
        if (!(value >= r->min && value <= r->max))
            return -ERANGE;
        *policy_value(p, r) = value;
        return 0;
    }
    return -ENOENT;
}
