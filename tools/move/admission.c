/* SPDX-License-Identifier: LGPL-2.1-only */
/* Admits arriving guests one at a time, beside what is promised to others. */
#include "tools/move/admission.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/base/strlist.h"
#include "tools/move/reserve.h"
#include "tools/paths.h"

/* A file below the run directory for each guest that was admitted: its KiB,
 * and a lock as long as its receiver lives. Two more, without KiB, are locks
 * of the host. */
#define ADMITTED "admitted"
#define FIGURES  ".lock"
#define LOOKING  ".looking"

/* Who has it reads the host's domains, which takes a second at most. */
enum { LOCK_TRIES = 600, LOCK_TRY_MS = 50 };

/* --- what is promised ----------------------------------------------------- */

/* What guests that are just arriving still lack, but for those of `others`,
 * who are counted otherwise. */
static uint64_t arriving_kib(const struct reservation_domains *d,
                             const struct strlist *others)
{
    uint64_t kib = 0;

    for (unsigned i = 0; i < d->n; i++) {
        const struct xlx_domain *v = &d->list[i];

        if (reservation_is_copy(v) && !v->dying &&
            v->need_kib > v->memory_kib &&
            (!d->guest || strcmp(d->guest, v->uuid)) &&
            (!others || !strlist_has(others, v->uuid)))
            kib += v->need_kib - v->memory_kib;
    }
    return kib;
}

static uint64_t reserved_kib(const struct reservation *list, size_t n,
                             const struct reservation_domains *d,
                             const struct reservation **first_r)
{
    uint64_t kib = 0;

    *first_r = NULL;
    for (size_t i = 0; i < n; i++) {
        struct reservation_domains where = *d;
        int64_t mib =
            reservation_need_mib(&list[i], reservation_where, &where);

        if (mib > 0 && !*first_r)
            *first_r = &list[i];
        kib += (uint64_t)mib * 1024;
    }
    return kib;
}

uint64_t admission_promised_kib(const struct reservation *list, size_t n,
                                const struct reservation_domains *d,
                                const struct reservation **first_r)
{
    return arriving_kib(d, NULL) + reserved_kib(list, n, d, first_r);
}

/* --- files ------------------------------------------------------------------ */

static int admission_dir(void)
{
    char dir[480];

    snprintf(dir, sizeof dir, "%s/" ADMITTED, path_run());
    return path_make(dir);
}

static int admission_open(const char *name, int flags)
{
    char path[512];

    snprintf(path, sizeof path, "%s/" ADMITTED "/%s", path_run(), name);
    return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

static void admission_unlink(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/" ADMITTED "/%s", path_run(), name);
    unlink(path);
}

int admission_lock(struct msg *err)
{
    int rc = admission_dir(), fd = rc ? -1 : admission_open(FIGURES, O_CREAT);

    if (!rc && fd < 0)
        rc = -errno;
    for (int i = 0; !rc && flock(fd, LOCK_EX | LOCK_NB); i++) {
        rc = errno == EINTR || (errno == EWOULDBLOCK && i < LOCK_TRIES)
                 ? 0
                 : -EBUSY;
        if (!rc)
            poll(NULL, 0, LOCK_TRY_MS);
    }
    if (!rc)
        return fd;
    msg_set(err, "%s/" ADMITTED ": %s", path_run(), strerror(-rc));
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Reads the KiB of one file. False: its receiver is gone, and then it goes
 * too. */
static bool admitted_read(const char *uuid, uint64_t *kib_r)
{
    int fd = admission_open(uuid, 0);
    char text[32] = "";
    bool lives;

    *kib_r = 0;
    if (fd < 0)
        return false;
    lives = flock(fd, LOCK_SH | LOCK_NB) != 0;
    if (!lives)
        admission_unlink(uuid);
    else if (read(fd, text, sizeof text - 1) > 0)
        *kib_r = strtoull(text, NULL, 10);
    close(fd);
    if (*kib_r > UINT64_MAX / 65536)
        *kib_r = 0;
    return lives;
}

/* What the domain of that UUID has by now, whatever its name is: libxl gives
 * it its name and its maximum a moment after it made it. */
static uint64_t held_kib(const struct reservation_domains *d, const char *uuid)
{
    for (unsigned i = 0; i < d->n; i++)
        if (!d->list[i].dying && !strcmp(d->list[i].uuid, uuid))
            return d->list[i].memory_kib;
    return 0;
}

/* What guests that were admitted and whose receiver lives have not taken yet;
 * *who gets their UUIDs. */
static uint64_t admitted_kib_of_all(const struct reservation_domains *d,
                                    struct strlist *who)
{
    char dir[480];
    uint64_t kib = 0;
    DIR *list;

    snprintf(dir, sizeof dir, "%s/" ADMITTED, path_run());
    list = opendir(dir);
    for (const struct dirent *e; list && (e = readdir(list));) {
        uint64_t of, has;

        if (*e->d_name == '.' || !uuid_ok(e->d_name) ||
            !strcmp(e->d_name, d->guest))
            continue;
        if (!admitted_read(e->d_name, &of))
            continue;
        has = held_kib(d, e->d_name);
        if (!strlist_add(who, e->d_name))
            kib += of > has ? of - has : 0;
    }
    if (list)
        closedir(list);
    return kib;
}

static int admission_write(int fd, uint64_t kib)
{
    if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) ||
        dprintf(fd, "%" PRIu64 "\n", kib) < 0)
        return -errno;
    return 0;
}

