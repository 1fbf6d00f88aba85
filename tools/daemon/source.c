/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of what is read of this host's files, and how often. */
#include "tools/daemon/source.h"

#include <stdlib.h>
#include <string.h>

#include "tools/daemon/source_impl.h"

static const struct source {
    unsigned every_s;
    void (*read)(struct sources *s, struct sampler *to);
} source_table[] = {
    { SOURCE_LOOK_S, source_disks_look },
    { SOURCE_LOOK_S, source_links },
    { 1, source_net },
    { 1, source_disks },
    { 10, source_heat },
    { 10, source_ecc },
    { 30, source_mce },
    { 10, source_energy },
};

void sources_init(struct sources *s, const char *root)
{
    memset(s, 0, sizeof *s);
    s->root = root;
}

void sources_dispose(struct sources *s)
{
    source_disks_close(s);
    free(s->disk);
    free(s->io);
    s->disk = NULL;
    s->io = NULL;
    s->disks = s->n_io = s->disk_room = s->io_room = 0;
}

void sources_read(struct sources *s, struct sampler *to, uint64_t second)
{
    s->n_io = 0;
    for (size_t i = 0; i < sizeof source_table / sizeof source_table[0]; i++)
        if (second % source_table[i].every_s == 0)
            source_table[i].read(s, to);
    sampler_guest_io(to, s->io, s->n_io);
}
