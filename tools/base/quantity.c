/* SPDX-License-Identifier: LGPL-2.1-only */
/* Parses quantities as people write them, by a table of units. */
#include "tools/base/quantity.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    double factor; /* in the unit that is counted in */
};

static const struct unit units_s[] = { { "", 1 },      { "ms", 1e-3 },
                                       { "s", 1 },     { "m", 60 },
                                       { "min", 60 },  { "h", 3600 },
                                       { "d", 86400 }, { NULL, 0 } };
static const struct unit units_ms[] = { { "", 1 },        { "ms", 1 },
                                        { "s", 1e3 },     { "m", 60e3 },
                                        { "min", 60e3 },  { "h", 3600e3 },
                                        { "d", 86400e3 }, { NULL, 0 } };
static const struct unit units_mbit[] = {
    { "", 1 },         { "kbit", 1e-3 },      { "kbit/s", 1e-3 },
    { "Mbit", 1 },     { "Mbit/s", 1 },       { "Gbit", 1e3 },
    { "Gbit/s", 1e3 }, { "MiB/s", 8.388608 }, { "GiB/s", 8589.934592 },
    { NULL, 0 }
};
static const struct unit units_gib[] = {
    { "", 1 },  { "MiB", 1.0 / 1024 }, { "M", 1.0 / 1024 }, { "GiB", 1 },
    { "G", 1 }, { "TiB", 1024 },       { "T", 1024 },       { NULL, 0 }
};

static const struct {
    const struct unit *units;
    const char *unit, *examples;
} kinds[] = {
    [QUANTITY_S] = { units_s, "seconds", "30s, 5m or 2h" },
    [QUANTITY_MS] = { units_ms, "milliseconds", "300ms or 2s" },
    [QUANTITY_MBIT] = { units_mbit, "Mbit/s", "100Mbit or 2.5Gbit" },
    [QUANTITY_GIB] = { units_gib, "GiB", "512MiB or 1.5TiB" },
};

const char *quantity_unit(enum quantity kind)
{
    return kinds[kind].unit;
}

const char *quantity_examples(enum quantity kind)
{
    return kinds[kind].examples;
}

/* Of times it is minutes, and was perhaps meant so. */
static bool quantity_is_odd(enum quantity kind, const char *unit)
{
    return kind == QUANTITY_GIB && !strcmp(unit, "m");
}

const char *quantity_hint(enum quantity kind, const char *text)
{
    const char *unit = text + strspn(text, " \t+.0123456789");

    return quantity_is_odd(kind, unit) ? " (m is minutes; write MiB, or M)"
                                       : "";
}

bool quantity_parse(enum quantity kind, const char *text, double *v_r)
{
    char *end;
    double v;

    text += strspn(text, " \t");
    text += *text == '+';
    /* strtod() takes more: another sign, hexadecimal, "inf" and "nan" */
    if (strspn(text, "0123456789.") == 0 || !strncasecmp(text, "0x", 2))
        return false;
    v = strtod(text, &end);
    if (end == text || !isfinite(v))
        return false;
    end += strspn(end, " ");
    if (quantity_is_odd(kind, end))
        return false;
    for (const struct unit *u = kinds[kind].units; u->name; u++) {
        if (strcasecmp(end, u->name) != 0)
            continue;
        if (!isfinite(v * u->factor))
            return false;
        *v_r = v * u->factor;
        return true;
    }
    return false;
}
