/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks this host: lldpd, ssh to others, space for records, boot entries. */
#include "tools/move/check_here.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "tools/cluster/views.h"
#include "tools/move/autostart_files.h"
#include "tools/paths.h"
#include "tools/remote/gather.h"
#include "tools/move/ways.h"
#include "tools/remote/ssh.h"

enum { PEERS_AT_ONCE = 8, PEER_MS = 10000 };

/* The folder may not exist yet: the one that it will be made in counts. */
static void check_space(struct hostcheck *h)
{
    char *path = strdup(path_state()), *slash;
    struct statvfs v;
    int r = -1;

    while (path && (r = statvfs(path, &v)) && errno == ENOENT &&
           (slash = strrchr(path, '/')) && slash != path)
        *slash = '\0';
    h->free_mib =
        r ? -1 : (int64_t)((uint64_t)v.f_bavail * v.f_frsize / 1048576);
    free(path);
}

static int check_lldpd(const struct config *conf, struct hostcheck *h)
{
    struct topo_view view;
    struct msg err = MSG_NONE;

    topo_view_init(&view);
    if (views_local(&view, conf, NULL, 0, &err))
        h->lldpd = strdup(err.text);
    h->neighbours = (int64_t)view.neighbors;
    topo_view_dispose(&view);
    return *err.text && !h->lldpd ? -ENOMEM : 0;
}

static int check_add_entry(void *arg, const struct autostart_found *f)
{
    return hostcheck_add_entry(arg, f->name, f->guest, f->uuid);
}

/* --- ssh to others --------------------------------------------------------------- */

static int check_ssh(const struct config *conf, char **peer, char **address,
                     size_t n, struct hostcheck *h)
{
    struct gather_job *job = calloc(n + 1, sizeof *job);
    struct gather g = {
        .job = job, .n = n, .at_once = PEERS_AT_ONCE, .timeout_ms = PEER_MS
    };
    int rc = job ? 0 : -ENOMEM;

    for (size_t i = 0; i < n && !rc; i++) {
        job[i].command = ssh_short_command(conf->ssh_command, path_run(),
                                           address[i], "exit 0");
    }
    if (!rc)
        gather_run(&g);
    for (size_t i = 0; i < n && !rc; i++)
        rc = hostcheck_add_peer(h, peer[i],
                                !job[i].rc     ? NULL
                                : *job[i].said ? job[i].said
                                               : strerror(-job[i].rc));
    if (job)
        gather_dispose(job, n);
    free(job);
    return rc;
}

/* Cuts each "NAME=ADDRESS" in two; without an address the name is one. */
static int check_peers(const struct config *conf, char **peer, size_t n,
                       struct hostcheck *h)
{
    char **address = calloc(n + 1, sizeof *address);
    int rc = address ? 0 : -ENOMEM;

    for (size_t i = 0; i < n && !rc; i++) {
        char *equals = strchr(peer[i], '=');

        if (equals)
            *equals = '\0';
        address[i] = equals ? equals + 1 : peer[i];
    }
    if (!rc)
        rc = check_ssh(conf, peer, address, n, h);
    if (!rc)
        rc = ways_find(conf, h, address);
    free(address);
    return rc;
}

int check_here(const struct config *conf, char **peer, size_t n,
               struct hostcheck *h, struct msg *err)
{
    struct timespec now;
    int rc;

    *h = (struct hostcheck){ .rackhop = strdup(RACKHOP_VERSION),
                             .state = strdup(path_state()) };
    rc = h->rackhop && h->state ? 0 : -ENOMEM;
    check_space(h);
    if (!rc)
        rc = check_lldpd(conf, h);
    if (!rc) {
        rc = autostart_each(check_add_entry, h, NULL);
        if (rc != -ENOMEM) /* no folder, no entries */
            rc = 0;
    }
    if (!rc)
        rc = check_peers(conf, peer, n, h);
    /* last, so that the one who asks knows that it is not older */
    clock_gettime(CLOCK_REALTIME, &now);
    h->clock_s = (double)now.tv_sec + (double)(now.tv_nsec / 1000000) / 1000;
    if (rc) {
        msg_set(err, "%s", strerror(-rc));
        hostcheck_dispose(h);
    }
    return rc;
}
