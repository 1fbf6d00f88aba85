/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a map is made from, whichever way it came: views of nodes, the cabling
 * plan, and warnings about sources that gave nothing.
 */
#ifndef RACKHOP_CLUSTER_VIEWS_H
#define RACKHOP_CLUSTER_VIEWS_H

#include "tools/cluster/off.h"
#include "tools/config.h"
#include "tools/remote/gather.h"
#include "topology/cabling.h"
#include "topology/map.h"
#include "topology/view.h"
#include "tools/base/msg.h"

struct views {
    struct topo_view *view;
    size_t n, room;
    struct topo_cabling cabling;
    struct topo_map map; /* warnings so far; then the map */
    size_t failed;       /* sources that could not be read */
    size_t asked;
    /* the caller's: hosts that are off, and are not asked; NULL: there are none */
    const struct off_list *off;
    /* the caller's: what else views_live() asks hosts for meanwhile; NULL:
     * nothing. All of it has ended when that returns. */
    struct gather *beside;
};

void views_init(struct views *v);
void views_dispose(struct views *v);
/* A new view of that name (which may be NULL). NULL: out of memory. Pointers
 * to views end with the next call. */
struct topo_view *views_add(struct views *v, const char *name);
struct topo_view *views_find(struct views *v, const char *name);
/* Notes that a source could not be read: a warning, and a count. */
void views_fail(struct views *v, const char *code, const char *node,
                const char *why);

/*
 * A directory of captures: NAME.facts.json, NAME.lldp.json0, NAME.snmp.txt and
 * *.dot (rackhop-formats(5)). What can't be read is a warning. 0, or a
 * negative errno and a sentence when the directory can't be read or holds
 * nothing.
 */
int views_capture(struct views *v, const char *dir, struct msg *err);
/* Adds a cabling plan; a file that cannot be read is a warning. */
void views_cabling(struct views *v, const char *path);
/* Asks all sources of the configuration, at once (live.c). */
int views_live(struct views *v, const struct config *c, struct msg *err);
/* Reads this host alone (local.c): its ports, lldpd's table, and which ports
 * lead to the given addresses (none given: to everywhere). 1: all but the
 * table, and err says why. */
int views_local(struct topo_view *v, const struct config *c, char **address,
                size_t n, struct msg *err);
/* What this host calls itself, without its domain. */
void views_own_name(char *buf, size_t size);

/* Merges, and names the racks as the configuration does; racks may be NULL. */
int views_merge(struct views *v, const struct group_rows *racks,
                struct msg *err);

/* The whole of a file, at most 64 MiB, to be freed. */
char *views_file(const char *path, size_t *len_r, struct msg *err);

/* Adds the hosts that a row of `racks` names and the map lacks, without any
 * cable: their rack is known all the same. 0 or a negative errno */
int views_add_hosts(struct views *v, const struct host_rows *hosts,
                    const struct group_rows *racks);

#endif
