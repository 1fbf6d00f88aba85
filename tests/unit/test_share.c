/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What Xen's schedulers let a guest have: of which scheduler it is, and that a
 * cap which a move has set is not taken for the guest's own.
 */
#include "libxl-ext/share.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "libxl-ext/xlx_impl.h"

enum { DOMID = 7 };

static struct {
    int sched; /* 1, 2: credit, credit2; 0: another */
    uint16_t weight, cap;
    const char *note;
} xen;

int xc_sched_credit_domain_get(xc_interface *xch, uint32_t domid,
                               struct xen_domctl_sched_credit *p)
{
    if (domid != DOMID || xen.sched != 1)
        return -1;
    *p = (struct xen_domctl_sched_credit){ xen.weight, xen.cap };
    return 0;
}

int xc_sched_credit2_domain_get(xc_interface *xch, uint32_t domid,
                                struct xen_domctl_sched_credit2 *p)
{
    if (domid != DOMID || xen.sched != 2)
        return -1;
    *p = (struct xen_domctl_sched_credit2){ xen.weight, xen.cap };
    return 0;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned *len)
{
    if (!xen.note || strcmp(path, "/local/domain/7/rackhop/cap")) {
        errno = ENOENT;
        return NULL;
    }
    *len = (unsigned)strlen(xen.note);
    return strdup(xen.note);
}

static void shares(void **state)
{
    static const struct {
        int sched;
        unsigned weight, cap;
        const char *note;
        struct xlx_share want;
    } row[] = {
        { 2, 512, 0, NULL, { 512, 0 } },
        { 1, 256, 150, NULL, { 256, 150 } },
        { 0, 512, 50, NULL, { 0, 0 } },
        { 2, 256, 30, "0 30 0", { 256, 0 } },    /* a move's */
        { 2, 256, 30, "80 20 30", { 256, 80 } }, /* its step before */
        { 2, 256, 30, "80 0 0", { 256, 80 } },   /* nobody knows what */
        { 2, 256, 70, "80 20 30", { 256, 70 } }, /* somebody's since */
        { 2, 256, 0, "80 20 30", { 256, 0 } },   /* likewise */
        { 2, 256, 30, "nonsense", { 256, 30 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct xlx x = { .ctx = NULL };
        struct xlx_share s = { 9, 9 };

        xen.sched = row[i].sched;
        xen.weight = (uint16_t)row[i].weight;
        xen.cap = (uint16_t)row[i].cap;
        xen.note = row[i].note;
        xlx_share_read(&x, DOMID, &s);
        if (s.weight != row[i].want.weight || s.cap != row[i].want.cap)
            fail_msg("row %zu: weight %u, cap %u", i, s.weight, s.cap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(shares) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
