/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whole moves over lanes that are cut, and what was sent again. bench-cuts.sh
 * runs it.
 *
 *   bench_cuts CUTS SEED    that many in all, over 1, 2, 4 and 8 lanes in turn;
 *                           fails if a page is wrong or a goal is missed
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "libxl-ext/wire/lanes.h"
#include "tests/lib/wire_cuts.h"
#include "tools/base/clock.h"

enum {
    PAGES = 16384,
    MEAN = 3 << 20,
    SILENCE = 100,
    GOAL_MEAN = 1000000,
    ROWS = 4
};

static const unsigned lanes[ROWS] = { 1, 2, 4, CHUNK_LANES };

static void cuts_row(unsigned n, const struct wire_cuts *c, uint64_t us)
{
    unsigned all = wire_cuts_all(c);

    printf(
        "| %u | %u | %u | %u | %u | %u | %u | %llu | %.2f | %.2f | %.0f |\n",
        n, c->moves, all, c->cuts[CUT_RESET], c->cuts[CUT_HALF],
        c->cuts[CUT_DUMB], c->cuts[CUT_SILENT], (unsigned long long)c->wrong,
        all ? (double)c->resent / all / 1e6 : 0, (double)c->worst / 1e6,
        (double)us / 1e6);
    fflush(stdout);
}

static int cuts_goals(const struct wire_cuts c[ROWS])
{
    uint64_t wrong = 0, resent = 0, worst = 0;
    unsigned all = 0;

    for (int i = 0; i < ROWS; i++) {
        wrong += c[i].wrong;
        resent += c[i].resent;
        worst = c[i].worst > worst ? c[i].worst : worst;
        all += wire_cuts_all(&c[i]);
    }
    printf(
        "\n%u cuts: %llu wrong pages, %.2f MB sent again on average, in the "
        "worst move %.2f MB; a ring is %.2f MB\n",
        all, (unsigned long long)wrong, all ? (double)resent / all / 1e6 : 0,
        (double)worst / 1e6, LANES_BIG / 1e6);
    return wrong || resent > (uint64_t)all * GOAL_MEAN || worst > LANES_BIG;
}

int main(int argc, char **argv)
{
    static struct wire_cuts c[ROWS];
    static struct wire_move m;
    unsigned cuts = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    signal(SIGPIPE, SIG_IGN);
    puts(
        "| lanes | moves | cuts | reset | half-closed | swallowed | until it "
        "is noticed | wrong pages | MB again, a cut | the worst move's | s |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|");
    for (int i = 0; i < ROWS; i++) {
        uint64_t start = clock_us();

        c[i].seed = seed + (uint64_t)i;
        c[i].mean = MEAN;
        c[i].silence = SILENCE;
        while (wire_cuts_all(&c[i]) < (cuts + ROWS - 1) / ROWS)
            if (wire_cuts_move(&c[i], &m, PAGES, lanes[i])) {
                fprintf(stderr, "bench_cuts: %u lanes, seed %llu: %s\n",
                        lanes[i], (unsigned long long)seed, m.why);
                return 1;
            }
        cuts_row(lanes[i], &c[i], clock_us() - start);
    }
    return cuts_goals(c);
}
