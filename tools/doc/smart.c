/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what smartctl and ipmitool print of disks and power. */
#include "tools/doc/smart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"

#define SMART_MOST 1e12

/* Sectors that were moved, that are to be moved, that could not be read. */
static bool smart_counts(double id)
{
    return id == 5 || id == 197 || id == 198;
}

static int64_t smart_count(double n)
{
    return n > 0 && n < SMART_MOST ? (int64_t)n : 0;
}

static bool smart_ata(struct smart *s, const struct json *top)
{
    const struct json *table =
        json_get(json_get(top, "ata_smart_attributes"), "table");

    JSON_FOREACH(row, table)
        if (smart_counts(json_get_num(row, "id", -1)))
            s->bad +=
                smart_count(json_get_num(json_get(row, "raw"), "value", 0));
    return table;
}

static bool smart_nvme(struct smart *s, const struct json *top)
{
    const struct json *log =
        json_get(top, "nvme_smart_health_information_log");

    s->bad += smart_count(json_get_num(log, "media_errors", 0));
    if (json_get_num(log, "critical_warning", 0) != 0)
        s->failing = true;
    return log;
}

int smart_parse(struct smart *s, const char *text, size_t len)
{
    const struct json_limits limits = { .bytes = 1 << 20, .values = 50000 };
    struct json_doc *d = NULL;
    const struct json *top, *passed;
    struct msg err;
    bool tells;

    *s = (struct smart){ .bad = 0 };
    if (json_parse(&d, "smartctl", text, len, NULL, &limits, &err))
        return -EINVAL;
    top = json_root(d);
    passed = json_get(json_get(top, "smart_status"), "passed");
    tells = passed && passed->type == JSON_BOOL;
    s->failing = tells && !passed->flag;
    tells = smart_ata(s, top) || tells;
    tells = smart_nvme(s, top) || tells;
    json_free(d);
    return tells ? 0 : -ENODATA;
}

double dcmi_parse(const char *text)
{
    const char *s = strstr(text, "Instantaneous power reading:");
    char *end;
    double w;

    if (!s)
        return -1;
    s = strchr(s, ':') + 1;
    w = strtod(s, &end);
    if (end == s || strncmp(end, " Watts", 6) != 0 || !(w > 0 && w < 1e5))
        return -1;
    return w;
}
