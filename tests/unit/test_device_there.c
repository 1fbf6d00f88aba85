/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which devices a target host keeps for a guest, with an IOMMU and without, and
 * to whom it gives them: its sysfs, LLDP and libxl are doubles. */
#include "tools/move/device_there.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/device.h"
#include "tests/lib/tmpdir.h"
#include "tools/cluster/host_devices.h"
#include "tools/cluster/views.h"

#define UUID "7c0e1d2a-1111-2222-3333-444455556666"

/* --- the target host --------------------------------------------------------- */

static bool iommu;
static struct {
    const char *name; /* of the guest's domain; NULL: it has none here */
    bool paused, has;
} guest;

int __wrap_host_devices(struct devicefacts *l, const char *sys);
int __wrap_host_devices(struct devicefacts *l, const char *sys)
{
    static const struct devicefact vf = { .address = "0000:03:10.0",
                                          .vendor = 0x8086,
                                          .device = 0x1889,
                                          .class = 0x020000,
                                          .pf = "0000:03:00.0",
                                          .vf = 0,
                                          .port = "ens1f0" };

    return devicefacts_add(l, &vf);
}

int __wrap_views_local(struct topo_view *v, const struct config *c,
                       char **address, size_t n, struct msg *err);
int __wrap_views_local(struct topo_view *v, const struct config *c,
                       char **address, size_t n, struct msg *err)
{
    return 1;
}

int __wrap_xlx_domain_list(struct xlx *x, struct xlx_domain **list,
                           unsigned *n);
int __wrap_xlx_domain_list(struct xlx *x, struct xlx_domain **list,
                           unsigned *n)
{
    *list = NULL;
    *n = 0;
    return 0;
}

int __wrap_xlx_device_can_give(struct xlx *x, struct msg *err);
int __wrap_xlx_device_can_give(struct xlx *x, struct msg *err)
{
    msg_set(err, "no IOMMU");
    return iommu ? 0 : -ENODEV;
}

int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err);
int __wrap_xlx_domain_find(struct xlx *x, const char *which, int flags,
                           struct xlx_domain *d, struct msg *err)
{
    *d = (struct xlx_domain){ .domid = 7, .paused = guest.paused };
    if (guest.name)
        d->name = strdup(guest.name);
    return guest.name ? 0 : -ESRCH;
}

int __wrap_xlx_device_has(struct xlx *x, uint32_t domid,
                          const struct xlx_device *d, struct msg *err);
int __wrap_xlx_device_has(struct xlx *x, uint32_t domid,
                          const struct xlx_device *d, struct msg *err)
{
    return guest.has;
}

int __wrap_xlx_device_give(struct xlx *x, uint32_t domid,
                           const struct xlx_device *d, struct msg *err);
int __wrap_xlx_device_give(struct xlx *x, uint32_t domid,
                           const struct xlx_device *d, struct msg *err)
{
    assert_int_equal(domid, 7);
    guest.has = true;
    return 0;
}

/* --- what it keeps ----------------------------------------------------------- */

/* What the guest had does not matter, but what it would get here: a class may be
 * one of vifs on its own host, and one of VFs on this. */
static void test_iommu(void **state)
{
    static const struct {
        const char *class, *pci, *nic; /* that the guest has */
        bool iommu;
        enum device_answer answer;
    } row[] = {
        { "net", "0000:04:10.0", "", true, DEVICE_DONE },
        { "net", "0000:04:10.0", "", false, DEVICE_FAILED },
        { "net", "", "{}", true, DEVICE_DONE },
        { "net", "", "{}", false, DEVICE_FAILED },
        { "lab", "", "{}", false, DEVICE_DONE },
    };
    struct config conf = { .hosts = { .n = 0 } };
    struct device_there t = { .conf = &conf, .uuid = "u1", .move = "m" };

    assert_int_equal(class_rows_add(&conf.pci_class, "net=8086:1889"), 0);
    assert_int_equal(class_rows_add(&conf.pci_class, "lab=vif:1"), 0);
    assert_int_equal(store_open_mem(&t.store), 0);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct device_list want = { .n = 1 };
        struct msg err = MSG_NONE;

        strcpy(want.item[0].class, row[i].class);
        strcpy(want.item[0].pci, row[i].pci);
        strcpy(want.item[0].port, *row[i].pci ? "ens9" : "");
        strcpy(want.item[0].nic, row[i].nic);
        iommu = row[i].iommu;
        if (device_free(&t, &want, &err) != row[i].answer)
            fail_msg("row %zu: %s", i, err.text);
        if (row[i].answer == DEVICE_FAILED)
            assert_string_equal(err.text, "no IOMMU");
    }
    store_close(t.store);
    class_rows_dispose(&conf.pci_class);
}

/* --- what it gives ----------------------------------------------------------- */

/* A copy that waits is not the guest yet, and `rackhop recover` may destroy it. */
static void test_finish(void **state)
{
    static const struct {
        const char *name;
        bool paused;
        enum device_answer answer;
    } row[] = {
        { NULL, false, DEVICE_GONE },
        { "web1--incoming", true, DEVICE_FAILED },
        { "web1--incoming", false, DEVICE_DONE }, /* it was not renamed */
        { "web1", true, DEVICE_DONE },            /* migrated with -p */
        { "web1", false, DEVICE_DONE },
    };
    char *dir = tmpdir_make("device-there");

    setenv("RACKHOP_RUN_DIR", dir, 1);
    setenv("RACKHOP_STATE_DIR", dir, 1);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct device_there t = { .uuid = UUID, .move = "m" };
        struct device_claim k = { .state = CLAIM_KEPT, .list = { .n = 1 } };
        struct msg err = MSG_NONE;

        assert_int_equal(store_open_mem(&t.store), 0);
        strcpy(k.uuid, UUID);
        strcpy(k.move, "m");
        strcpy(k.from, "h1");
        strcpy(k.list.item[0].class, "nic");
        strcpy(k.list.item[0].pci, "0000:03:10.0");
        strcpy(k.list.item[0].mac, "00:16:3e:5e:6c:01");
        assert_int_equal(device_claim_put(t.store, &k, &err), 0);
        guest.name = row[i].name;
        guest.paused = row[i].paused;
        guest.has = false;
        if (device_finish(&t, &err) != row[i].answer)
            fail_msg("row %zu: %s", i, err.text);
        assert_int_equal(guest.has, row[i].answer == DEVICE_DONE);
        if (row[i].answer == DEVICE_FAILED)
            assert_non_null(strstr(err.text, "`rackhop recover` on both"));
        /* what any domain of it has is not let go */
        guest.has = guest.name;
        assert_int_equal(device_release(&t, &err),
                         guest.name ? DEVICE_FAILED : DEVICE_DONE);
        store_close(t.store);
    }
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_iommu),
                                        cmocka_unit_test(test_finish) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
