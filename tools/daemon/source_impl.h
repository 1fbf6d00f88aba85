/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads small files of /proc and /sys, for the sources. */
#ifndef RACKHOP_DAEMON_SOURCE_IMPL_H
#define RACKHOP_DAEMON_SOURCE_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "tools/daemon/source.h"

enum { SOURCE_PATH = 512, SOURCE_ENTRIES = 4096 };

/* The number in the file root/fmt..; false: there is none. */
bool source_number(const char *root, int64_t *to, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Calls each() for the entries of a folder that begin so; not for more than
 * SOURCE_ENTRIES. */
void source_each(const char *root, const char *dir, const char *prefix,
                 void (*each)(void *arg, const char *name), void *arg);
/* The counters of a guest in this second; NULL: no memory. */
struct guest_io *source_io(struct sources *s, uint32_t domid);

/* --- the rows: source_*.c ------------------------------------------------------- */
void source_net(struct sources *s, struct sampler *to);
void source_links(struct sources *s, struct sampler *to);
void source_disks_look(struct sources *s, struct sampler *to);
void source_disks(struct sources *s, struct sampler *to);
void source_heat(struct sources *s, struct sampler *to);
void source_ecc(struct sources *s, struct sampler *to);
void source_mce(struct sources *s, struct sampler *to);
void source_energy(struct sources *s, struct sampler *to);
void source_disks_close(struct sources *s);

#endif