static int admission_note(struct admission_place *p, const struct admission *a,
                          struct msg *err)
{
    bool first = p->admitted < 0;
    int rc = 0;

    if (first)
        p->admitted = admission_open(a->domains.guest, O_CREAT);
    if (p->admitted < 0 || (first && flock(p->admitted, LOCK_EX | LOCK_NB)))
        rc = -errno;
    if (!rc)
        rc = admission_write(p->admitted, a->need_kib);
    if (!rc)
        return 0;
    msg_set(err, "%s/" ADMITTED "/%s: %s", path_run(), a->domains.guest,
            strerror(-rc));
    if (first && p->admitted >= 0) {
        close(p->admitted);
        p->admitted = -1;
    }
    return rc;
}

/* --- asking ----------------------------------------------------------------- */

static void admission_refuse(const struct admission *a, uint64_t promised,
                             const struct reservation *run, struct msg *err)
{
    uint64_t need = (a->need_kib + 1023) / 1024;

    if (run)
        msg_set(err,
                "the target host has %" PRIu64 " MiB for guests that come, "
                "%" PRIu64 " MiB of them are promised (run %s of %s has "
                "reserved memory), and %" PRIu64 " MiB are needed; choose "
                "another host, or wait for that run",
                a->have_kib / 1024, promised / 1024, run->run, run->executor,
                need);
    else
        msg_set(err,
                "the target host has %" PRIu64 " MiB for guests that come, "
                "other guests that are just arriving need %" PRIu64
                " MiB of them, and %" PRIu64 " MiB are needed",
                a->have_kib / 1024, promised / 1024, need);
}

static int admission_ask_locked(struct admission_place *p, struct admission *a,
                                struct msg *err)
{
    const struct reservation *run;
    struct reservation *list = NULL;
    struct strlist who = { .s = NULL };
    uint64_t promised;
    size_t n = 0;
    int rc = 0;

    /* what can't be read keeps no guest out: reservations only help plans */
    (void)reserve_load(a->statedir, &list, &n);
    a->owed_kib = admitted_kib_of_all(&a->domains, &who);
    a->owed_kib += arriving_kib(&a->domains, &who);
    promised = a->owed_kib + reserved_kib(list, n, &a->domains, &run);
    if (p->admitted < 0 && promised && a->need_kib + promised > a->have_kib) {
        admission_refuse(a, promised, run, err);
        rc = -ENOMEM;
    }
    reserve_list_free(list, n);
    strlist_dispose(&who);
    return rc ? rc : admission_note(p, a, err);
}

int admission_turn(struct admission_place *p, struct msg *err)
{
    int rc = p->looking < 0 ? admission_dir() : 0, fd;

    if (p->looking >= 0)
        return 0;
    fd = rc ? -1 : admission_open(LOOKING, O_CREAT);
    if (fd < 0 && !rc)
        rc = -errno;
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB))
        rc = errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    if (!rc) {
        p->looking = fd;
        return 0;
    }
    if (fd >= 0)
        close(fd);
    if (rc == -EAGAIN)
        msg_set(err, "other guests that came before it still wait for memory "
                     "of the target host");
    else
        msg_set(err, "%s/" ADMITTED ": %s", path_run(), strerror(-rc));
    return rc;
}

int admission_ask(struct admission_place *p, struct admission *a,
                  struct msg *err)
{
    int lock, rc;

    if (!uuid_ok(a->domains.guest)) {
        msg_set(err, "the guest has no UUID");
        return -EINVAL;
    }
    lock = admission_lock(err);
    if (lock < 0)
        return lock;
    rc = admission_ask_locked(p, a, err);
    close(lock);
    return rc;
}

void admission_found(struct admission_place *p)
{
    if (p->looking >= 0)
        close(p->looking);
    p->looking = -1;
}

void admission_taken(struct admission_place *p)
{
    /* if it fails, a little too much counts as promised for a moment */
    if (p->admitted >= 0)
        (void)admission_write(p->admitted, 0);
}

void admission_end(struct admission_place *p, const char *uuid)
{
    admission_found(p);
    if (p->admitted < 0)
        return;
    admission_unlink(uuid);
    close(p->admitted);
    p->admitted = -1;
}
