/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which devices a target host keeps for a guest, with an IOMMU and without: its
 * sysfs, LLDP and libxl are doubles. */
#include "tools/move/device_there.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libxl-ext/device.h"
#include "tools/cluster/host_devices.h"
#include "tools/cluster/views.h"

/* --- the target host --------------------------------------------------------- */

static bool iommu;

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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_iommu) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
