/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a target host tells of devices that it keeps: for whom, until when, and
 * which command ends that if the source host is lost. */
#include "tools/move/recover_claims.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/move/device_store.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"

static const char *runs; /* the name of the guest's domain, if it has one */
static bool paused;
static unsigned told;
static char said[2000];

int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err);
int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err)
{
    *d = (struct xlx_domain){ .domid = 7, .paused = paused };
    if (runs)
        d->name = strdup(runs);
    return runs ? 0 : -ESRCH;
}

static void tell(void *arg, const char *text)
{
    told++;
    snprintf(said, sizeof said, "%s", text);
}

static void test_claims(void **state)
{
    static const struct {
        enum device_claim_state at;
        const char *uuid; /* that is meant */
        const char *runs;
        bool paused, locked;
        const char *says; /* NULL: nothing */
    } rows[] = {
        { CLAIM_KEPT, NULL, NULL, false, false,
          "this host keeps 0000:03:10.0 of the class net for the guest " UUID
          ", which was to come from h1: `rackhop recover` there ends that; if "
          "that host is lost for good, `rackhop device release " UUID
          " hand-1` here" },
        /* its move is in doubt: `rackhop recover` may destroy the copy */
        { CLAIM_KEPT, NULL, "web1--incoming", true, false,
          "this host keeps 0000:03:10.0 of the class net for the guest " UUID
          ", which was to come from h1: `rackhop recover` there ends that; if "
          "that host is lost for good, `rackhop device release " UUID
          " hand-1` here" },
        /* whoever has paused it */
        { CLAIM_KEPT, UUID, "web1", true, false,
          "web1 runs here, and has not been given 0000:03:10.0 of the class "
          "net, which this host keeps for it: `rackhop recover` on h1 goes "
          "on; if that host is lost for good, `rackhop device finish " UUID
          " hand-1` here" },
        { CLAIM_KEPT, UUID, "web1", false, false,
          "web1 runs here, and has not been given 0000:03:10.0 of the class "
          "net, which this host keeps for it: `rackhop recover` on h1 goes "
          "on; if that host is lost for good, `rackhop device finish " UUID
          " hand-1` here" },
        { CLAIM_KEPT, "another", NULL, false, false, NULL },
        { CLAIM_KEPT, NULL, NULL, false, true, NULL }, /* it is being moved */
        { CLAIM_GIVEN, NULL, "web1", false, false, NULL },
        { CLAIM_RELEASED, NULL, NULL, false, false, NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recover_claims c = { .uuid = rows[i].uuid, .told = tell };
        struct device_claim k = { .state = rows[i].at, .list = { .n = 1 } };
        char *dir = tmpdir_make("claims");
        struct msg err = MSG_NONE;
        int lock = -1;

        setenv("RACKHOP_RUN_DIR", dir, 1);
        assert_int_equal(store_open_mem(&c.store), 0);
        strcpy(k.uuid, UUID);
        strcpy(k.move, "hand-1");
        strcpy(k.from, "h1");
        strcpy(k.list.item[0].class, "net");
        strcpy(k.list.item[0].pci, "0000:03:10.0");
        strcpy(k.list.item[0].port, "ens1f0");
        strcpy(k.list.item[0].mac, "00:16:3e:5e:6c:01");
        assert_int_equal(device_claim_put(c.store, &k, &err), 0);
        if (rows[i].locked)
            lock = xlx_lock(dir, UUID, "migrate", &err);
        runs = rows[i].runs;
        paused = rows[i].paused;
        told = 0;
        assert_int_equal(recover_claims(&c, &err), rows[i].says != NULL);
        assert_int_equal(told, rows[i].says != NULL);
        if (rows[i].says)
            assert_string_equal(said, rows[i].says);
        if (lock >= 0)
            close(lock);
        store_close(c.store);
        tmpdir_remove(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_claims) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
