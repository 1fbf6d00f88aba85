/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides whether a look of the loops may lead to anything. */
#include "tools/daemon/gate.h"

#include <math.h>
#include <stdio.h>

static enum gate_reason gate_reason(const struct gate *g)
{
    if (fabs(g->jump_s) >= GATE_JUMP_S)
        return GATE_CLOCK;
    if (g->disk_free < (int64_t)GATE_DISK_MIB << 20)
        return GATE_DISK;
    if (g->quiet_s > 0)
        return GATE_QUIET;
    if (g->run)
        return GATE_RUN;
    if (g->roll)
        return GATE_ROLL;
    if (!g->hosts || (double)g->dead > g->silent * (double)g->hosts)
        return GATE_SILENT;
    if (g->arriving)
        return GATE_MOVES;
    if (g->took_s >= GATE_STALE_S)
        return GATE_STALE;
    return GATE_OPEN;
}

static void gate_text(enum gate_reason why, const struct gate *g, char *text,
                      size_t len)
{
    switch (why) {
    case GATE_CLOCK:
        snprintf(text, len, "the clock was set by %+.0f s", g->jump_s);
        return;
    case GATE_DISK:
        snprintf(text, len, "the disk of the state has %lld MiB left, not %d",
                 (long long)(g->disk_free >> 20), GATE_DISK_MIB);
        return;
    case GATE_QUIET:
        snprintf(text, len,
                 "what was done before is not known; it watches for another "
                 "%.0f min",
                 ceil(g->quiet_s / 60));
        return;
    case GATE_RUN: snprintf(text, len, "run %s is open", g->run); return;
    case GATE_ROLL: snprintf(text, len, "%s is open", g->roll); return;
    case GATE_MOVES:
        snprintf(text, len, "%zu guests are being moved by others",
                 g->arriving);
        return;
    case GATE_SILENT:
        snprintf(text, len, "%zu of %zu hosts do not answer", g->dead,
                 g->hosts);
        return;
    case GATE_STALE:
        snprintf(text, len, "the facts are %.0f s old", g->took_s);
        return;
    case GATE_OPEN:
    case GATE_REASONS: break;
    }
    snprintf(text, len, "%s", "");
}

enum gate_reason gate_judge(const struct gate *g, char *text, size_t len)
{
    enum gate_reason why = gate_reason(g);

    gate_text(why, g, text, len);
    return why;
}

double gate_jump(bool same_boot, double wall_s, double boot_s,
                 double wall_now_s, double boot_now_s)
{
    if (same_boot)
        return (wall_now_s - wall_s) - (boot_now_s - boot_s);
    return fmin(0, wall_now_s - wall_s);
}
