/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks smartctl and ipmitool, and tells the sampler. */
#include "tools/daemon/agent_health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/loop.h"
#include "tools/daemon/agent_impl.h"
#include "tools/daemon/source_impl.h"
#include "tools/doc/smart.h"
#include "tools/remote/gather.h"

enum {
    DISKS_MOST = 64,
    DISKS_FIRST_S = 120, /* not while the host starts */
    DISKS_S = 6 * 3600,
    POWER_S = 60,
    POWER_TRIES = 5,  /* of a host that has never told its power */
    NO_PROGRAM = 127, /* the shell's exit code */
    SLOW_MS = 30000,
    OUTPUT = 1 << 20,
    DISK_NAME = 32, /* the kernel's DISK_NAME_LEN */
};

/* What a disk has said last. */
struct health_disk {
    char name[DISK_NAME];
    bool known;
    struct smart smart;
};

struct health {
    struct agent *a;
    struct gather disks, power;
    struct gather_job *disk, *dcmi;
    struct health_disk said[DISKS_MOST], before[DISKS_MOST]; /* of n_disks */
    unsigned n_before;
    unsigned n_disks;
    unsigned silent; /* answers without a power, since the agent's start */
    bool told;       /* its power, at least once */
    bool no_dcmi;
};

struct health *health_new(struct agent *a)
{
    struct health *h = calloc(1, sizeof *h);

    if (h)
        h->a = a;
    return h;
}

static void health_end(struct gather_job **job, struct gather *g)
{
    if (*job)
        gather_dispose(*job, g->n);
    free(*job);
    *job = NULL;
}

void health_free(struct health *h)
{
    if (!h)
        return;
    health_end(&h->disk, &h->disks);
    health_end(&h->dcmi, &h->power);
    free(h);
}

static void health_start(struct gather *g, struct gather_job *job, size_t n,
                         struct loop *l)
{
    *g = (struct gather){
        .job = job, .n = n, .at_once = 1, .timeout_ms = SLOW_MS
    };
    gather_start(g, l);
}

/* --- disks ----------------------------------------------------------------------- */

static struct health_disk health_before(const struct health *h,
                                        const char *name)
{
    struct health_disk d = { .known = false };

    for (unsigned i = 0; i < h->n_before; i++)
        if (!strcmp(h->before[i].name, name))
            return h->before[i];
    snprintf(d.name, sizeof d.name, "%s", name);
    return d;
}

/* sda, nvme0n1: no partitions are in this folder, and no disks of software
 * begin so. The name goes to a shell. */
static void health_disk(void *arg, const char *name)
{
    struct health *h = arg;
    struct gather_job *j = &h->disk[h->n_disks];

    if (h->n_disks >= DISKS_MOST || strlen(name) >= DISK_NAME ||
        (strncmp(name, "sd", 2) != 0 && strncmp(name, "nvme", 4) != 0) ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(name))
        return;
    j->most = OUTPUT;
    if (asprintf(&j->command, "exec smartctl -j -H -A -n standby /dev/%s",
                 name) < 0)
        j->command = NULL;
    else
        h->said[h->n_disks++] = health_before(h, name);
}

static void health_disks_begin(struct health *h, struct loop *l)
{
    h->disk = calloc(DISKS_MOST + 1, sizeof *h->disk);
    if (!h->disk)
        return;
    memcpy(h->before, h->said, sizeof h->before);
    h->n_before = h->n_disks;
    h->n_disks = 0;
    source_each(h->a->rq.root, "/sys/block", "", health_disk, h);
    health_start(&h->disks, h->disk, h->n_disks, l);
}

/* smartctl's exit code has bits for what it found: the text counts. Of disks that
 * sleep, what was known of them counts on: else the sectors of one that wakes up
 * were new, and its host about to fail. */
static void health_disks_end(struct health *h)
{
    double bad = 0, failing = 0;
    unsigned told = 0;

    for (unsigned i = 0; i < h->n_disks; i++) {
        const struct gather_job *j = &h->disk[i];
        struct health_disk *d = &h->said[i];
        struct smart s;

        if (j->out && !smart_parse(&s, j->out, j->len)) {
            d->smart = s;
            d->known = true;
        }
        if (!d->known)
            continue;
        told++;
        bad += (double)d->smart.bad;
        failing += d->smart.failing;
    }
    if (told) {
        h->a->sampler.held[HOST_DISK_BAD] = bad;
        h->a->sampler.held[HOST_DISK_FAILING] = failing;
    }
    health_end(&h->disk, &h->disks);
}

/* --- power ------------------------------------------------------------------------ */

static void health_power_begin(struct health *h, struct loop *l)
{
    h->dcmi = calloc(1, sizeof *h->dcmi);
    if (!h->dcmi)
        return;
    h->dcmi->most = OUTPUT;
    h->dcmi->command = strdup("exec ipmitool dcmi power reading");
    health_start(&h->power, h->dcmi, h->dcmi->command != NULL, l);
}

/* What RAPL says is the processors' alone, so what the power supply says goes
 * before it. A BMC may be busy or start anew, and is asked again; a host that
 * never knew an answer, or has nothing to ask with, is not. */
static void health_power_end(struct health *h)
{
    const struct gather_job *j = h->dcmi;
    double w = j->out ? dcmi_parse(j->out) : -1;

    h->told |= w >= 0;
    h->silent += w < 0;
    h->no_dcmi = (j->rc == -EIO && j->code == NO_PROGRAM) ||
                 (!h->told && h->silent >= POWER_TRIES);
    h->a->sampler.held[HOST_POWER] = w;
    health_end(&h->dcmi, &h->power);
}

bool health_idle(const struct health *h)
{
    return (!h->disk || gather_done(&h->disks)) &&
           (!h->dcmi || gather_done(&h->power));
}

void health_second(struct health *h, struct loop *l, unsigned second)
{
    if (h->disk && gather_done(&h->disks))
        health_disks_end(h);
    if (h->dcmi && gather_done(&h->power))
        health_power_end(h);
    if (!h->disk && second % DISKS_S == DISKS_FIRST_S)
        health_disks_begin(h, l);
    if (!h->dcmi && !h->no_dcmi && second % POWER_S == 0)
        health_power_begin(h, l);
}
