/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads how the host is: temperatures, errors of memory and processors, and
 * the energy that it has used. */
#include "tools/daemon/source_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"

#define HWMON    "/sys/class/hwmon"
#define THERMAL  "/sys/class/thermal"
#define EDAC     "/sys/devices/system/edac/mc"
#define POWERCAP "/sys/class/powercap"

enum { HEAT_MOST = 200000 /* thousandths of a degree: a broken sensor */ };

/* --- heat --------------------------------------------------------------------- */

struct heat {
    const char *root;
    char dir[64];
    int64_t most; /* < 0: none, or it freezes */
};

static void heat_take(struct heat *h, int64_t m)
{
    if (m > h->most && m < HEAT_MOST)
        h->most = m;
}

static void heat_input(void *arg, const char *name)
{
    struct heat *h = arg;
    const char *end = strstr(name, "_input");
    int64_t m;

    if (end && !end[strlen("_input")] &&
        source_number(h->root, &m, HWMON "/%s/%.40s", h->dir, name))
        heat_take(h, m);
}

static void heat_chip(void *arg, const char *name)
{
    struct heat *h = arg;
    char dir[128];

    snprintf(h->dir, sizeof h->dir, "%s", name);
    snprintf(dir, sizeof dir, HWMON "/%s", h->dir);
    source_each(h->root, dir, "temp", heat_input, h);
}

static void heat_zone(void *arg, const char *name)
{
    struct heat *h = arg;
    int64_t m;

    if (source_number(h->root, &m, THERMAL "/%.40s/temp", name))
        heat_take(h, m);
}

void source_heat(struct sources *s, struct sampler *to)
{
    struct heat h = { .root = s->root, .most = -1 };

    source_each(s->root, HWMON, "hwmon", heat_chip, &h);
    source_each(s->root, THERMAL, "thermal_zone", heat_zone, &h);
    to->held[HOST_HEAT] = h.most < 0 ? -1 : (double)h.most / 1000;
}

/* --- errors ------------------------------------------------------------------- */

struct ecc {
    const char *root;
    int64_t corrected, fatal;
    bool known;
};

static void ecc_controller(void *arg, const char *name)
{
    struct ecc *e = arg;
    int64_t n;

    if (source_number(e->root, &n, EDAC "/%.40s/ce_count", name) && n >= 0) {
        e->corrected += n;
        e->known = true;
    }
    if (source_number(e->root, &n, EDAC "/%.40s/ue_count", name) && n >= 0)
        e->fatal += n;
}

void source_ecc(struct sources *s, struct sampler *to)
{
    struct ecc e = { .root = s->root };

    source_each(s->root, EDAC, "mc", ecc_controller, &e);
    if (!e.known)
        return;
    sampler_host_io(to, HOST_IO_ECC_CORRECTED, (uint64_t)e.corrected);
    sampler_host_io(to, HOST_IO_ECC_FATAL, (uint64_t)e.fatal);
}

/* "MCE:  0  0  2   Machine check exceptions", a figure for each processor. Linux
 * sets the name off by as many blanks as the largest interrupt has digits more
 * than three, which is none on a small host. NULL: there is no such line. */
static const char *mce_figures(const char *text)
{
    while (text) {
        text += strspn(text, " ");
        if (!strncmp(text, "MCE:", strlen("MCE:")))
            return text + strlen("MCE:");
        text = strchr(text, '\n');
        if (text)
            text++;
    }
    return NULL;
}

static uint64_t mce_sum(const char *line)
{
    uint64_t sum = 0;

    for (;;) {
        char *end;
        uint64_t n = strtoull(line, &end, 10);

        if (end == line)
            return sum;
        sum += n;
        line = end;
    }
}

void source_mce(struct sources *s, struct sampler *to)
{
    char path[SOURCE_PATH], *text;
    const char *line;
    size_t len;

    snprintf(path, sizeof path, "%s/proc/interrupts", s->root);
    text = file_read(path, 16 << 20, &len);
    line = mce_figures(text);
    if (line)
        sampler_host_io(to, HOST_IO_MCE, mce_sum(line));
    free(text);
}

/* --- energy ------------------------------------------------------------------- */

struct energy {
    struct sources *s;
    bool known;
};

/* "intel-rapl:0" is a package; "intel-rapl:0:1" is a part of one. */
static void energy_zone(void *arg, const char *name)
{
    struct energy *e = arg;
    const char *number = name + strlen("intel-rapl:");
    unsigned zone = (unsigned)strtoul(number, NULL, 10);
    int64_t uj, most;
    uint64_t by, was;

    if (!*number || strchr(number, ':') || zone >= SOURCE_ZONES ||
        !source_number(e->s->root, &uj, POWERCAP "/%.40s/energy_uj", name) ||
        !source_number(e->s->root, &most,
                       POWERCAP "/%.40s/max_energy_range_uj", name) ||
        uj < 0 || most < uj)
        return;
    was = e->s->zone[zone].was;
    e->known = true;
    if (!e->s->zone[zone].known || (uint64_t)uj >= was) {
        if (counter_grew(&e->s->zone[zone], (uint64_t)uj, &by))
            e->s->energy_uj += by;
        return;
    }
    /* it goes up to `most`, and begins again */
    e->s->energy_uj +=
        (uint64_t)uj + (was > (uint64_t)most ? 0 : (uint64_t)most - was);
    e->s->zone[zone].was = (uint64_t)uj;
}

void source_energy(struct sources *s, struct sampler *to)
{
    struct energy e = { .s = s };

    source_each(s->root, POWERCAP, "intel-rapl:", energy_zone, &e);
    if (e.known)
        sampler_host_io(to, HOST_IO_ENERGY, s->energy_uj);
}
