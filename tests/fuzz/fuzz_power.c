/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as the record of a host that was switched off, and of a guest whose
 * memory was changed: what can be read is written, and read again the same; and
 * as a snapshot of which a host's facts are kept.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/doc/power.h"
#include "tools/doc/resized.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void switched_off(const char *text, size_t size)
{
    struct power p, same;
    struct msg err;
    char *again;

    if (power_parse(&p, text, size, &err))
        return;
    again = power_format(&p);
    if (!again || power_parse(&same, again, strlen(again), &err) ||
        same.state != p.state || same.tries != p.tries ||
        strcmp(same.host, p.host) != 0 || strcmp(same.boot, p.boot) != 0 ||
        strcmp(same.facts, p.facts) != 0)
        abort();
    power_dispose(&same);
    power_dispose(&p);
    free(again);
}

static void resized(const char *text, size_t size)
{
    struct resized r, same;
    char *again;

    if (resized_parse(&r, text, size))
        return;
    again = resized_format(&r);
    if (!again || resized_parse(&same, again, strlen(again)) ||
        same.from_mib != r.from_mib || same.to_mib != r.to_mib ||
        strcmp(same.uuid, r.uuid) != 0 || strcmp(same.by, r.by) != 0)
        abort();
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char boot[40];

    switched_off((const char *)data, size);
    resized((const char *)data, size);
    free(power_facts((const char *)data, size, "h1", boot));
    return 0;
}
