/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes, keeps and gives back the lease of the loops. */
#include "tools/daemon/lease.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LEASE_KEY "lease/loops"

enum lease_answer lease_judge(const struct lease_sight *s)
{
    if (!s->there)
        return LEASE_TAKE;
    if (s->mine)
        return LEASE_RENEW;
    if (s->dead || s->unchanged_ms >= LEASE_MS)
        return LEASE_TAKE;
    return LEASE_WAIT;
}

void lease_init(struct lease *l)
{
    *l = (struct lease){ .rev = 0 };
    if (gethostname(l->host, sizeof l->host - 1) || !*l->host)
        snprintf(l->host, sizeof l->host, "?");
    for (char *p = l->host; *p; p++)
        if (*p <= ' ' || *p > '~')
            *p = '?';
    boot_id(l->boot);
    if (getrandom(&l->token, sizeof l->token, 0) != sizeof l->token)
        l->token = (uint64_t)getpid();
}

/* What a holder writes: its host, boot, process and token. */
struct lease_text {
    char host[65], boot[BOOT_ID];
    long pid;
    unsigned long long token;
};

static bool lease_read(struct lease_text *t, const char *text)
{
    return sscanf(text, "rackhop-lease/1 %64s %39s %ld %llx", t->host, t->boot,
                  &t->pid, &t->token) == 4;
}

/* A process id that another process has got only delays: it is waited for. */
static bool lease_is_dead(const struct lease *l, const struct lease_text *t)
{
    return *l->boot && !strcmp(t->boot, l->boot) &&
           !strcmp(t->host, l->host) && t->pid > 0 && kill((pid_t)t->pid, 0) &&
           errno == ESRCH;
}

static int lease_write(struct lease *l, struct store *s, uint64_t rev,
                       struct msg *err)
{
    char text[200];
    int rc;

    snprintf(text, sizeof text, "rackhop-lease/1 %s %s %ld %llx", l->host,
             *l->boot ? l->boot : "-", (long)getpid(),
             (unsigned long long)l->token);
    rc = store_cas(s, LEASE_KEY, rev, text, &l->rev);
    if (rc) {
        l->rev = 0;
        msg_set(err, "the lease could not be taken: %s", store_error(s));
    } else {
        memcpy(l->holder, l->host, sizeof l->holder);
    }
    return rc;
}

static void lease_look(struct lease *l, struct lease_sight *see,
                       const char *text, uint64_t rev, int64_t now_ms)
{
    struct lease_text t = { .pid = 0 };
    bool whole = lease_read(&t, text);

    see->there = true;
    see->mine = l->rev && rev == l->rev;
    see->dead = whole && lease_is_dead(l, &t);
    if (rev != l->seen) {
        l->seen = rev;
        l->seen_ms = now_ms;
    }
    see->unchanged_ms = now_ms - l->seen_ms;
    snprintf(l->holder, sizeof l->holder, "%s", whole ? t.host : "?");
}

int lease_keep(struct lease *l, struct store *s, int64_t now_ms,
               struct msg *err)
{
    struct lease_sight see = { .there = false };
    uint64_t rev = 0;
    char *text = NULL;
    int rc = store_get(s, LEASE_KEY, &text, &rev);

    if (rc && rc != -ENOENT) {
        l->rev = 0;
        msg_set(err, "the lease could not be read: %s", store_error(s));
        return rc;
    }
    if (!rc)
        lease_look(l, &see, text, rev, now_ms);
    free(text);
    if (lease_judge(&see) != LEASE_WAIT)
        return lease_write(l, s, rev, err);
    l->rev = 0;
    msg_set(err, "rackhopd of %s looks after the cluster", l->holder);
    return -EBUSY;
}

void lease_drop(struct lease *l, struct store *s)
{
    if (l->rev)
        store_cas(s, LEASE_KEY, l->rev, NULL, NULL);
    l->rev = 0;
}
