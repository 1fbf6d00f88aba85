/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Steps between no compression, lz4 and zstd, a window of frames at a time. A
 * stronger step that made the link wait is taken back, and is tried again only
 * after a while that doubles: else it would be tried every other window.
 */
#include "libxl-ext/wire/pack_choice.h"

#include <errno.h>
#include <string.h>

enum {
    WINDOW = 4,        /* frames: 1 MiB of memory */
    PATIENCE_MAX = 64, /* windows */
};
/* Parts of a window's time that were waited: above, the link is slow; below,
 * we are. */
static const double link_slow = 0.5, link_idle = 0.1;

static const char *const wishes[] = {
    [CODEC_OFF] = "off", [CODEC_AUTO] = "auto", [CODEC_NONE] = "none",
    [CODEC_LZ4] = "lz4", [CODEC_ZSTD] = "zstd",
};

const char *codec_wish_name(enum codec_wish w)
{
    return wishes[w];
}

int codec_wish_parse(const char *s, enum codec_wish *w)
{
    for (int i = CODEC_OFF; i <= CODEC_LAST; i++)
        if (!strcmp(s, wishes[i])) {
            *w = (enum codec_wish)i;
            return 0;
        }
    return -EINVAL;
}

void pack_choice_init(struct pack_choice *c, enum codec_wish w)
{
    *c = (struct pack_choice){ .how = PACK_LZ4,
                               .fixed = w != CODEC_AUTO,
                               .patience = 1 };
    if (w == CODEC_NONE)
        c->how = PACK_NONE;
    else if (w == CODEC_ZSTD)
        c->how = PACK_ZSTD;
}

static void choice_step(struct pack_choice *c, double waited)
{
    bool failed = c->tried && waited < link_idle;

    c->rested++;
    if (waited < link_idle && c->how > PACK_NONE) {
        c->how--;
        c->patience = !failed                      ? 1
                      : c->patience < PATIENCE_MAX ? 2 * c->patience
                                                   : PATIENCE_MAX;
        c->rested = 0;
        c->tried = false;
    } else if (waited > link_slow && c->how < PACK_LAST &&
               c->rested >= c->patience) {
        c->how++;
        c->tried = true;
    }
}

void pack_choice_note(struct pack_choice *c, uint64_t work_ns,
                      uint64_t wait_ns)
{
    double all;

    if (c->fixed)
        return;
    c->work_ns += work_ns;
    c->wait_ns += wait_ns;
    if (++c->frames < WINDOW)
        return;
    all = (double)c->work_ns + (double)c->wait_ns;
    if (all > 0)
        choice_step(c, (double)c->wait_ns / all);
    c->frames = 0;
    c->work_ns = c->wait_ns = 0;
}
