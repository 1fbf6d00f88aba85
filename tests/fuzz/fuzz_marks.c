/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads any bytes as the marks of a host: a claim on a guest, maintenance, the
 * CPU level, where a guest belongs, and what moves took. What was read of a
 * claim, a level, a home or times is written and read again as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/home.h"
#include "tools/doc/level_kept.h"
#include "tools/doc/mark.h"
#include "tools/doc/times.h"
#include "tools/move/claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_claim(const char *text)
{
    struct claim c, again;
    char *formed;

    memset(&c, 0x7f, sizeof c);
    if (claim_parse(text, &c))
        return;
    if (!memchr(c.run, 0, sizeof c.run) ||
        !memchr(c.executor, 0, sizeof c.executor) ||
        !memchr(c.since, 0, sizeof c.since))
        abort();
    claim_covers(&c, "run-1.1.1");
    formed = claim_format(c.run, c.executor);
    if (!formed)
        return;
    if (claim_parse(formed, &again) || strcmp(again.run, c.run) ||
        strcmp(again.executor, c.executor))
        abort();
    free(formed);
}

static void read_home_of(const char *key, const char *text, size_t len)
{
    struct msg err = MSG_NONE;
    struct home h;

    if (home_parse(&h, key, text, len, &err) && !*err.text)
        abort();
}

static void read_home(const char *text, size_t len)
{
    static const char uuid[] = "00000000-0000-0000-0000-000000000001";
    struct home h, again;
    struct msg err;
    char *formed;

    if (home_parse(&h, uuid, text, len, &err))
        return;
    formed = home_format(&h);
    if (!formed)
        return;
    if (home_parse(&again, uuid, formed, strlen(formed), &err) ||
        strcmp(again.host, h.host) || strcmp(again.from, h.from) ||
        strcmp(again.to, h.to) || strcmp(again.run, h.run) ||
        strcmp(again.name, h.name) || again.missed_s != h.missed_s)
        abort();
    free(formed);
}

static void read_level(const char *text, size_t len)
{
    struct level_kept k, again;
    struct msg err;
    char *formed;

    if (!level_kept_parse(&k, text, len, &err)) {
        formed = level_kept_format(&k, false);
        if (formed) {
            if (level_kept_parse(&again, formed, strlen(formed), &err) ||
                strcmp(again.level, k.level) || again.hosts != k.hosts ||
                memcmp(again.hidden, k.hidden, sizeof k.hidden))
                abort();
            level_kept_dispose(&again);
        }
        free(formed);
    }
    level_kept_dispose(&k);
}

static void read_times(const char *text, size_t len)
{
    struct times t, again;
    struct msg err;
    char *formed;

    memset(&t, 0, sizeof t);
    if (times_parse(&t, text, len, &err))
        return;
    formed = times_format(&t);
    if (!formed)
        return;
    memset(&again, 0, sizeof again);
    if (times_parse(&again, formed, strlen(formed), &err) ||
        again.setup.n != t.setup.n || again.overhead.n != t.overhead.n ||
        times_median(&again.setup, 0) > 600000)
        abort();
    free(formed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct maintenance m = { .by = "?" };

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    read_claim(text);
    read_home(text, size);
    read_home_of(text, text, size); /* no UUID, perhaps */
    read_level(text, size);
    read_times(text, size);
    maintenance_parse(text, &m);
    if (!memchr(m.by, 0, sizeof m.by) || !memchr(m.since, 0, sizeof m.since) ||
        !memchr(m.executor, 0, sizeof m.executor))
        abort();
    free(text);
    return 0;
}
